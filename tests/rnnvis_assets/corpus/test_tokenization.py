import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from rnnvis_assets.configuration.dataset_config import Tokenizer
from rnnvis_assets.corpus.tokenization import join_tokens, tokenize

NO_END = {"end_of_sentence": False}


@pytest.mark.parametrize(
    ("settings", "text", "tokens"),
    [
        (
            {"kind": "word"},
            "We didn't go, \"sadly\" (it's 5% of $1,000.50).",
            "we did n't go , \" sadly \" ( it 's 5 % of $ 1,000.50 ) . <eos>",
        ),
        (NO_END, "It was good. Very good... Really?!", "it was good . very good ... really ? !"),
        (NO_END, "E.g. Dr. Who, the U.S. cast, etc.", "e.g. dr. who , the u.s. cast , etc."),
        (NO_END | {"lowercase": False}, "The Cat SAT.", "The Cat SAT ."),
        (
            NO_END | {"numbers": "symbol"},
            "In 1999, 3.5 of -2 were 2:30 or 12-month.",
            "in N , N of N were N or 12-month .",
        ),
        (
            NO_END | {"punctuation": "drop"},
            '"Well-known," she said -- (yes).',
            "well-known she said yes",
        ),
        (NO_END | {"kind": "whitespace"}, "  The  cat,\tsat.\n", "the cat, sat."),
        (
            NO_END | {"kind": "whitespace", "numbers": "symbol"},
            "N stays N and <unk> too",
            "N stays N and <unk> too",
        ),
    ],
)
def test_tokens(settings: dict[str, object], text: str, tokens: str) -> None:
    config = Tokenizer.model_validate(settings)
    assert tokenize(text, config) == tokens.split()


def test_characters_keep_blanks_and_join_without_any() -> None:
    config = Tokenizer(kind="character", punctuation="drop")
    tokens = tokenize("Ab, c!", config)
    assert tokens == ["a", "b", " ", "c", "<eos>"]
    assert join_tokens(tokens, config) == "ab c<eos>"


@pytest.mark.parametrize("kind", ["whitespace", "word", "character"])
def test_text_without_tokens_gives_none(kind: str) -> None:
    assert tokenize("", Tokenizer.model_validate({"kind": kind})) == []
    assert tokenize("?!", Tokenizer.model_validate({"kind": kind, "punctuation": "drop"})) == []


def test_numbers_as_symbols_are_for_words_alone() -> None:
    with pytest.raises(ValidationError, match="numbers: symbol is for words"):
        Tokenizer(kind="character", numbers="symbol")


ODDITIES = """
The the n't don't cannot gonna U.S. e.g. Mr. N n 3 3.5 1,000 5% $5 2:30 -- ... '90s it's 'tis "good"
(bad) really?! ok. Good, so: well-known I'd ' " <unk> <eos> rock'n'roll d'ye [1] x'' ``y'' . , ! ?
dogs' (N) 'N' Straße İ
"""
TEXTS = st.one_of(
    st.lists(st.sampled_from(ODDITIES.split()), max_size=10).map(" ".join),
    st.text("abN3. ,'\"-<unkeos>()!?", max_size=24),
    st.text(max_size=24),
)
CONFIGS = st.builds(
    Tokenizer,
    kind=st.sampled_from(["whitespace", "word"]),
    lowercase=st.booleans(),
    numbers=st.sampled_from(["keep", "symbol"]),
    punctuation=st.sampled_from(["keep", "drop"]),
    end_of_sentence=st.booleans(),
) | st.builds(
    Tokenizer,
    kind=st.just("character"),
    lowercase=st.booleans(),
    punctuation=st.sampled_from(["keep", "drop"]),
    end_of_sentence=st.booleans(),
)


@given(TEXTS, CONFIGS)
def test_tokens_joined_to_text_give_the_same_tokens_again(text: str, config: Tokenizer) -> None:
    tokens = tokenize(text, config)
    assert tokenize(join_tokens(tokens, config), config) == tokens


@given(st.text())
def test_characters_give_the_very_text_back(text: str) -> None:
    config = Tokenizer(kind="character", lowercase=False, end_of_sentence=False)
    assert join_tokens(tokenize(text, config), config) == text


@given(st.lists(st.text(st.characters(categories=["L", "N", "P"]), min_size=1), max_size=8))
def test_whitespace_tokens_give_the_text_back_up_to_blanks(words: list[str]) -> None:
    config = Tokenizer(kind="whitespace", lowercase=False, end_of_sentence=False)
    assert join_tokens(tokenize("  ".join(words), config), config) == " ".join(words)
