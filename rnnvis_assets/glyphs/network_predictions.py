"""What a network expects: the next word at every step, or the class of a document."""

from dataclasses import dataclass

import torch
from torch import Tensor

from rnnvis_assets.network.expected_words import NextWordPredictions, expected_words
from rnnvis_assets.network.recurrent_network import OutputLayer
from warehouse.arrays import Float32Array, Int32Array, Int64Array

LOGITS_AT_ONCE = 2**24
"""64 MiB of float32."""


@dataclass(frozen=True)
class ChosenClasses:
    """The class that a classifier chooses, int64[documents], and its probability."""

    predicted: Int64Array
    probabilities: Float32Array


@torch.inference_mode()
def predict_words(
    output: OutputLayer,
    hidden: Float32Array,
    following: Int32Array,
    *,
    logits_at_once: int = LOGITS_AT_ONCE,
) -> NextWordPredictions:
    """Predictions from the top layer's h float32[steps, units].

    ``following`` int32[targets] holds the word after each step, and may be shorter: nothing
    follows a text's last word. Memory is bounded by ``logits_at_once``, whatever the vocabulary.
    """
    rows = max(1, logits_at_once // len(output.weight))
    steps = torch.split(torch.tensor(hidden), rows)
    targets = torch.tensor(following, dtype=torch.int64)
    pieces = [
        expected_words(output.decode(block), targets[number * rows : (number + 1) * rows])
        for number, block in enumerate(steps)
    ]
    return NextWordPredictions(*(torch.cat(part).numpy() for part in zip(*pieces, strict=True)))


def predictions_from(logits: Tensor, following: Int32Array) -> NextWordPredictions:
    """Predictions from a network's own logits float32[steps, words], as ``predict_words`` gives."""
    found = expected_words(logits, torch.tensor(following, dtype=torch.int64))
    return NextWordPredictions(*(part.numpy() for part in found))


def choose_classes(logits: Float32Array) -> ChosenClasses:
    """The choice of a classifier from float32[documents, classes]."""
    top = torch.tensor(logits).softmax(1).max(1)
    return ChosenClasses(top.indices.numpy(), top.values.numpy())
