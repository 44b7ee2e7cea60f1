"""The language of a dataset chooses what a token is and whether there are tags."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from rnnvis_assets.configuration.dataset_config import DatasetConfig, Tokenizer
from rnnvis_assets.corpus.corpus_files import load_corpus
from rnnvis_assets.corpus.tokenization import join_tokens, tokenize
from tests.rnnvis_assets.corpus.test_corpus_stage import run

UNICODE = Tokenizer(kind="unicode", end_of_sentence=False)


def dataset(path: Path | str = "t.txt", **settings: Any) -> DatasetConfig:
    source = {"kind": "text", "path": str(path), "document": "line"}
    return DatasetConfig.model_validate({"task": "language_model", "source": source, **settings})


@pytest.mark.parametrize(
    ("settings", "kind"),
    [
        ({}, "word"),
        ({"language": "en"}, "word"),
        ({"language": "en-GB"}, "word"),
        ({"language": "de"}, "unicode"),
        ({"language": "none"}, "whitespace"),
        ({"language": "zh-Hant"}, "character"),
        ({"language": "th", "tokenizer": {"lowercase": False}}, "character"),
        ({"language": "de", "tokenizer": {"kind": "word"}}, "word"),
    ],
)
def test_what_a_token_is(settings: dict[str, Any], kind: str) -> None:
    config = dataset(**settings)
    assert config.tokenizer.kind == kind
    assert config.tokenizer.lowercase == ("tokenizer" not in settings or kind == "word")


def test_a_language_is_a_code() -> None:
    with pytest.raises(ValidationError, match="language"):
        dataset(language="German")


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("Ich hab's – größer!", ["ich", "hab's", "–", "größer", "!"]),
        ("l'eau coûte 3,50 €.", ["l'eau", "coûte", "3,50", "€", "."]),
        ("हिन्दी में।", ["हिन्दी", "में", "।"]),
        ("Не-а, пока…", ["не-а", ",", "пока", "…"]),
    ],
)
def test_words_of_any_script(text: str, tokens: list[str]) -> None:
    assert tokenize(text, UNICODE) == tokens


@given(st.text(max_size=40))
def test_tokens_of_any_script_are_their_own_tokens(text: str) -> None:
    tokens = tokenize(text, UNICODE)
    assert tokenize(join_tokens(tokens, UNICODE), UNICODE) == tokens


@pytest.mark.parametrize("language", ["de", "none"])
def test_only_english_has_tags(language: str, tmp_path: Path) -> None:
    path = tmp_path / "t.txt"
    path.write_text("".join(f"der hund {number} bellt\n" for number in range(40)))
    manifest = run(tmp_path, [], dataset(path, language=language))
    assert manifest.figures["part-of-speech tagger"] == (
        f"none: tags are made for English only, and the language is {language}"
    )
    vocabulary = load_corpus(tmp_path / "storage" / "corpora" / "made_up").vocabulary
    assert set(vocabulary.tags) == {None}


@pytest.mark.parametrize(
    ("line", "noted"),
    [
        ("这是一个很好的中文句子{}，真的。", True),
        ("นี่คือประโยคภาษาไทย{}", True),
        ("Waszweitausendzehnunterfangenwurdedasbleibt{}", True),
        ("der hund bellt {}", False),
    ],
)
def test_text_without_blanks_is_noticed(line: str, noted: bool, tmp_path: Path) -> None:
    path = tmp_path / "t.txt"
    path.write_text("".join(line.format(number) + "\n" for number in range(40)))
    lines: list[str] = []
    run(tmp_path, lines, dataset(path))
    assert any("hardly any blanks" in each for each in lines) == noted
    run(tmp_path, other := [], dataset(path, tokenizer={"kind": "character"}))  # type: ignore[var-annotated]
    assert not any("hardly any blanks" in each for each in other)
