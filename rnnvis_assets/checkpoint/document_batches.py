"""Batches of documents, and the gradients of classifiers that each read one: all in one go, in the
layers of ``stacked_cells``. A batch of one is the training of a single network."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional
from torch.nn.utils.rnn import PackedSequence, pack_sequence

from rnnvis_assets.checkpoint.stacked_cells import read_layers
from rnnvis_assets.checkpoint.stacked_layer import LayerBatch, lay_out
from rnnvis_assets.checkpoint.training_task import PredictionSums
from rnnvis_assets.network.recurrent_network import RecurrentNetwork, State

BACKPROPAGATION_LIMIT = 2000
_PLACES_TOGETHER = 2**15
"""Steps times sequences of all networks at most, for the sake of memory; else they are read one
after the other."""

Draws = Callable[[], AbstractContextManager[None]]
"""Inside of what it returns, a network's random numbers are drawn."""


@dataclass(frozen=True)
class DocumentBatch:
    """Some documents, int64[words] each, and their classes int64[documents], for ``network``, whose
    random numbers are drawn inside ``draws``."""

    network: RecurrentNetwork
    documents: Sequence[Tensor]
    labels: Tensor
    draws: Draws = nullcontext

    def sums(self, loss: float, logits: Tensor) -> PredictionSums:
        """Of these documents, given their mean loss and logits float[documents, classes]."""
        count, tokens = len(self.labels), sum(map(len, self.documents))
        correct = int((logits.argmax(1) == self.labels).sum())
        return PredictionSums(loss * count, count, correct, tokens)


def embed_ends(network: RecurrentNetwork, documents: Sequence[Tensor]) -> PackedSequence:
    """The embedded last ``BACKPROPAGATION_LIMIT`` words of documents, dropout included."""
    packed = pack_sequence(
        [words[_num_before(words) :] for words in documents], enforce_sorted=False
    )
    embedded = network.embedding_dropout(network.embedding(packed.data))
    return PackedSequence(embedded, *packed[1:])


@torch.no_grad()
def read_beginnings(network: RecurrentNetwork, documents: Sequence[Tensor]) -> State:
    """The states after what stands before the words of ``embed_ends``, outside of the graph."""
    states = network.initial_state(len(documents))
    for number, words in enumerate(documents):
        if not (count := _num_before(words)):
            continue
        state = network.initial_state(1)
        for part in torch.split(words[:count], BACKPROPAGATION_LIMIT):
            _, state = network.read(part[None], state)
            for target, read in zip(states, state, strict=True):
                target[:, number] = read[:, 0]
    return states


def _num_before(words: Tensor) -> int:
    return max(0, len(words) - BACKPROPAGATION_LIMIT)


def add_gradients(batches: Sequence[DocumentBatch]) -> list[PredictionSums]:
    """Adds to the gradients of each network those of its batch's mean loss.

    Networks are of equal shape, in training mode, in float32 on the CPU.
    """
    longest = max(len(words) for batch in batches for words in batch.documents)
    places = min(longest, BACKPROPAGATION_LIMIT) * sum(len(batch.labels) for batch in batches)
    if len(batches) > 1 and places > _PLACES_TOGETHER:
        return [sums for batch in batches for sums in add_gradients([batch])]
    starts, embedded = [], []
    for batch in batches:
        with batch.draws():
            starts.append(read_beginnings(batch.network, batch.documents))
            embedded.append(embed_ends(batch.network, batch.documents))
    losses, logits = [], []
    for batch, hidden in zip(batches, _read(batches, starts, embedded), strict=True):
        with batch.draws():
            logits.append(batch.network.decode(hidden))
        losses.append(functional.cross_entropy(logits[-1], batch.labels))
    torch.stack(losses).sum().backward()  # type: ignore[no-untyped-call]
    return [
        batch.sums(loss.item(), each)
        for batch, loss, each in zip(batches, losses, logits, strict=True)
    ]


def _read(
    batches: Sequence[DocumentBatch], states: Sequence[State], embedded: Sequence[PackedSequence]
) -> list[Tensor]:
    """The last layer's h after the last word of each document, float[documents, H] a network."""
    rnn = batches[0].network.rnn
    starts = [
        tuple(part[:, packed.sorted_indices] for part in state)
        for state, packed in zip(states, embedded, strict=True)
    ]
    steps, hidden = lay_out(embedded), [packed.data for packed in embedded]
    for layer in range(rnn.num_layers):
        last = layer == rnn.num_layers - 1
        layers = [
            LayerBatch(
                inputs,
                batch.network.rnn.all_weights[layer],
                tuple(part[layer] for part in start),
                step,
                step.ends if last else step.tokens,
            )
            for inputs, batch, start, step in zip(hidden, batches, starts, steps, strict=True)
        ]
        hidden = read_layers(batches[0].network.cell, layers)
        if not last:
            hidden = [_drop(batch, h) for batch, h in zip(batches, hidden, strict=True)]
    return hidden


def _drop(batch: DocumentBatch, hidden: Tensor) -> Tensor:
    with batch.draws():
        return functional.dropout(hidden, batch.network.rnn.dropout)
