"""What each word adds to each class (paper, Eq. 3; Murdoch and Szlam 2017)."""

import numpy as np

from warehouse.arrays import Float32Array


def contributions(output_weight: Float32Array, changes: Float32Array) -> Float32Array:
    """u_i · (h_t - h_(t-1)) for every step t and class i: float32[steps, classes].

    ``output_weight`` float32[classes, units] has the rows u_i; ``changes`` float32[steps, units]
    are those of the h that the output layer reads. Over a document they add up to the logits less
    the bias.
    """
    return changes @ output_weight.T


def running_probabilities(added: Float32Array, bias: Float32Array) -> Float32Array:
    """The probability of every class after each step, float32[steps, classes], from the
    contributions float32[steps, classes] up to there and the output layer's bias float32[classes].
    """
    logits = added.cumsum(axis=0) + bias
    odds = np.exp(logits - logits.max(axis=1, keepdims=True))
    probabilities: Float32Array = odds / odds.sum(axis=1, keepdims=True)
    return probabilities
