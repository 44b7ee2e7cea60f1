import numpy as np

from viewer.data.name_search import MOST, suggestions
from viewer.data.release_store import ReleaseVocabulary

WORDS = ("the", "her", "he", "other", "hers", "Here", "<unk>")
VOCABULARY = ReleaseVocabulary(
    words=WORDS, tags=("DET", "PRON", "PRON", None, "PRON", "ADV", None),
    counts=np.array([90, 5, 50, 7, 0, 9, 30], np.int32),
    place={word: i for i, word in enumerate(WORDS)},
)  # fmt: skip


def _names(text: str) -> list[str]:
    return [found["name"] for found in suggestions(text, VOCABULARY, 120)]


def test_the_same_word_first_then_those_that_go_on_then_those_that_hold_it() -> None:
    """By falling count within each; "hers" never occurs."""
    assert _names("he") == ["he", "Here", "her", "the", "other"]
    assert _names("HER") == ["her", "Here", "other"]


def test_the_last_of_several_names_is_completed() -> None:
    (first, *_) = suggestions("the, o", VOCABULARY, 120)
    assert first == {"name": "other", "text": "the, other", "tag": None, "count": 7}


def test_units_by_their_number() -> None:
    assert _names("unit 11") == ["unit 11", *(f"unit {i}" for i in range(110, 117))]
    assert _names("the, Unit 119") == ["unit 119"]
    assert len(_names("unit ")) == MOST


def test_nothing_is_offered_for_nothing() -> None:
    assert _names("") == _names("  ") == _names("zzz") == _names("<script>") == []


def test_a_text_that_is_a_word_is_offered_first_as_it_is_written() -> None:
    """Enter takes the first offer: it must not be the other spelling, nor a word in a word."""
    words = ("here", "Here", "'; DROP TABLE --")
    known = ReleaseVocabulary(
        words=words, tags=(None,) * 3, counts=np.array([90, 5, 1], np.int32),
        place={word: i for i, word in enumerate(words)},
    )  # fmt: skip
    for word in words:
        assert suggestions(word, known, 120)[0]["text"] == word
