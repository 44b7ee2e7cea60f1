"""A clamped block of Mamba, against its equations in float64 NumPy, word by word."""

from itertools import pairwise

import numpy as np
import pytest
import torch

from rnnvis_assets.ablation.ablated_reading import AblatedReading
from rnnvis_assets.ablation.clamped_layers import (
    BLOCK_STEPS,
    layer_inputs,
    read_clamped,
)
from rnnvis_assets.ablation.clamps import Clamps, clamp_at_means
from rnnvis_assets.network.recurrent_network import RecurrentNetwork
from rnnvis_assets.network.stepped_mamba import SteppedMamba, stepped_mamba
from tests.examples.whole_units import whole_units
from tests.rnnvis_assets.ablation.clamped_passages import RESTART, make_clamps, make_passage
from tests.rnnvis_assets.checkpoint.small_runs import make_config
from tests.rnnvis_assets.matrix_memory.numpy_mamba import Floats, Hold, read_by_hand
from tests.rnnvis_assets.recording.networks import WORDS
from tests.rnnvis_assets.recording.test_recording_stage import make_split

WIDTH, CHANNELS, STREAMS, STEPS, SETS = 3, 6, 2, BLOCK_STEPS + 5, 3
STATES = [("hidden", 1), ("cell", 1), ("hidden", 3), ("cell", 3)]
"""Each with a number of readers."""


@pytest.fixture(scope="module")
def network() -> RecurrentNetwork:
    torch.manual_seed(0)
    config = make_config(cell="mamba", embedding_size=WIDTH, hidden_size=WIDTH)
    made = RecurrentNetwork(config, WORDS, WORDS)
    for weights in made.parameters():
        torch.nn.init.normal_(weights, std=0.6)
    return made.eval()


def make_readers(count: int) -> np.ndarray:
    """Any mean query, and orthogonal directions of different lengths: float32[readers, 16]."""
    generator = np.random.default_rng(count)
    directions = np.linalg.qr(generator.normal(size=(16, count - 1)))[0].T
    lengths = generator.uniform(0.5, 2, (count - 1, 1))
    return np.vstack([generator.normal(size=(1, 16)), lengths * directions]).astype(np.float32)


def parts_of(network: RecurrentNetwork, count: int) -> SteppedMamba:
    flat = torch.from_numpy(make_readers(count)).reshape(1, -1).expand(CHANNELS, -1)
    return stepped_mamba(network, {0: flat, 1: flat})


def hold_by_hand(clamps: Clamps, number: int, readers: np.ndarray) -> Hold:
    mean, *further = readers.astype(np.float64)
    bounds = [bound[number].reshape(CHANNELS, -1) for bound in (clamps.lower, clamps.upper)]

    def hold_cell(memory: Floats, query: Floats) -> tuple[Floats, Floats]:
        cell = memory @ readers.T
        missing = np.clip(cell, *bounds) - cell
        # Of all changes that read so, the smallest one.
        change = np.linalg.lstsq(readers.astype(np.float64), missing.T)[0].T
        return memory + change, (memory + change) @ query

    def hold_hidden(memory: Floats, query: Floats) -> tuple[Floats, Floats]:
        parts = [((query - mean) @ u) / (u @ u) * (memory @ u) for u in further]
        units = np.stack([memory @ query - sum(parts), *parts], axis=1)
        return memory, np.clip(units, *bounds).sum(1)

    return {"cell": hold_cell, "hidden": hold_hidden}[clamps.state]


@pytest.mark.parametrize("layer", [0, 1])
@pytest.mark.parametrize(("state", "readers"), STATES)
def test_each_set_and_stream_is_read_as_by_hand(
    network: RecurrentNetwork, state: str, readers: int, layer: int
) -> None:
    parts, passage = parts_of(network, readers), make_passage(STEPS, STREAMS)
    clamps = make_clamps(layer, state, SETS, CHANNELS * readers)
    inputs = layer_inputs(parts, passage, layer)
    found = torch.cat([h.clone() for h in read_clamped(parts, passage, inputs, clamps)])
    logits = parts.output.decode(found).numpy()
    free = logits[:, :1]
    assert (np.abs(logits[:, 1:] - free).max(axis=(0, 2, 3)) > 0.1).all()
    words = passage.words.numpy()
    for number in range(SETS):
        hold = hold_by_hand(clamps, number, make_readers(readers))
        for stream in range(STREAMS):
            cuts = (0, RESTART, STEPS) if stream == 1 else (0, STEPS)
            expected = [
                read_by_hand(network, words[a:b, stream], {layer: hold})[1]
                for a, b in pairwise(cuts)
            ]
            by_hand = np.concatenate(expected)
            np.testing.assert_allclose(logits[:, number, stream], by_hand, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize(("state", "readers"), STATES)
def test_silencing_nothing_changes_no_bit(
    network: RecurrentNetwork, state: str, readers: int
) -> None:
    parts, passage = parts_of(network, readers), make_passage(STEPS, STREAMS)
    units = CHANNELS * readers
    chips = whole_units(np.zeros(units, np.int32), 1)
    nothing, means = np.zeros((1, units), bool), np.ones(units, np.float32)
    clamps = clamp_at_means(0, state, chips, nothing, means)
    found = torch.cat(list(read_clamped(parts, passage, layer_inputs(parts, passage, 0), clamps)))
    torch.testing.assert_close(found[:, 0], layer_inputs(parts, passage, 2), rtol=0, atol=0)


@pytest.mark.slow
@pytest.mark.parametrize("state", ["hidden", "cell"])
def test_the_cost_is_the_loss_of_the_clamped_network(network: RecurrentNetwork, state: str) -> None:
    split, ends = make_split("language_model"), np.array([0, 150, 400])
    clamps = make_clamps(1, state, SETS, CHANNELS)
    reading = AblatedReading.read(parts_of(network, 1), split, (), ends, split.num_tokens)
    costs = reading.costs_of_all(clamps).mean
    for number in range(SETS):
        hold = hold_by_hand(clamps, number, make_readers(1))
        losses = []
        for holds in ({}, {1: hold}):
            read = [read_by_hand(network, split.word_ids[a:b], holds)[1] for a, b in pairwise(ends)]
            logits = torch.from_numpy(np.concatenate(read)[:-1])
            following = torch.from_numpy(split.word_ids[1:].astype(np.int64))
            losses.append(torch.nn.functional.cross_entropy(logits, following).item())
        assert costs[number] == pytest.approx(losses[1] - losses[0], abs=1e-5)
