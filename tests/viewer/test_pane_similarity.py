"""The line that says how alike two panes are: its figures by another formula, and when it shows."""

import shutil

import pytest

from tests.viewer.analysed import GRU, LSTM
from tests.viewer.conftest import LEFT, OTHER
from tests.warehouse.test_representation_similarity import cka_of_grams
from viewer.data.pane_similarity import Place, similarity_text
from viewer.state.session import Session
from viewer.views.comparison_lines import SimilarityLine
from warehouse.reader import Release, open_release
from warehouse.storage import Storage


def test_two_layers_are_compared_at_the_same_tokens_and_words(releases: dict[str, Release]) -> None:
    release = releases[LSTM]
    recording = release.recording()
    states = [
        recording.rows(layer, ("hidden",), 0, recording.num_tokens)["hidden"][:5000]
        for layer in (0, 1)
    ]
    minimum = release.model["spec"]["analysis"]["co_clusters"]["minimum_count"]
    responses = [
        release.words.response_matrix(layer=layer, state="hidden", minimum_count=minimum).mean
        for layer in (0, 1)
    ]
    text = similarity_text(*(Place(release, layer, "hidden") for layer in (0, 1)))
    assert f"to {len(responses[0]):,} shared words {cka_of_grams(*responses):.2f}" in text
    assert f"at {len(states[0]):,} shared tokens {cka_of_grams(*states):.2f}" in text


def test_networks_of_other_texts_share_words_at_most(releases: dict[str, Release]) -> None:
    text = similarity_text(Place(releases[LSTM], 0, "hidden"), Place(releases[GRU], 0, "hidden"))
    assert "tokens" not in text


def test_without_a_recording_responses_are_compared(analysed: Storage, tmp_path) -> None:
    shutil.copytree(analysed.root, tmp_path / "storage")
    with open_release(LSTM, storage=Storage(tmp_path / "storage")) as release:
        shutil.rmtree(release.storage.recording(LSTM, "test"))
        text = similarity_text(Place(release, 0, "hidden"), Place(release, 1, "hidden"))
    assert "shared words" in text
    assert "states are not compared" in text


@pytest.mark.slow
def test_the_line_shows_with_the_comparison_and_follows_its_panes(compared: Storage) -> None:
    session = Session(compared)
    session.left.model = LEFT.name
    line = SimilarityLine(session)
    assert not line.pane.visible
    session.compare()
    session.right.model = OTHER.name
    shown = line.pane.object
    assert line.pane.visible
    assert "Alike by linear CKA" in shown
    session.right.model = LEFT.name
    assert line.pane.object != shown
    session.close()
    assert not line.pane.visible
