"""What becomes of a typed text: words as they were typed, cut aloud, or no sentence at all."""

import numpy as np
import pytest

from tests.viewer.analysed import LSTM
from viewer.data import release_store
from viewer.data.sentence_states import states_of
from viewer.data.tokenized_sentence import text_of
from viewer.data.typed_sentences import LONGEST
from viewer.views.sentence_data import sentence_data
from warehouse.errors import AnalysisError
from warehouse.reader import Release

NEAR = {"rtol": 0, "atol": 2e-5}
LISTS = ("positive", "negative", "positive_change", "negative_change", "preserved", "keep")


@pytest.mark.parametrize(
    ("typed", "words", "unknown"),
    [
        ("the CAT sees", ("the", "CAT", "sees", "<eos>"), ()),
        ("xyzzy plugh", ("xyzzy", "plugh", "<eos>"), (0, 1)),
        ("the 😀 cat", ("the", "😀", "cat", "<eos>"), (1,)),
        ("شكرا the", ("شكرا", "the", "<eos>"), (0,)),
        ("x", ("x", "<eos>"), (0,)),
    ],
)
def test_typed_words_are_shown_as_they_were_typed(
    releases: dict[str, Release], typed: str, words: tuple[str, ...], unknown: tuple[int, ...]
) -> None:
    release = releases[LSTM]
    text = text_of(release, typed)
    assert (text.words, text.unknown) == (words, unknown)
    id_of_unknown = release.words.id("<unk>")
    assert [text.word_ids[i] for i in unknown] == [id_of_unknown] * len(unknown)
    assert all(f"“{words[i]}”" in text.note for i in unknown)
    assert np.isfinite(states_of(release, typed, 0, "cell").values).all()


@pytest.mark.parametrize(
    "typed", ["<script>alert(1)</script>", "'; DROP TABLE sentence; --", "{{ 7 * 7 }}", "\x00\x07"]
)
def test_code_is_read_as_words(releases: dict[str, Release], typed: str) -> None:
    data = sentence_data(releases[LSTM], typed, release_store.facts_of(releases[LSTM]).default)
    assert data["k"] == 2
    assert "".join(data["words"]).startswith(typed.split()[0][:1])


def test_a_long_text_is_cut_and_says_so(releases: dict[str, Release]) -> None:
    release = releases[LSTM]
    short = text_of(release, "cat " * (LONGEST - 1))
    assert (len(short.words), short.note) == (LONGEST, "")
    long = text_of(release, "cat " * 501)
    assert len(long.words) == LONGEST
    assert long.note == "Only the first 500 of 502 words are read."


@pytest.mark.parametrize("typed", ["", "   ", "\n\t"])
def test_no_words_are_no_sentence(releases: dict[str, Release], typed: str) -> None:
    with pytest.raises(AnalysisError, match="holds no words"):
        text_of(releases[LSTM], typed)
