"""What sentences are read from, against the recording: read after the sentence before it, a typed
sentence has the very states of the recorded one."""

import numpy as np
import pytest

from tests.viewer.analysed import GRU, LSTM
from viewer.data import release_store
from viewer.data.first_states import (
    WARM,
    ZERO,
    chooses_start,
    mean_states,
    recorded_start,
    runs_on,
    start_text,
)
from viewer.data.predictions import WordPredictions, predictions_of
from viewer.data.sentence_states import glyphs_of, states_of
from viewer.data.silenced_predictions import silenced_words
from viewer.state.explorer_state import ExplorerState
from viewer.state.page_address import restore
from viewer.views.sentence_data import sentence_data
from warehouse.errors import RecordingError
from warehouse.reader import Release
from warehouse.storage import Storage

EOS = " <eos>"


@pytest.fixture(scope="module")
def lstm(releases: dict[str, Release]) -> Release:
    return releases[LSTM]


def _text(release: Release, sentence: int) -> str:
    return str(release.sentences.get(sentence)["text"]).removesuffix(EOS)


@pytest.mark.parametrize("state", ["hidden", "cell"])
def test_read_after_the_sentence_before_it_a_text_has_its_recorded_states(
    lstm: Release, state: str
) -> None:
    for layer in range(len(lstm.layers)):
        typed = states_of(lstm, _text(lstm, 3), layer, state, "2")
        recorded = states_of(lstm, 3, layer, state)
        words = len(typed.values)
        np.testing.assert_allclose(typed.values, recorded.values[:words], atol=1e-5)
        np.testing.assert_allclose(typed.changes, recorded.changes[:words], atol=1e-5)
        np.testing.assert_allclose(typed.before, recorded.before, atol=1e-5)


def test_its_predictions_and_glyphs_are_those_of_the_recording(lstm: Release) -> None:
    analysis, text = release_store.facts_of(lstm).default, _text(lstm, 3)
    typed, recorded = predictions_of(lstm, text, "2"), predictions_of(lstm, 3)
    assert isinstance(typed, WordPredictions)
    assert isinstance(recorded, WordPredictions)
    words = len(typed.chances)
    np.testing.assert_allclose(typed.chances[1:], recorded.chances[1:words], rtol=1e-3)
    one, other = glyphs_of(lstm, text, analysis, "2"), glyphs_of(lstm, 3, analysis)
    np.testing.assert_allclose(one.positive_change, other.positive_change[:words], atol=1e-4)


def test_with_nothing_silenced_a_recorded_sentence_is_read_as_it_was_recorded(
    lstm: Release,
) -> None:
    analysis, recorded = release_store.facts_of(lstm).default, predictions_of(lstm, 3)
    (whole, first), (_, second) = (silenced_words(lstm, 3, analysis, chip) for chip in (0, 1))
    assert isinstance(recorded, WordPredictions)
    np.testing.assert_allclose(whole.chances[1:], recorded.chances[1:], rtol=1e-3)
    assert not np.allclose(first.chances[1:], second.chances[1:], rtol=1e-4)
    warm, _ = silenced_words(lstm, _text(lstm, 3), analysis, 0, "2")
    np.testing.assert_allclose(warm.chances[1:], whole.chances[1 : len(warm.chances)], rtol=1e-3)


def test_the_warm_state_is_the_mean_after_the_sentences_last_words(lstm: Release) -> None:
    count = lstm.sentences.find(limit=10_000).num_rows
    ends = [states_of(lstm, sentence, 1, "cell").values[-1] for sentence in range(count)]
    expected = np.mean(ends, axis=0)
    np.testing.assert_allclose(mean_states(lstm)[1]["cell"], expected, atol=1e-5)
    np.testing.assert_allclose(
        states_of(lstm, "the cat", 1, "cell", WARM).before, expected, atol=1e-5
    )
    assert not states_of(lstm, "the cat", 1, "cell", ZERO).before.any()


def test_the_first_sentence_of_all_was_read_from_zero(lstm: Release) -> None:
    before = recorded_start(lstm, 0)
    assert before is not None
    assert all(not values.any() for layer in before for values in layer.values())


def test_a_classifier_reads_every_text_from_zero(releases: dict[str, Release]) -> None:
    gru = releases[GRU]
    assert not runs_on(gru)
    assert not chooses_start(gru)
    assert start_text(gru, WARM) == ""
    assert recorded_start(gru, 1) is None
    assert not gru.units.sentence_start(layer=0, state="hidden").size
    assert not states_of(gru, "the cat", 0, "hidden", WARM).before.any()


def test_the_page_says_what_a_sentence_is_read_from(lstm: Release) -> None:
    assert chooses_start(lstm)
    analysis = release_store.facts_of(lstm).default
    shown = {
        start: sentence_data(lstm, "the cat", analysis, start=start)["start"]
        for start in (WARM, ZERO, "2")
    }
    assert "mean state before a sentence" in shown[WARM]
    assert "zero state, which the network never has" in shown[ZERO]
    assert shown["2"] == "read after sentence 2"
    assert sentence_data(lstm, 2, analysis, start=WARM)["start"] == ""


def test_an_address_keeps_the_start_and_refuses_a_sentence_that_is_not_there(
    analysed: Storage,
) -> None:
    state = ExplorerState(analysed)
    assert state.read_from == WARM
    assert restore(state, {"model": LSTM, "from": "2"}) == []
    assert state.read_from == "2"
    (problem,) = restore(state, {"from": "99999"})
    assert "expected warm, zero or a recorded sentence's number" in problem


def test_without_the_recording_only_the_state_after_a_sentence_is_missing(
    lstm: Release, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(_: Release) -> None:
        raise RecordingError("gone")

    monkeypatch.setattr(Release, "recording", missing)
    assert np.array_equal(recorded_start(lstm, 4)[0]["hidden"], mean_states(lstm)[0]["hidden"])
    with pytest.raises(RecordingError, match="gone"):
        states_of(lstm, "the dog", 0, "hidden", "5")
