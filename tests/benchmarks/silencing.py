"""Reading under clamps against the forward passes that it needs, and one sentence at once.

A 2×200 LSTM with 10,000 words reads 32 streams under 8 sets of clamps; the baseline is ``nn.LSTM``
over the same rows from the clamped layer up, and the same output layer over as many predictions.
"""

import numpy as np
import torch
from torch.nn import functional

from rnnvis_assets.ablation.clamped_layers import Passage, layer_inputs
from rnnvis_assets.ablation.clamped_scores import Predictions, clamped_scores, word_losses
from rnnvis_assets.ablation.clamps import Clamps
from rnnvis_assets.ablation.silenced_sentence import next_words_with_and_without
from rnnvis_assets.network.cells import SteppedNetwork, stepped
from rnnvis_assets.network.recurrent_network import RecurrentNetwork, limited_threads
from tests.benchmarks.harness import Row, absolute_row, time_row, time_side_by_side
from tests.rnnvis_assets.checkpoint.small_runs import make_config

STEPS, STREAMS, SETS, VOCABULARY, SCORED = 128, 32, 8, 10_000, 0.2


def _network(units: int) -> RecurrentNetwork:
    torch.manual_seed(0)
    config = make_config(embedding_size=units, hidden_size=units, tied_embedding=True)
    return RecurrentNetwork(config, VOCABULARY, VOCABULARY).eval()


def _clamps(layer: int, units: int, sets: int) -> Clamps:
    bounds = np.full((sets, units), 0.1, np.float32)
    return Clamps(layer, "hidden", -bounds, bounds)


def _predictions() -> Predictions:
    generator = np.random.default_rng(0)
    count = int(STEPS * STREAMS * SCORED)
    step = np.sort(generator.integers(0, STEPS, count))
    target = generator.integers(0, VOCABULARY, count)
    return Predictions(step, generator.integers(0, STREAMS, count), target, target, step)


def _plain_torch(network: RecurrentNetwork, layer: int, inputs: torch.Tensor) -> None:
    """The same layers and output layer over as many rows and predictions, a block at a time."""
    above = torch.nn.LSTM(200, 200, 2 - layer)
    targets = torch.zeros(256, dtype=torch.int64)
    with torch.inference_mode():
        state = None
        for block in inputs.repeat(1, SETS, 1).split(16):
            hidden, state = above(block, state)
        rows = hidden.flatten(0, 1)[:256]
        for _ in range(int(STEPS * STREAMS * SCORED * SETS) // 256):
            logits = functional.linear(rows, network.output_weight, network.decoder.bias)
            functional.cross_entropy(logits, targets, reduction="none")


def _against_torch(network: RecurrentNetwork, parts: SteppedNetwork, layer: int) -> Row:
    words = torch.randint(0, VOCABULARY, (STEPS, STREAMS))
    passage = Passage(words, torch.zeros(words.shape, dtype=torch.bool))
    inputs, clamps, predictions = (
        layer_inputs(parts, passage, layer), _clamps(layer, 200, SETS), _predictions()
    )  # fmt: skip
    score = word_losses(parts.output)
    timing = time_side_by_side(
        lambda: clamped_scores(parts, passage, inputs, clamps, predictions, score),
        lambda: _plain_torch(network, layer, inputs),
    )
    what = f"8 sets silenced in layer {layer} of a 2×200 LSTM, against nn.LSTM of the same rows"
    return time_row(what, timing, must=1.3, aim=1)


def _one_sentence() -> Row:
    parts, clamps = stepped(_network(600)), _clamps(0, 600, 1)
    words = np.random.default_rng(0).integers(0, VOCABULARY, 17).astype(np.int32)
    timing = time_side_by_side(
        lambda: next_words_with_and_without(parts, words, clamps), lambda: None
    )
    what = "17 words of a 2×600 LSTM with and without a silenced set, ms"
    return absolute_row(what, 1000 * timing.ours, "ms", must=300, aim=100)


def measure() -> list[Row]:
    """A row a clamped layer, and the sentence; on one thread, as the stage runs each job."""
    network = _network(200)
    with limited_threads(1):
        return [
            *(_against_torch(network, stepped(network), layer) for layer in (0, 1)),
            _one_sentence(),
        ]
