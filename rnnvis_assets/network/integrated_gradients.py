"""What each word adds to each class by integrated gradients (Sundararajan et al. 2017)."""

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from rnnvis_assets.network.recurrent_network import RecurrentNetwork
from warehouse.arrays import Float32Array, Int32Array, Int64Array

STEPS = 12
"""Points of the path: the sum is then within about a hundredth of the difference of the logits."""

MOST_TOKENS = 20_000
"""Of a corpus: a token takes as long as 60 that are only read."""
_DOCUMENTS_AT_ONCE = 64

ReadGradients = Callable[[Tensor], Float32Array]
"""float32[documents, words, classes] of documents of one length, int64[documents, words]."""


def path_fractions(steps: int = STEPS) -> Tensor:
    """float[steps]: where the path from 0 to 1 is read, the middles of equal parts."""
    return (torch.arange(steps) + 0.5) / steps


def integrated_gradients(
    network: RecurrentNetwork, word_ids: Tensor, steps: int = STEPS
) -> Float32Array:
    """float32[documents, words, classes] of documents of one length, int64[documents, words].

    The path runs from zero embeddings to the words', and is cut into ``steps``, read at their
    middles. Over a document, the values add up to its logits less those of as many zero embeddings,
    the closer the more steps.
    """
    embedded = network.embedding(word_ids).detach()
    path = (path_fractions(steps)[:, None, None, None] * embedded).flatten(0, 1).requires_grad_()
    hidden, _ = network.run(path, network.initial_state(len(path)))
    added = []
    for logit in network.decode(hidden[:, -1]).sum(dim=0):
        (gradients,) = torch.autograd.grad(logit, path, retain_graph=True)
        mean = gradients.unflatten(0, (steps, -1)).mean(dim=0)
        added.append((mean * embedded).sum(dim=-1))
    values: Float32Array = torch.stack(added, dim=-1).numpy()
    return values


def of_first_documents(
    read: ReadGradients,
    num_classes: int,
    word_ids: Int32Array,
    offsets: Int64Array,
    most: int = MOST_TOKENS,
) -> Float32Array:
    """float32[tokens, classes] of the first documents, as many as have at most ``most`` tokens.

    ``word_ids`` int32[tokens], of the first ``most`` at least; ``offsets`` int64[documents + 1] say
    where each begins.
    """
    count = int(np.searchsorted(offsets, most, side="right")) - 1
    starts, lengths = offsets[:count], np.diff(offsets[: count + 1])
    added = np.zeros((int(offsets[count]), num_classes), np.float32)
    for length in np.unique(lengths[lengths > 0]):
        alike = starts[lengths == length]
        for some in np.array_split(alike, -(-len(alike) // _DOCUMENTS_AT_ONCE)):
            rows = some[:, np.newaxis] + np.arange(length)
            words = torch.from_numpy(word_ids[rows].astype(np.int64))
            added[rows] = read(words)
    return added
