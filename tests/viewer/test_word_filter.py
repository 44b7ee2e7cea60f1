"""Words found by what they are: an expression, a part of speech, a count."""

import pytest

from viewer.data import release_store
from viewer.data.word_filter import filtered_words, is_filter
from viewer.state.session import Session
from viewer.views.search_line import FindView
from viewer.views.sentence_picker import best_first
from warehouse.errors import AnalysisError
from warehouse.reader import Release


def _found(release: Release, text: str) -> list[str]:
    words = release_store.vocabulary_of(release).words
    return [words[i] for i in filtered_words(release, text)]


def test_conditions_are_met_together_by_falling_count(release: Release) -> None:
    vocabulary = release_store.vocabulary_of(release)
    pronouns = _found(release, "pos:pron count>5 /^h/")
    assert pronouns
    places = [vocabulary.place[word] for word in pronouns]
    assert all(vocabulary.tags[i] == "PRON" and vocabulary.counts[i] > 5 for i in places)
    assert all(word.startswith("h") for word in pronouns)
    counts = [int(vocabulary.counts[i]) for i in places]
    assert counts == sorted(counts, reverse=True)
    few = _found(release, "count<6")
    assert few
    assert all(0 < vocabulary.counts[vocabulary.place[word]] < 6 for word in few)


def test_a_plain_word_is_no_condition() -> None:
    assert not any(map(is_filter, ("her", "/", "unit 7", "she, for", "count", "")))
    assert all(map(is_filter, ("/er$/", "/er$", "pos:VERB", "count>50 her")))


@pytest.mark.parametrize(
    ("text", "message"),
    [("/(/", "expected a regular expression"), ("pos:VERB her", "expected conditions as")],
)
def test_what_cannot_be_read_is_said(
    release: Release, session: Session, text: str, message: str
) -> None:
    with pytest.raises(AnalysisError, match=message):
        filtered_words(release, text)
    view = FindView(session)
    assert view.names(text) == []
    assert message in view.find(text)
    assert view.find("/zzzz/") == "no recorded word meets /zzzz/"


def test_the_line_offers_the_words_that_meet_a_condition(session: Session) -> None:
    offered = FindView(session).names("/^he/ pos:PRON")
    assert offered
    assert all(name["text"].startswith("he") and name["count"] for name in offered)


def test_sentences_with_the_whole_word_come_before_those_that_hold_it_in_another() -> None:
    texts = ["there it was for long", "then there is he", "for he came", "the"]
    rows = [{"text": text} for text in texts]
    assert [row["text"] for row in best_first(rows, "he")] == [
        "for he came", "then there is he", "the", "there it was for long",
    ]  # fmt: skip
    assert best_first(rows, "") == rows
