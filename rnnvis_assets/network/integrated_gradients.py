"""What each word adds to each class by integrated gradients (Sundararajan et al. 2017)."""

import torch
from torch import Tensor

from rnnvis_assets.network.recurrent_network import RecurrentNetwork
from warehouse.arrays import Float32Array

STEPS = 12
"""Points of the path: the sum is then within about a hundredth of the difference of the logits."""


def integrated_gradients(
    network: RecurrentNetwork, word_ids: Tensor, steps: int = STEPS
) -> Float32Array:
    """float32[documents, words, classes] of documents of one length, int64[documents, words].

    The path runs from zero embeddings to the words', and is cut into ``steps``, read at their
    middles. Over a document, the values add up to its logits less those of as many zero embeddings,
    the closer the more steps.
    """
    embedded = network.embedding(word_ids).detach()
    fractions = (torch.arange(steps) + 0.5) / steps
    path = (fractions[:, None, None, None] * embedded).flatten(0, 1).requires_grad_()
    hidden, _ = network.run(path, network.initial_state(len(path)))
    added = []
    for logit in network.decode(hidden[:, -1]).sum(dim=0):
        (gradients,) = torch.autograd.grad(logit, path, retain_graph=True)
        mean = gradients.unflatten(0, (steps, -1)).mean(dim=0)
        added.append((mean * embedded).sum(dim=-1))
    values: Float32Array = torch.stack(added, dim=-1).numpy()
    return values
