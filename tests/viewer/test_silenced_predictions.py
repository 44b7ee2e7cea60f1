"""Sentences read without a chip: against the network clamped by hand, and what the page is sent."""

from dataclasses import replace

import numpy as np
import pytest

from pipelines.orchestration.stage_registry import DATASET_STAGES, MODEL_STAGES
from rnnvis_assets.configuration.load_project import load_project
from rnnvis_assets.engine.run_stage import run_stage
from rnnvis_assets.engine.stage import RunContext
from rnnvis_assets.matrix_memory.sentence_states import load_readers
from rnnvis_assets.network.checkpoint_files import load_checkpoint
from tests.pipelines.tiny_project import MODELS, write_project, write_yaml
from tests.rnnvis_assets.ablation.numpy_clamps import read_clamped_by_hand
from tests.rnnvis_assets.matrix_memory.numpy_mamba import Floats, read_by_hand
from tests.viewer.analysed import GRU, LSTM
from viewer.data import detail_data, release_store
from viewer.data.first_states import WARM, chooses_start, words_before
from viewer.data.predictions import ClassPredictions, WordPredictions, predictions_of
from viewer.data.release_store import Analysis
from viewer.data.silenced_predictions import silenced_classes, silenced_words
from viewer.data.silencing_costs import silencing_costs
from viewer.data.tokenized_sentence import text_of
from viewer.data.typed_sentences import network_of
from viewer.views.sentence_data import sentence_data
from viewer.views.silenced_data import silenced_data
from warehouse.arrays import Float32Array
from warehouse.reader import Release
from warehouse.storage import Storage

NEAR, NEARER = {"rtol": 0, "atol": 2e-5}, {"rtol": 0, "atol": 1e-6}
TEXT = "the old cat sees a dog"


def clamped_by_hand(release: Release, text: str, cluster: int) -> Float32Array:
    """The last layer's h with every cell of a cluster held at its unit's mean, softmaxed."""
    analysis = release_store.facts_of(release).default
    chips = release_store.co_clustering(release, analysis).chips
    mean = detail_data.unit_summary(release, analysis.layer, analysis.state)["mean"]
    lower, upper = np.full(len(mean), -np.inf), np.full(len(mean), np.inf)
    for unit, direction, own in zip(chips.units, chips.directions, chips.clusters, strict=True):
        if own == cluster and direction >= 0:
            upper[unit] = mean[unit]
        if own == cluster and direction <= 0:
            lower[unit] = mean[unit]
    network = load_checkpoint(release.storage.checkpoint(release.name)).network
    bounds = lower.astype(np.float32), upper.astype(np.float32)
    hidden = read_clamped_by_hand(
        network, text_of(release, text).word_ids, analysis.layer, analysis.state, bounds
    )
    output = network.output_layer
    logits = hidden @ output.weight.detach().numpy().T + output.bias.detach().numpy()
    found = np.exp(logits - logits.max(axis=1, keepdims=True))
    return found / found.sum(axis=1, keepdims=True)


def test_a_language_model_with_a_chip_and_without_it(releases: dict[str, Release]) -> None:
    release = releases[LSTM]
    analysis = release_store.facts_of(release).default
    whole, without = silenced_words(release, TEXT, analysis, 1)
    typed = predictions_of(release, TEXT)
    assert isinstance(typed, WordPredictions)
    np.testing.assert_allclose(whole.chances, typed.chances, **NEAR)
    np.testing.assert_array_equal(whole.words, typed.words)
    probabilities = clamped_by_hand(release, TEXT, 1)
    word_ids = text_of(release, TEXT).word_ids
    came = probabilities[np.arange(len(word_ids) - 1), word_ids[1:]]
    np.testing.assert_allclose(without.chances[1:], came, **NEAR)
    assert np.isnan(without.chances[0])
    assert np.abs(whole.chances[1:] - without.chances[1:]).max() > 1e-3


def test_a_classifier_with_a_chip_and_without_it(releases: dict[str, Release]) -> None:
    release = releases[GRU]
    analysis = release_store.facts_of(release).default
    classes, found = silenced_classes(release, TEXT, analysis, 0)
    typed = predictions_of(release, TEXT)
    assert isinstance(typed, ClassPredictions)
    assert classes == typed.classes
    np.testing.assert_allclose(found[0], typed.running, **NEAR)
    np.testing.assert_allclose(found[1], clamped_by_hand(release, TEXT, 0), **NEAR)


def test_the_page_gets_both_readings_and_a_sentence_on_them(releases: dict[str, Release]) -> None:
    release = releases[GRU]
    analysis = release_store.facts_of(release).default
    shown = sentence_data(release, 3, analysis)
    data = silenced_data(release, shown, analysis, 1)
    classes, found = silenced_classes(release, 3, analysis, 1)
    favoured = shown["classes"][shown["favoured"]]
    np.testing.assert_array_equal(data["after"], found[1, :, classes.index(favoured)])
    after, before = (classes[int(found[i, -1].argmax())] for i in (1, 0))
    assert data["text"].startswith(f"chip 2 silenced: read as {after} (")
    assert f"with it as {before} (" in data["text"]
    meaning = (
        f"Under each word: the probability of “{favoured}” so far, with the chip → without it."
    )
    assert data["meaning"] == meaning
    assert [each["name"] for each in data["classes"]] == list(classes)


def test_words_are_sent_with_their_loss(releases: dict[str, Release]) -> None:
    release = releases[LSTM]
    analysis = release_store.facts_of(release).default
    data = silenced_data(release, sentence_data(release, TEXT, analysis), analysis, 0)
    losses = [-np.log(data[name][1:]).mean() for name in ("after", "before")]
    text = "chip 1 silenced: loss {:.2f} nats a word, {:.2f} with it".format(*losses)
    assert data["text"] == text
    assert data["meaning"] == "Under each word: its probability, with the chip → without it."
    assert [len(each["expected"]) for each in data["expected"]] == [len(data["after"])] * 2
    single = silenced_data(release, sentence_data(release, "cat", analysis), analysis, 0)
    assert single["text"].startswith("chip 1 silenced: ")


@pytest.fixture(scope="module")
def mamba(tmp_path_factory: pytest.TempPathFactory) -> Release:
    folder = tmp_path_factory.mktemp("mamba")
    configs, storage = write_project(folder), Storage(folder / "storage")
    config = MODELS["tiny-lstm"] | {"cell": "mamba"}
    write_yaml(configs / "models" / "tiny-mamba.yaml", config)
    context = RunContext(load_project(configs), storage, report=lambda _: None)
    for asset in DATASET_STAGES:
        run_stage(asset.stage, context, "tiny_text")
    for asset in MODEL_STAGES:
        run_stage(asset.stage, context, "tiny-mamba")
    return release_store.current_release(storage, "tiny-mamba")


def mamba_clamped_by_hand(release: Release, analysis: Analysis, cluster: int) -> Float32Array:
    """The probability of every word of the text but the first, without a chip."""
    chips = release_store.co_clustering(release, analysis).chips
    mean = detail_data.unit_summary(release, analysis.layer, analysis.state)["mean"]
    lower, upper = np.full(len(mean), -np.inf), np.full(len(mean), np.inf)
    for unit, direction, own in zip(chips.units, chips.directions, chips.clusters, strict=True):
        if own == cluster:
            (upper if direction == 1 else lower)[unit] = mean[unit]
    folder = release.storage.checkpoint(release.name)
    reader = load_readers(folder)[analysis.layer][0].numpy()

    def hold(memory: Floats, query: Floats) -> tuple[Floats, Floats]:
        if analysis.state == "hidden":
            return memory, np.clip(memory @ query, lower, upper)
        cell = memory @ reader
        held = memory + np.outer(np.clip(cell, lower, upper) - cell, reader) / (reader @ reader)
        return held, held @ query

    network, word_ids = load_checkpoint(folder).network, text_of(release, TEXT).word_ids
    _, logits = read_by_hand(network, word_ids, {analysis.layer: hold})
    shares = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    found: Float32Array = shares[np.arange(len(word_ids) - 1), word_ids[1:]].astype(np.float32)
    return found


@pytest.mark.slow
@pytest.mark.parametrize("state", ["hidden", "cell"])
def test_a_mamba_with_a_chip_and_without_it(mamba: Release, state: str) -> None:
    analysis = replace(release_store.facts_of(mamba).default, layer=0, state=state)
    whole, without = silenced_words(mamba, TEXT, analysis, 1)
    typed = predictions_of(mamba, TEXT)
    assert isinstance(typed, WordPredictions)
    np.testing.assert_allclose(whole.chances, typed.chances, **NEARER)
    by_hand = mamba_clamped_by_hand(mamba, analysis, 1)
    np.testing.assert_allclose(without.chances[1:], by_hand, **NEARER)
    assert np.abs(whole.chances[1:] - without.chances[1:]).max() > 10 * NEARER["atol"]
    assert silencing_costs(mamba, analysis).chips
    read_from = sentence_data(mamba, TEXT, analysis, start=WARM)["start"]
    assert read_from.startswith("read from a zero state")
    assert not chooses_start(mamba)


@pytest.mark.slow
def test_a_mamba_reads_a_recorded_sentence_after_the_words_before_it(mamba: Release) -> None:
    analysis, sentences = release_store.facts_of(mamba).default, mamba.sentences
    known = [sentences.tokens(number)["word_id"].to_pylist() for number in range(4)]
    assert words_before(mamba, 0).tolist() == []
    assert words_before(mamba, 3).tolist() == [word for text in known[:3] for word in text]
    recorded, (whole, without) = predictions_of(mamba, 3), silenced_words(mamba, 3, analysis, 0)
    assert isinstance(recorded, WordPredictions)
    np.testing.assert_allclose(whole.chances[1:], recorded.chances[1:], **NEARER)
    assert np.abs(whole.chances[1:] - without.chances[1:]).max() > NEARER["atol"]


def test_a_network_of_its_own_code_is_not_silenced(
    releases: dict[str, Release], monkeypatch: pytest.MonkeyPatch
) -> None:
    release = releases[LSTM]
    own_code = replace(network_of(release), step=lambda: None)
    analysis = release_store.facts_of(release).default
    monkeypatch.setattr("viewer.data.typed_sentences.network_of", lambda _: own_code)
    data = silenced_data(release, sentence_data(release, "a dog", analysis), analysis, 0)
    assert "chip 1 cannot be silenced: only the network's own code" in data["text"]
    assert "after" not in data
