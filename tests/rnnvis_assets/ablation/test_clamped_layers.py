"""A clamped state is what everything after reads, whatever else is read in the same pass."""

from itertools import pairwise

import numpy as np
import pytest
import torch

from rnnvis_assets.ablation.clamped_layers import (
    BLOCK_STEPS,
    Passage,
    layer_inputs,
    read_clamped,
)
from rnnvis_assets.ablation.clamped_scores import (
    Predictions,
    clamped_scores,
    class_log_probabilities,
    free_scores,
    word_losses,
)
from rnnvis_assets.ablation.clamps import Clamps, clamp_at_means
from rnnvis_assets.network.cells import stepped
from tests.examples.whole_units import whole_units
from tests.rnnvis_assets.ablation.clamped_passages import RESTART, make_clamps, make_passage
from tests.rnnvis_assets.ablation.numpy_clamps import read_clamped_by_hand
from tests.rnnvis_assets.recording.networks import make_network
from warehouse.chips import Chips

UNITS, STREAMS, STEPS, SETS = 5, 3, BLOCK_STEPS + 7, 4
STATES = [("rnn", "hidden"), ("rnn_relu", "hidden"), ("gru", "hidden"), ("lstm", "hidden"),
          ("lstm", "cell"), ("lstm", "cell_output"), ("min_gru", "hidden")]  # fmt: skip


def read_all(network, passage: Passage, clamps: Clamps) -> torch.Tensor:
    """float[steps, sets, streams, units]."""
    parts, inputs = stepped(network), layer_inputs(stepped(network), passage, clamps.layer)
    return torch.cat([h.clone() for h in read_clamped(parts, passage, inputs, clamps)])


@pytest.mark.parametrize("layer", [0, 1])
@pytest.mark.parametrize(("cell", "state"), STATES)
def test_each_set_and_stream_is_read_as_by_hand(cell: str, state: str, layer: int) -> None:
    network, passage = make_network(cell, num_layers=2, units=UNITS), make_passage(STEPS, STREAMS)
    clamps = make_clamps(layer, state, SETS, UNITS)
    found = read_all(network, passage, clamps).numpy()
    words = passage.words.numpy()
    for number in range(SETS):
        bounds = clamps.lower[number], clamps.upper[number]
        for stream in range(STREAMS):
            cuts = (0, RESTART, STEPS) if stream == 1 else (0, STEPS)
            expected = [
                read_clamped_by_hand(network, words[a:b, stream], layer, state, bounds)
                for a, b in pairwise(cuts)
            ]
            np.testing.assert_allclose(
                found[:, number, stream], np.concatenate(expected), rtol=1e-5, atol=1e-5
            )


@pytest.mark.parametrize(("cell", "state"), STATES)
def test_a_set_without_directions_changes_no_bit(cell: str, state: str) -> None:
    network = stepped(make_network(cell, num_layers=2, units=UNITS))
    passage = make_passage(STEPS, STREAMS)
    chips = whole_units(np.zeros(UNITS, np.int32), 1)
    nothing = np.zeros((1, UNITS), bool)
    clamps = clamp_at_means(1, state, chips, nothing, np.ones(UNITS, np.float32))
    step, stream = (values.ravel() for values in np.indices((STEPS, STREAMS)))
    predictions = Predictions(step, stream, step % 3, step, step)
    score, inputs = word_losses(network.output), layer_inputs(network, passage, 1)
    found = clamped_scores(network, passage, inputs, clamps, predictions, score)
    free = free_scores(network, passage, predictions, score)
    np.testing.assert_array_equal(found[0], free)


@pytest.mark.parametrize(("cell", "state"), STATES)
def test_sets_and_streams_do_not_depend_on_what_they_are_read_with(cell: str, state: str) -> None:
    network, passage = make_network(cell, num_layers=2, units=UNITS), make_passage(STEPS, STREAMS)
    clamps = make_clamps(0, state, SETS, UNITS)
    together = read_all(network, passage, clamps)
    for number in range(SETS):
        by_itself = read_all(network, passage, clamps.sets(number, number + 1))
        torch.testing.assert_close(together[:, number], by_itself[:, 0], atol=1e-5, rtol=1e-5)
    for stream in range(STREAMS):
        only = Passage(
            passage.words[:, stream : stream + 1], passage.starts[:, stream : stream + 1]
        )
        by_itself = read_all(network, only, clamps)
        torch.testing.assert_close(together[:, :, stream], by_itself[:, :, 0], atol=1e-5, rtol=1e-5)


def test_scores_are_those_of_the_predictions_asked_for() -> None:
    network, passage = make_network("gru", num_layers=2, units=UNITS), make_passage(STEPS, STREAMS)
    clamps = make_clamps(0, "hidden", SETS, UNITS)
    hidden, parts = read_all(network, passage, clamps), stepped(network)
    # None in the first block but two, and one in the second.
    step, stream = np.array([3, 3, BLOCK_STEPS + 2]), np.array([0, 2, 1])
    target = np.array([2, 0, 1])
    predictions = Predictions(step, stream, target, step, step)
    inputs = layer_inputs(parts, passage, 0)
    logits = parts.output.decode(hidden[step, :, stream]).transpose(0, 1)
    expected = logits.log_softmax(2)
    found = clamped_scores(
        parts, passage, inputs, clamps, predictions, class_log_probabilities(parts.output)
    )
    np.testing.assert_allclose(found, expected.numpy(), atol=1e-6)
    losses = clamped_scores(parts, passage, inputs, clamps, predictions, word_losses(parts.output))
    chosen = expected.numpy()[:, np.arange(3), target]
    np.testing.assert_allclose(losses, -chosen, atol=1e-6)


def test_directions_are_held_at_the_mean_on_their_side() -> None:
    units, directions = np.array([0, 0, 1, 2], np.int32), np.array([1, -1, 1, 0], np.int32)
    chips = Chips(1, units, directions, np.zeros(4, np.int32))
    chosen = np.array([[1, 0, 0, 0], [0, 1, 1, 0], [1, 1, 0, 1]], bool)
    means = np.array([0.1, 0.2, 0.3], np.float32)
    clamps = clamp_at_means(0, "hidden", chips, chosen, means)
    free = np.inf
    np.testing.assert_array_equal(
        clamps.upper, np.float32([[0.1, free, free], [free, 0.2, free], [0.1, free, 0.3]])
    )
    np.testing.assert_array_equal(
        clamps.lower, np.float32([[-free, -free, -free], [0.1, -free, -free], [0.1, -free, 0.3]])
    )
