"""A trained Mamba is recorded, and predicts, as its equations say word by word in float64."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch

from rnnvis_assets.engine.stage import RunContext
from rnnvis_assets.matrix_memory.trained_memory import TrainedMemory
from rnnvis_assets.model_import.recording.predictions import SplitReading
from rnnvis_assets.model_kinds.model_kinds import RECORDING, open_network
from rnnvis_assets.network.checkpoint_files import load_checkpoint
from rnnvis_assets.network.external_predictions import given_choices, given_next_words
from rnnvis_assets.network.recurrent_network import RecurrentNetwork
from rnnvis_assets.recording.recording_plan import stream_offsets
from tests.rnnvis_assets.matrix_memory.numpy_mamba import Floats, Readings, read_by_hand
from tests.rnnvis_assets.recording.networks import make_words
from tests.rnnvis_assets.recording.test_recording_stage import make_context
from warehouse.errors import CheckpointError
from warehouse.parquet_tables import read_table
from warehouse.recordings import open_recording

WIDTH, TOKENS = 3, 400
SEQUENCES = {
    "language_model": stream_offsets(np.arange(41) * 10, 4),
    "classification": np.arange(41) * 10,
}


@pytest.fixture(scope="module", params=SEQUENCES)
def recorded(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[RunContext, str]:
    """A storage with an untrained network of a task, recorded; and the task."""
    torch.manual_seed(0)
    root = tmp_path_factory.mktemp("mamba")
    context = make_context(root, request.param, "mamba", WIDTH)
    RECORDING.run(context, "m")
    return context, request.param


def network_of(context: RunContext) -> RecurrentNetwork:
    return load_checkpoint(context.storage.checkpoint("m")).network


def read_all_by_hand(context: RunContext, task: str) -> tuple[list[Readings], Floats]:
    """Of each block the readings of all sequences, one below the other, and all logits."""
    words, network = make_words(TOKENS), network_of(context)
    found = [read_by_hand(network, words[a:b]) for a, b in pairwise(SEQUENCES[task]) if a < b]
    layers = [
        Readings(*(np.concatenate(part) for part in zip(*map(_parts, own), strict=True)))
        for own in zip(*(read for read, _ in found), strict=True)
    ]
    return layers, np.concatenate([logits for _, logits in found])


def _parts(readings: Readings) -> list[Floats]:
    return list(vars(readings).values())


def test_every_array_is_what_the_equations_say(recorded: tuple[RunContext, str]) -> None:
    context, task = recorded
    recording = open_recording(context.storage.recording("m", "test"))
    starts = SEQUENCES[task]
    for layer, readings in enumerate(read_all_by_hand(context, task)[0]):
        expected = readings.arrays()
        names = (*expected, "cell_delta", "hidden_delta")
        found = recording.rows(layer, names, 0, TOKENS)
        for name, values in expected.items():
            # Factors are stored in float16, decays exactly.
            np.testing.assert_allclose(found[name], values, atol=2e-3 * np.abs(values).max())
        changes = found["cell_written"] + found["cell_lost"]
        np.testing.assert_allclose(found["cell_delta"], changes, atol=1e-6)
        ends = starts[1:] - 1
        sums = np.add.reduceat(found["cell_delta"], starts[:-1])
        np.testing.assert_allclose(sums, found["cell"][ends], atol=1e-5)


def test_predictions_are_those_of_the_logits(recorded: tuple[RunContext, str]) -> None:
    context, task = recorded
    _, logits = read_all_by_hand(context, task)
    shares = torch.from_numpy(logits).softmax(1).numpy()
    folder = context.storage.checkpoint("m")
    if task == "classification":
        predicted, probability = given_choices(folder)
        ends = SEQUENCES[task][1:] - 1
        np.testing.assert_array_equal(predicted, shares[ends].argmax(1))
        np.testing.assert_allclose(probability, shares[ends].max(1), rtol=1e-4)
        return
    (rows,) = given_next_words(folder)
    following = make_words(TOKENS)[1:]
    found = rows["next_probability"].to_numpy(zero_copy_only=False)[:-1]
    np.testing.assert_allclose(found, shares[np.arange(TOKENS - 1), following], rtol=1e-4)


def test_a_sequence_may_be_read_in_pieces(recorded: tuple[RunContext, str]) -> None:
    context, task = recorded
    _, expected = read_all_by_hand(context, task)
    predictor = TrainedMemory(network_of(context))
    reading = SplitReading(predictor, make_words(TOKENS), SEQUENCES[task], whole=False)
    found = dict(reading.pieces(tokens_at_once=120))
    assert len(found) > len(SEQUENCES[task])
    for piece, logits in found.items():
        near = {"rtol": 1e-4, "atol": 1e-5}
        np.testing.assert_allclose(logits, expected[piece.start : piece.stop], **near)


@pytest.mark.slow
def test_a_sentence_is_read_as_it_was_recorded(recorded: tuple[RunContext, str]) -> None:
    context, task = recorded
    network, (_, end) = open_network(context.storage.checkpoint("m")), SEQUENCES[task][:2]
    words = make_words(TOKENS)[:end].tolist()
    assert (network.output, network.carries) == (None, False)
    recording = open_recording(context.storage.recording("m", "test"))
    for layer, states in enumerate(network.read(words)):
        for name, values in recording.rows(layer, list(vars(states)), 0, end).items():
            near = 2e-3 * np.abs(values).max()
            np.testing.assert_allclose(getattr(states, name), values, atol=near)
    _, expected = read_by_hand(network_of(context), words)
    np.testing.assert_allclose(network.logits(words), expected, rtol=1e-5, atol=1e-5)
    added = network.gradients_of(words)
    assert added.shape == (end, expected.shape[1])


def test_every_channel_is_a_head(recorded: tuple[RunContext, str]) -> None:
    heads = read_table(recorded[0].storage.table("m", "memory_head"))
    assert heads["layer"].to_pylist() == [0] * 2 * WIDTH + [1] * 2 * WIDTH
    assert heads["num_units"].unique().to_pylist() == [1]


def test_a_network_that_was_not_recorded_is_not_opened(tmp_path: Path) -> None:
    context = make_context(tmp_path, "language_model", "mamba", WIDTH)
    with pytest.raises(CheckpointError, match="how the memory is read is known once it is record"):
        open_network(context.storage.checkpoint("m"))
