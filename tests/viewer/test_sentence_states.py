"""What networks did and thought: against plain NumPy, the release's own tables, and PyTorch."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from rnnvis_assets.glyphs.aggregate_information import sentence_glyphs
from rnnvis_assets.network.checkpoint_files import load_checkpoint
from rnnvis_assets.recording.layer_states import LayerStates
from tests.viewer.analysed import GRU, LSTM
from tests.viewer.made_up_release import MadeUp, publish_made_up
from tests.warehouse.synthetic_states import write_made_up_recording
from viewer.data import release_store, typed_sentences
from viewer.data.predictions import ClassPredictions, WordPredictions, predictions_of
from viewer.data.release_store import Analysis
from viewer.data.sentence_states import glyphs_of, states_of, step_response
from viewer.data.tokenized_sentence import text_of
from viewer.data.typed_sentences import network_of
from viewer.state.explorer_state import ExplorerState
from viewer.state.sentence_choice import add_sentence
from viewer.views.sentence_data import sentence_data
from warehouse.errors import CheckpointError, RecordingError
from warehouse.reader import Release, open_release
from warehouse.sentence_queries import SentenceGlyphs
from warehouse.storage import Storage

NEAR = {"rtol": 0, "atol": 2e-5}
LISTS = ("positive", "negative", "positive_change", "negative_change", "preserved", "keep")


@pytest.fixture(params=[LSTM, GRU])
def release(releases: dict[str, Release], request: pytest.FixtureRequest) -> Release:
    return releases[request.param]


@pytest.fixture
def damaged(analysed: Storage, tmp_path: Path) -> Iterator[Release]:
    """The language model's release in a storage of its own, to take things away from."""
    shutil.copytree(analysed.root, tmp_path / "storage")
    with open_release(LSTM, storage=Storage(tmp_path / "storage")) as opened:
        yield opened


def analyses(release: Release, clusters: int) -> list[Analysis]:
    facts = release_store.facts_of(release)
    pairs = product(range(len(facts.layers)), facts.states)
    return [Analysis(layer, state, "positive", clusters) for layer, state in pairs]


def test_glyphs_from_the_recording_are_those_of_the_release(release: Release) -> None:
    """Every sentence, layer and state; a language model's continue the stream."""
    own = release_store.facts_of(release).default.num_clusters
    count = release.sql("SELECT count(*) AS n FROM sentence")["n"][0].as_py()
    for analysis, sentence in product(analyses(release, own), range(0, count, 7)):
        expected = glyphs_of(release, sentence, analysis)
        chips = release_store.co_clustering(release, analysis).chips
        states = states_of(release, sentence, analysis.layer, analysis.state)
        found = sentence_glyphs(states.values, states.keep_gate, chips, before=states.before)
        for name in LISTS:
            one, other = getattr(found, name), getattr(expected, name)
            if other is None:
                assert one is None
            else:
                np.testing.assert_allclose(one, other, **NEAR, err_msg=f"{analysis} {name}")


def test_a_recorded_sentence_has_glyphs_for_any_clustering(release: Release) -> None:
    """By plain sums over the members of every cluster, for clusterings that no table holds."""
    for analysis in analyses(release, 3):
        glyphs = glyphs_of(release, 2, analysis)
        states = states_of(release, 2, analysis.layer, analysis.state)
        members = release_store.co_clustering(release, analysis).chips.clusters
        before = np.vstack([states.before, states.values[:-1]])
        for cluster in range(3):
            own = members == cluster
            up, up_before = (np.maximum(s[:, own], 0).sum(1) for s in (states.values, before))
            np.testing.assert_allclose(glyphs.positive[:, cluster], up, **NEAR)
            np.testing.assert_allclose(glyphs.positive_change[:, cluster], up - up_before, **NEAR)


def test_glyphs_of_another_affinity_are_those_of_its_own_clusters(release: Release) -> None:
    """Of as many clusters as the release's glyphs have, which must not be taken for them."""
    own = release_store.facts_of(release).default
    other = Analysis(own.layer, own.state, "absolute", own.num_clusters)
    others = release_store.co_clustering(release, other).chips.clusters
    states = states_of(release, 2, own.layer, own.state)
    found = glyphs_of(release, 2, other)
    assert not np.allclose(found.positive, glyphs_of(release, 2, own).positive)
    for cluster in range(own.num_clusters):
        expected = np.maximum(states.values[:, others == cluster], 0).sum(1)
        np.testing.assert_allclose(found.positive[:, cluster], expected, **NEAR)


@pytest.mark.slow
def test_stored_glyphs_are_those_of_their_affinity_and_number_of_clusters(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = MadeUp(affinities=("positive", "shifted"), cluster_counts=(2, 10))
    publish_made_up(Storage(tmp_path), spec)
    write_made_up_recording(Storage(tmp_path), spec)
    with open_release(spec.name, storage=Storage(tmp_path)) as release:
        own = release_store.facts_of(release).default
        looked_up: list[int] = []
        stored = release.sentences.glyphs

        def look_up(sentence: int, **at: Any) -> SentenceGlyphs:
            looked_up.append(sentence)
            return stored(sentence, **at)

        monkeypatch.setattr(release.sentences, "glyphs", look_up)
        for analysis in (replace(own, affinity="shifted"), replace(own, num_clusters=2)):
            glyphs_of(release, 2, analysis)
            assert looked_up == []
        for analysis in (own, replace(own, layer=0), replace(own, state="hidden")):
            glyphs_of(release, 3, analysis)
        assert looked_up == [3, 3, 3]


def test_changes_add_up_from_the_state_before_the_sentence(release: Release) -> None:
    for analysis, sentence in product(analyses(release, 2), (0, 1, 5)):
        states = states_of(release, sentence, analysis.layer, analysis.state)
        np.testing.assert_allclose(
            states.before + states.changes.sum(0), states.values[-1], rtol=0, atol=1e-4
        )


def test_a_typed_sentence_is_what_the_network_says(release: Release) -> None:
    """The top layer's h as PyTorch's own layers give it, from a zero state."""
    text = "the cat sees" if release.name == LSTM else "the food was good"
    network = load_checkpoint(release.storage.checkpoint(release.name)).network
    words = torch.tensor(text_of(release, text).word_ids, dtype=torch.int64)
    with torch.inference_mode():
        expected, _ = network.read(words.unsqueeze(0), network.initial_state(1))
    states = states_of(release, text, len(release.layers) - 1, "hidden")
    np.testing.assert_allclose(states.values, expected[0].numpy(), rtol=0, atol=1e-5)
    assert not states.before.any()
    np.testing.assert_allclose(states.changes[0], states.values[0], **NEAR)


def test_a_document_typed_again_gives_the_glyphs_that_were_recorded(
    releases: dict[str, Release],
) -> None:
    """A classifier's state restarts at every document, so nothing may differ."""
    release = releases[GRU]
    for sentence, analysis in product((0, 3), analyses(release, 2)):
        typed = str(release.sentences.get(sentence)["text"])
        assert text_of(release, typed).word_ids.tolist() == (
            text_of(release, sentence).word_ids.tolist()
        )
        for name in LISTS:
            one, other = (getattr(glyphs_of(release, s, analysis), name) for s in (typed, sentence))
            np.testing.assert_allclose(one, other, rtol=0, atol=1e-4)


def test_a_language_model_expects_the_words_that_came(releases: dict[str, Release]) -> None:
    release = releases[LSTM]
    rows = release.sentences.tokens(3)
    found = predictions_of(release, 3)
    assert isinstance(found, WordPredictions)
    np.testing.assert_allclose(found.chances[1:], rows["next_probability"].to_numpy()[:-1])
    before = release.sentences.tokens(2)["next_probability"].to_numpy()[-1]
    assert found.chances[0] == pytest.approx(before)
    assert found.words.tolist() == rows["top_words"].to_pylist()
    assert np.isnan(predictions_of(release, 0).chances[0])


def test_typed_words_are_expected_as_recorded_ones_are(releases: dict[str, Release]) -> None:
    """The first sentence of all was read from a zero state too."""
    release = releases[LSTM]
    typed = str(release.sentences.get(0)["text"])
    one, other = (predictions_of(release, sentence) for sentence in (typed, 0))
    np.testing.assert_allclose(one.chances, other.chances, rtol=1e-4)
    np.testing.assert_array_equal(one.words, other.words)


def test_a_classifier_is_as_sure_in_the_end_as_the_release_says(
    releases: dict[str, Release],
) -> None:
    release = releases[GRU]
    for sentence in range(5):
        row = release.sentences.get(sentence)
        typed = predictions_of(release, str(row["text"]))
        recorded = predictions_of(release, sentence)
        assert isinstance(recorded, ClassPredictions)
        assert recorded.classes == typed.classes
        assert recorded.running[-1].max() == pytest.approx(row["probability"], abs=1e-5)
        assert recorded.classes[recorded.running[-1].argmax()] == row["predicted"]
        np.testing.assert_allclose(recorded.added, typed.added, rtol=0, atol=1e-4)
        np.testing.assert_allclose(recorded.margins, recorded.added[:, 1] - recorded.added[:, 0])


def test_integrated_gradients_take_the_place_of_the_contributions(
    releases: dict[str, Release],
) -> None:
    release = releases[GRU]
    own = release_store.facts_of(release).default
    by_changes, by_gradients, typed = (
        sentence_data(release, sentence, own, attribution=way)
        for sentence, way in (
            (3, "state changes"),
            (3, "integrated gradients"),
            (str(release.sentences.get(3)["text"]), "integrated gradients"),
        )
    )
    assert (by_gradients["by"], by_changes.get("by")) == ("integrated gradients", None)
    np.testing.assert_array_equal(by_gradients["running"], by_changes["running"])
    np.testing.assert_allclose(by_gradients["added"], typed["added"], atol=1e-5)
    assert np.abs(by_gradients["added"] - by_changes["added"]).max() > 1e-3
    network = network_of(release)
    expected = network.gradients_of(text_of(release, 3).word_ids.tolist())
    places = [network.classes.index(name) for name in by_gradients["classes"]]
    np.testing.assert_allclose(by_gradients["added"], expected[:, places].ravel(), atol=1e-6)


def test_an_imported_network_says_why_it_has_no_integrated_gradients(
    releases: dict[str, Release], monkeypatch: pytest.MonkeyPatch
) -> None:
    release = releases[GRU]
    imported = replace(network_of(release), gradients=lambda: None)
    monkeypatch.setattr(typed_sentences, "network_of", lambda _: imported)
    own = release_store.facts_of(release).default
    data = sentence_data(release, 4, own, attribution="integrated gradients")
    assert "they need predictions that its forward returns" in data["note"]
    assert "by" not in data
    assert data["k"] == own.num_clusters


def test_without_a_checkpoint_typed_sentences_say_what_repairs_it(damaged: Release) -> None:
    (damaged.storage.checkpoint(LSTM) / "weights.safetensors").unlink()
    with pytest.raises(CheckpointError, match=f"rnnvis materialize {LSTM}"):
        states_of(damaged, "the cat", 0, "cell")
    data = sentence_data(damaged, "the cat", release_store.facts_of(damaged).default)
    assert data["k"] == 0
    assert f"rnnvis materialize {LSTM}" in data["note"]
    assert sentence_data(damaged, 0, release_store.facts_of(damaged).default)["k"] == 2


def test_a_checkpoint_of_another_training_is_refused(damaged: Release) -> None:
    folder = damaged.storage.checkpoint(LSTM)
    shutil.copytree(damaged.storage.checkpoint(GRU), folder, dirs_exist_ok=True)
    with pytest.raises(CheckpointError, match="trained again"):
        network_of(damaged)


def test_states_of_another_number_of_units_are_refused(
    releases: dict[str, Release], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a matrix memory has that was recorded again with more readers."""
    release = releases[GRU]
    wider = [LayerStates(hidden=np.zeros((5, 999), np.float32)) for _ in release.layers]
    network = replace(network_of(release), read=lambda *_, **__: wider)
    monkeypatch.setattr(typed_sentences, "network_of", lambda _: network)
    with pytest.raises(CheckpointError, match=r"units, but this release has .* number of readers"):
        states_of(release, "a sentence read by more", 0, "hidden")


def test_without_a_recording_glyphs_are_the_releases_own(damaged: Release) -> None:
    shutil.rmtree(damaged.storage.recording(LSTM, "test"))
    own = release_store.facts_of(damaged).default
    assert sentence_data(damaged, 0, own)["k"] == own.num_clusters
    with pytest.raises(RecordingError, match="missing"):
        states_of(damaged, 0, own.layer, own.state)
    other = Analysis(own.layer, own.state, own.affinity, 3)
    data = sentence_data(damaged, 0, other)
    assert (data["k"], len(data["words"])) == (0, damaged.sentences.get(0)["num_tokens"])
    assert "2 clusters of signed affinity" in data["note"]


def test_a_recording_of_another_network_is_refused(damaged: Release) -> None:
    source = damaged.storage.recording(LSTM, "test")
    shutil.rmtree(source)
    shutil.copytree(damaged.storage.recording(GRU, "test"), source)
    with pytest.raises(RecordingError, match="not the recording that this release"):
        states_of(damaged, 0, 0, "hidden")


def test_networks_are_loaded_once(release: Release) -> None:
    assert network_of(release) is network_of(release)


def test_a_step_gives_its_actual_response(analysed: Storage) -> None:
    state = ExplorerState(analysed)
    state.model = LSTM
    assert step_response(state) is None
    assert add_sentence(state, "the old cat") == ""
    state.step = (1, 2)
    word, values = step_response(state)
    assert word == "cat"
    at = state.layer, state.state, state.read_from
    expected = states_of(state.release, "the old cat", *at).changes[2]
    np.testing.assert_array_equal(values, expected)
    for nowhere in ((1, 99), (7, 0), (-1, 0)):
        state.step = nowhere
        assert step_response(state) is None
