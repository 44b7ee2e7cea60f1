"""Saved networks, imported by the command and taken through every stage; the tables are compared
with NumPy recurrences over the network's own tensors."""

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from typer.testing import CliRunner

import rnnvis
from pipelines.cli.main import app
from pipelines.orchestration.stage_registry import MODEL_STAGES
from rnnvis_assets.configuration.load_project import load_project
from rnnvis_assets.corpus.corpus_files import load_corpus
from rnnvis_assets.engine.run_stage import run_stage
from rnnvis_assets.engine.stage import RunContext
from rnnvis_assets.model_kinds.model_kinds import CHECKPOINT, RECORDING, open_network
from rnnvis_assets.network.external_predictions import NEXT_WORDS, given_path
from rnnvis_assets.transformers_import.transformers_import_stage import open_copy
from tests.examples.tiny_networks import END, toy_text, trained_folder
from tests.made_once import made_once
from tests.pipelines.tiny_project import write_project, write_yaml
from tests.rnnvis_assets.transformers_import.numpy_recurrences import numpy_states
from warehouse.errors import CheckpointError
from warehouse.parquet_tables import read_table
from warehouse.reader import open_release
from warehouse.recordings import Recording, open_recording
from warehouse.storage import Storage

pytestmark = pytest.mark.end_to_end
MODELS = {
    "hybrid": ("bamba", "--transformers", "."),
    "griffin": ("recurrent_gemma", "--transformers", "."),
    "large": ("xlstm", "--transformers", "."),
    "extended": ("xlstm_package", "--xlstm", "."),
    "goose": ("rwkv7", "--rwkv", "model.pth"),
}
"""Of each model its family, the option of the command, and where the network is in its folder."""
MATRIX_MEMORIES = ("hybrid", "large", "extended", "goose")


def command(folder: Path, *arguments: object) -> str:
    env = {"RNNVIS_CONFIGS": str(folder / "configs"), "RNNVIS_HOME": str(folder / "storage")}
    done = CliRunner().invoke(app, [str(argument) for argument in arguments], env=env)
    assert done.exit_code == 0, done.output
    return done.output


def import_all(factory: pytest.TempPathFactory, folder: Path) -> None:
    configs = write_project(folder)
    (folder / "reviews.txt").write_text("\n".join(toy_text()[:100]))
    source = {"kind": "text", "path": str(folder / "reviews.txt"), "document": "line"}
    dataset = {"task": "language_model", "source": source, "tokenizer": {"kind": "whitespace"}}
    write_yaml(configs / "datasets" / "reviews.yaml", dataset)
    for name, (family, option, place) in MODELS.items():
        saved = trained_folder(factory, family) / place
        said = command(
            folder, "import", "model", name, option, saved, "--dataset", "reviews",
            "--analysis", "tiny", "--setting", f"end_of_sentence={END}",
        )  # fmt: skip
        (folder / f"{name}.said").write_text(said)
    project, storage = load_project(configs), Storage(folder / "storage")
    context = RunContext(project, storage, lambda _: None)
    for stage in (asset.stage for asset in MODEL_STAGES):
        run_stage(stage, context, "hybrid")
    for stage in (CHECKPOINT, RECORDING):
        for name in MODELS.keys() - {"hybrid"}:
            run_stage(stage, context, name)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return made_once(
        tmp_path_factory, "saved-models", lambda folder: import_all(tmp_path_factory, folder)
    )


@pytest.fixture(params=MODELS)
def name(request) -> str:
    return str(request.param)


def recording_of(folder: Path, name: str) -> Recording:
    return open_recording(Storage(folder / "storage").recording(name, "test"))


def first_sequence(recording: Recording, layer: int) -> dict[str, np.ndarray[Any, Any]]:
    names = ["sequence", "word_id", *recording.layers[layer].arrays]
    batches = list(recording.batches(layer, names))
    whole = {name: np.concatenate([batch[name] for batch in batches]) for name in names}
    return {name: values[whole["sequence"] == 0] for name, values in whole.items()}


def test_the_command_says_what_it_found(folder):
    said = (folder / "hybrid.said").read_text()
    assert "recurrent layers: 0, 2, of which 0, 2 are recorded" in said
    assert "attention layers, not read: 1" in said
    assert "now: rnnvis materialize hybrid" in said


def readouts(shape: Any, factors: Any, memory: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    query = factors.query[0].double().numpy().repeat(shape.heads // shape.groups, axis=1)
    found: np.ndarray[Any, Any] = np.einsum("shk,shkv->shv", query, memory)
    if shape.normalized:
        divisor = np.maximum(np.abs(found[..., -1]), factors.floor[0].double().numpy())
        found = found[..., :-1] / divisor[..., None]
    return found


def kept_shares(shape: Any, factors: Any, memory: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    rate = 1.0 if shape.decay_rate is None else shape.decay_rate.double().numpy()
    kept: np.ndarray[Any, Any] = np.exp(factors.decay_step[0].double().numpy() * rate)
    if shape.normalized:  # the decay without how the scale moved, from m = 0
        floor = factors.floor[0].double().numpy()
        kept = kept * (np.concatenate([np.ones_like(floor[:1]), floor[:-1]]) / floor)[..., None]
    energy = np.concatenate([np.ones_like(memory[:1]), memory[:-1] ** 2]).sum(axis=-1)
    weights = energy if kept.shape[-1] > 1 else np.ones_like(kept)
    return np.asarray((kept * weights).sum(axis=-1) / weights.sum(axis=-1))


@pytest.mark.parametrize("model", MATRIX_MEMORIES)
def test_the_recording_of_a_matrix_memory_is_that_of_a_numpy_recurrence(folder, model):
    storage = Storage(folder / "storage")
    network = open_copy(storage.checkpoint(model))
    recording = recording_of(folder, model)
    for layer, depth in enumerate(network.capture.depths):
        rows = first_sequence(recording, layer)
        pieces = network.pieces(rows["word_id"])
        read = network.capture.read(torch.tensor([[p for word in pieces for p in word]]))[depth]
        if not isinstance(read, tuple):
            continue
        memory = numpy_states(*read)
        last = np.cumsum([len(word) for word in pieces]) - 1
        hidden = readouts(*read, memory)[last].reshape(len(last), -1)
        assert np.abs(rows["hidden"] - hidden).max() < 2e-3 * np.abs(hidden).max()  # float16
        gates = np.multiply.reduceat(
            kept_shares(*read, memory), np.append(0, last[:-1] + 1), axis=0
        ).repeat(read[0].channels, axis=1)
        np.testing.assert_allclose(rows["keep_gate"], gates, atol=1e-3)
        parts = rows["cell_written"] + rows["cell_lost"]
        np.testing.assert_allclose(parts, rows["cell_delta"], atol=1e-5 * np.abs(parts).max())


def test_the_recording_of_a_vector_is_what_the_layer_returned(folder):
    network = open_copy(Storage(folder / "storage").checkpoint("griffin"))
    rows = first_sequence(recording_of(folder, "griffin"), 1)
    returned = []
    layer = network.capture.module.model.layers[1].temporal_block.rg_lru
    layer.register_forward_hook(lambda *call: returned.append(call[2][0]))
    pieces = network.pieces(rows["word_id"])
    with torch.no_grad():
        network.capture.module(torch.tensor([[p for word in pieces for p in word]]))
    last = np.cumsum([len(word) for word in pieces]) - 1
    np.testing.assert_allclose(rows["hidden"], returned[0][last].numpy(), rtol=1e-4, atol=1e-5)


def test_a_typed_sentence_is_read_as_it_was_recorded(folder, name):
    network = open_network(Storage(folder / "storage").checkpoint(name))
    recording = recording_of(folder, name)
    assert not network.carries
    rows = first_sequence(recording, 1)
    read = network.read(rows["word_id"].tolist())[1]
    for array in recording.layers[1].arrays:
        found, scale = getattr(read, array), np.abs(rows[array]).max()
        np.testing.assert_allclose(found, rows[array], atol=2e-3 * scale)


def test_a_typed_sentence_is_predicted_as_it_was_when_it_was_recorded(folder, name):
    checkpoint = Storage(folder / "storage").checkpoint(name)
    words = first_sequence(recording_of(folder, name), 0)["word_id"].tolist()
    found = open_network(checkpoint).next_words(words)
    given = read_table(given_path(checkpoint, NEXT_WORDS)).slice(0, len(words))
    chances = given["next_probability"].to_numpy()[:-1]
    np.testing.assert_allclose(np.exp(found.log_probabilities), chances, rtol=1e-4)
    likeliest = np.array(given["top_probabilities"].to_pylist())
    np.testing.assert_allclose(found.top_probabilities, likeliest, rtol=1e-4, atol=1e-7)


def test_the_release_has_pieces_heads_and_the_depth(folder):
    with open_release("hybrid", storage=Storage(folder / "storage")) as release:
        assert release.model["spec"]["layers"] == [
            {"name": "Mamba-2, layer 0", "depth": 0},
            {"name": "Mamba-2, layer 2", "depth": 2},
        ]
        assert release.model["spec"]["attention_layers"] == [1]
        counts = json.loads((folder / "storage/manifests/hybrid/recording.json").read_text())
    assert counts["row_counts"]["memory_head"] == 8
    words = load_corpus(Storage(folder / "storage").corpus("reviews")).vocabulary.words
    assert counts["row_counts"]["word_piece"] == len(words)
    network = open_copy(Storage(folder / "storage").checkpoint("hybrid"))
    spelt = ["".join(texts) for texts in network.words.texts]
    assert spelt == [END if word == "<eos>" else f" {word}" for word in words]


def test_predictions_are_those_of_the_networks_own_logits(folder, name):
    network = open_copy(Storage(folder / "storage").checkpoint(name))
    rows = first_sequence(recording_of(folder, name), 0)
    pieces = network.pieces(rows["word_id"])
    flat = [piece for word in pieces for piece in word]
    _, logits = network.capture.step(torch.tensor([flat]), ())
    log_shares = logits[0].log_softmax(-1)
    ends = np.cumsum([len(word) for word in pieces])
    expected = [
        sum(float(log_shares[place - 1, flat[place]]) for place in range(ends[n], ends[n + 1]))
        for n in range(len(pieces) - 1)
    ]
    found = read_table(given_path(Storage(folder / "storage").checkpoint(name), NEXT_WORDS))
    shares = found["next_probability"].to_numpy()[: len(expected)].astype(np.float64)
    np.testing.assert_allclose(np.log(shares), expected, atol=1e-3)


def test_the_memory_of_an_slstm_is_a_mean_of_what_it_stored(folder):
    rows = first_sequence(recording_of(folder, "extended"), 1)
    assert recording_of(folder, "extended").layers[1].name == "sLSTM, layer 1"
    assert np.abs(rows["cell"]).max() <= 1
    assert (rows["keep_gate"][0] == 0).all()
    assert not rows.keys() & {"cell_written", "cell_lost"}


def test_pickles_do_not_enter_the_storage(folder):
    network = Storage(folder / "storage").checkpoint("goose") / "network"
    assert {file.name for file in network.iterdir()} == {"model.safetensors", "tokenizer.json"}


def test_a_changed_weight_is_refused(folder, tmp_path):
    copied = tmp_path / "checkpoints" / "hybrid"
    shutil.copytree(folder / "storage/checkpoints/hybrid", copied)
    weights = copied / "network" / "model.safetensors"
    content = bytearray(weights.read_bytes())
    content[-1] ^= 1
    weights.write_bytes(content)
    with pytest.raises(CheckpointError, match="other weights than were imported"):
        open_copy(copied)


def test_three_lines_of_python_read_a_folder(tmp_path_factory):
    saved, texts = trained_folder(tmp_path_factory, "recurrent_gemma"), toy_text()[:12]
    settings = {"co_clusters": {"minimum_count": 1, "maximum_clusters": 2, "seeds": 2}}
    analysis = rnnvis.analyse(saved, texts, analysis=settings)
    rows = analysis.release.sql("SELECT sentence_id, count(*) AS words FROM token GROUP BY ALL")
    lengths = dict(zip(*(rows[name].to_pylist() for name in ("sentence_id", "words")), strict=True))
    assert lengths == {number: len(text.split()) for number, text in enumerate(texts)}
    # Every text is read from an empty memory: the second one as if it were the only one.
    second = analysis.sentence(texts[1]).layers[1]["hidden"][-1]
    recording = analysis.release.recording()
    batches = list(recording.batches(1, ["sequence", "hidden"]))
    hidden = np.concatenate([each["hidden"][each["sequence"] == 1] for each in batches])
    np.testing.assert_allclose(hidden[-1], second, atol=1e-5)
