"""Imported models through every stage: what is recorded and published against NumPy."""

from itertools import pairwise

import numpy as np
import pytest
import torch

from pipelines.orchestration.stage_registry import MODEL_STAGES
from rnnvis_assets.ablation.clamps import Clamps
from rnnvis_assets.ablation.silenced_sentence import read_with_and_without
from rnnvis_assets.engine.manifest import read_manifest
from rnnvis_assets.engine.stage import RunContext, open_recorded
from rnnvis_assets.model_kinds.model_kinds import open_network
from tests.examples import char_model
from tests.examples.importing import EXAMPLES, corpus_of, example_module, imported_examples
from tests.rnnvis_assets.model_import.numpy_layers import read_module
from warehouse.reader import open_release

pytestmark = pytest.mark.end_to_end

CLOSE = {"rtol": 0, "atol": 5e-6}


@pytest.fixture(scope="module")
def imported(tmp_path_factory: pytest.TempPathFactory) -> RunContext:
    return imported_examples(tmp_path_factory)


def expected_layers(name: str, module: torch.nn.Module, words: np.ndarray) -> list[dict]:
    """Every layer's arrays for one sequence, the plain way."""
    embedding = module.embed if name == "tagger" else module.encoder
    inputs = embedding(torch.from_numpy(words.astype(np.int64))).detach()
    if name == "awd":
        layers = []
        for dropped in module.rnns:
            dropped.module.weight_hh_l0 = dropped.module.weight_hh_l0_raw
            layers += read_module(dropped.module, inputs)
            inputs = layers[-1]["hidden"]
        return layers
    return read_module(module.lstm if name == "tagger" else module.rnn, inputs)


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_recorded_array_is_the_modules_own(imported: RunContext, name: str) -> None:
    corpus = corpus_of(imported, EXAMPLES[name]["dataset"])
    recording, split = open_recorded(imported, name), corpus.splits["test"]
    module = example_module(name, len(corpus.vocabulary))
    columns = ("sequence", "position", "word_id")
    scalars = {
        column: np.concatenate([batch[column] for batch in recording.batches(0, [column])])
        for column in columns
    }
    np.testing.assert_array_equal(scalars["word_id"], split.word_ids)
    starts = [*np.flatnonzero(scalars["position"] == 0), split.num_tokens]
    if name == "tagger":
        np.testing.assert_array_equal(starts, split.sentence_offsets)
    for start, stop in pairwise(starts):
        expected = expected_layers(name, module, split.word_ids[start:stop])
        for layer, (shape, wanted) in enumerate(zip(recording.layers, expected, strict=True)):
            found = recording.rows(layer, shape.arrays, start, stop)
            for array in shape.arrays:
                np.testing.assert_allclose(
                    found[array], wanted[array], **CLOSE, err_msg=f"{shape.name} {array}"
                )


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_checks_of_every_stage_pass(imported: RunContext, name: str) -> None:
    for asset in MODEL_STAGES:
        manifest = read_manifest(imported.storage, asset.stage.name, name)
        assert manifest is not None
        for check in asset.checks:
            outcome = check.evaluate(imported, manifest)
            assert outcome.passed or not check.blocking, (check.name, outcome.metadata)
        if asset.picture:
            assert asset.picture(imported, name) is not None


def test_a_network_that_predicts_nothing_is_not_silenced(imported: RunContext) -> None:
    manifest = read_manifest(imported.storage, "ablation", "tagger")
    assert manifest is not None
    assert manifest.row_counts == {"cluster_ablation": 0, "unit_ablation": 0}
    assert str(manifest.figures["not measured"]).startswith("no linear output layer")


@pytest.mark.parametrize("name", ["word-lm", "awd", "chars"])
def test_the_parts_of_a_network_predict_as_it_does(imported: RunContext, name: str) -> None:
    network = open_network(imported.storage.checkpoint(name))
    parts, words = network.stepped, np.array([1, 5, 3, 3, 8, 2, 0, 7, 4, 6, 1, 9, 9, 2, 5, 5, 3])
    assert parts is not None
    free = np.full((0, parts.layers[0].units), np.inf, np.float32)
    (hidden,) = read_with_and_without(parts, words, Clamps(0, "hidden", -free, free))
    np.testing.assert_allclose(hidden, network.read(words.tolist())[-1].hidden, atol=1e-5)
    manifest = read_manifest(imported.storage, "ablation", name)
    assert manifest is not None
    assert "not measured" not in manifest.figures


def test_a_release_names_the_layers(imported: RunContext) -> None:
    named = {}
    for name in EXAMPLES:
        with open_release(name, storage=imported.storage) as release:
            layers = list(release.layers)
            named[name] = [(layer.name, layer.units, layer.cell) for layer in layers]
            task, seed = release.model["task"], release.model["seed"]
            assert (task, seed) == ("none" if name == "tagger" else "language_model", None)
    assert named == {
        "word-lm": [("rnn layer 0", 8, "lstm"), ("rnn layer 1", 8, "lstm")],
        "awd": [("rnns.0.module", 12, "lstm"), ("rnns.1.module", 12, "lstm"),
                ("rnns.2.module", 8, "lstm")],
        "chars": [("rnn", 9, "gru")],
        "tagger": [("lstm layer 0 forward", 7, "lstm"), ("lstm layer 0 backward", 7, "lstm")],
    }  # fmt: skip


@pytest.mark.parametrize("name", ["word-lm", "awd", "chars"])
def test_predictions_are_the_modules_own(imported: RunContext, name: str) -> None:
    corpus = corpus_of(imported, EXAMPLES[name]["dataset"])
    module = example_module(name, len(corpus.vocabulary))
    words = corpus.splits["test"].word_ids
    with open_release(name, storage=imported.storage) as release:
        rows = release.sentences.tokens(0)
    last = expected_layers(name, module, words[: len(rows) + 1])[-1]["hidden"]
    weight = module.decoder.weight.detach().double().numpy()
    odds = np.exp(last @ weight.T + module.decoder.bias.detach().numpy())
    shares = odds / odds.sum(axis=1, keepdims=True)
    follows = words[1 : len(rows) + 1]
    np.testing.assert_allclose(
        rows["next_probability"], shares[np.arange(len(rows)), follows], rtol=1e-3
    )


def own_logits(name: str, module: torch.nn.Module, words: torch.Tensor) -> torch.Tensor:
    """What the module itself returns for one sequence, as its author would call it."""
    if name == "word-lm":
        return module(words.unsqueeze(1), module.init_hidden(1))[0]
    if name == "chars":
        return char_model.run(module, words.unsqueeze(0))[0]
    return module(words.unsqueeze(1))[:, 0]


@pytest.mark.parametrize("name", ["word-lm", "awd", "chars"])
def test_the_evaluation_is_that_of_the_modules_own_script(imported: RunContext, name: str) -> None:
    corpus = corpus_of(imported, EXAMPLES[name]["dataset"])
    module = example_module(name, len(corpus.vocabulary))
    words = torch.from_numpy(corpus.splits["test"].word_ids.astype(np.int64))
    columns = open_recorded(imported, name).rows(0, ["position"], 0, len(words))
    starts = [*np.flatnonzero(columns["position"] == 0), len(words)]
    logits = torch.cat([own_logits(name, module, words[a:b]) for a, b in pairwise(starts)])
    loss = torch.nn.functional.cross_entropy(logits[:-1], words[1:]).item()
    with open_release(name, storage=imported.storage) as release:
        rows = {(row["split"], row["metric"]): row["value"] for row in
                release.evaluation().to_pylist()}  # fmt: skip
    expected = {("test", "loss"): loss, ("test", "perplexity"): np.exp(loss)}
    assert rows == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_sentence_is_read_by_the_network_that_was_kept(imported: RunContext, name: str) -> None:
    corpus = corpus_of(imported, EXAMPLES[name]["dataset"])
    module = example_module(name, len(corpus.vocabulary))
    words = corpus.splits["train"].word_ids[:7]
    found = open_network(imported.storage.checkpoint(name)).read(words.tolist())
    for states, expected in zip(found, expected_layers(name, module, words), strict=True):
        np.testing.assert_allclose(states.hidden, expected["hidden"], **CLOSE)


def test_glyphs_of_a_layer_that_reads_backward_follow_its_own_order(imported: RunContext) -> None:
    with open_release("tagger", storage=imported.storage) as release:
        chips = release.clusters.get(layer=1, state="cell", affinity="signed", num_clusters=2).chips
        glyphs, tokens = (
            release.sentences.glyphs(1, layer=1, state="cell"),
            release.sentences.tokens(1),
        )
        start = tokens["token"][0].as_py()
        cells = release.recording().rows(1, ["cell"], start, start + len(tokens))["cell"]
    cells = chips.orient(cells)
    before = np.vstack([cells[1:], np.zeros_like(cells[:1])])
    for cluster in range(2):
        own = chips.clusters == cluster
        gained = np.maximum(cells[:, own], 0).sum(1) - np.maximum(before[:, own], 0).sum(1)
        np.testing.assert_allclose(glyphs.positive_change[:, cluster], gained, atol=1e-5)
