"""How well a text is predicted while a state is clamped, prediction by prediction."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from rnnvis_assets.ablation.clamped_layers import Passage, layer_inputs, read_clamped
from rnnvis_assets.ablation.clamps import Clamps
from rnnvis_assets.network.recurrent_network import OutputLayer
from rnnvis_assets.network.stepped_mamba import Stepped
from warehouse.arrays import Float32Array, Int64Array, IntArray

LOGITS_AT_ONCE = 2**21
"""8 MiB of float32: what does not fit the cache takes half as long again."""

Score = Callable[[Tensor, Tensor], Tensor]
"""float[predictions, ...] of h float[predictions, units] and targets int64[predictions]."""


@dataclass(frozen=True)
class Predictions:
    """What is predicted in a passage, by step: after ``step`` of ``stream``, of ``target`` (a word,
    or a document's class). ``word`` was read last, in ``sentence``; int64[predictions] each."""

    step: Int64Array
    stream: Int64Array
    target: Int64Array
    word: Int64Array
    sentence: Int64Array

    def __len__(self) -> int:
        return len(self.step)

    def take(self, places: IntArray) -> "Predictions":
        """Some of them; ``places`` ascend."""
        return Predictions(*(values[places] for values in vars(self).values()))


def word_losses(output: OutputLayer) -> Score:
    """-log p of the target, in nats."""
    rows = max(1, LOGITS_AT_ONCE // len(output.weight))

    def score(hidden: Tensor, targets: Tensor) -> Tensor:
        blocks = zip(torch.split(hidden, rows), torch.split(targets, rows), strict=True)
        losses = [
            functional.cross_entropy(output.decode(part), wanted, reduction="none")
            for part, wanted in blocks
        ]
        return torch.cat(losses)

    return score


def class_log_probabilities(output: OutputLayer) -> Score:
    """log p of every class."""
    return lambda hidden, _: output.decode(hidden).log_softmax(1)


@torch.inference_mode()
def free_scores(
    network: Stepped, passage: Passage, predictions: Predictions, score: Score
) -> Float32Array:
    """Scores float32[predictions, ...] with nothing clamped."""
    hidden = layer_inputs(network, passage, len(network.layers))
    rows = hidden[predictions.step, predictions.stream]
    return score(rows, torch.from_numpy(predictions.target)).numpy()


@torch.inference_mode()
def clamped_scores(
    network: Stepped,
    passage: Passage,
    inputs: Tensor,
    clamps: Clamps,
    predictions: Predictions,
    score: Score,
) -> Float32Array:
    """Scores float32[sets, predictions, ...] under every set of clamps; ``inputs`` are those of the
    clamped layer, from ``layer_inputs``."""
    scores, start = [], 0
    for hidden in read_clamped(network, passage, inputs, clamps):
        stop = start + len(hidden)
        found = predictions.take(np.arange(*np.searchsorted(predictions.step, (start, stop))))
        # Of [steps, sets, streams, units], step and stream indexed together: [found, sets, units].
        rows = hidden[found.step - start, :, found.stream].flatten(0, 1)
        targets = torch.from_numpy(found.target).repeat_interleave(len(clamps))
        found_scores = score(rows, targets)
        scores.append(found_scores.view(len(found), len(clamps), *found_scores.shape[1:]))
        start = stop
    return torch.cat(scores).transpose(0, 1).numpy()
