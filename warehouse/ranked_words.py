"""Words by their mean responses: the most similar ones of each, and those that drive each unit."""

import numpy as np

from warehouse.arrays import Float32Array, FloatArray, Int64Array

BLOCK = 1_024
"""Words that are compared with all others at a time, which bounds the memory."""


def nearest_words(mean: Float32Array, among: Int64Array, limit: int) -> Int64Array:
    """int64[words, at most limit]: for each row of ``mean`` float32[words, units] the other rows
    with the largest cosine, of those whose places are in ``among``, the nearest first."""
    norms = np.linalg.norm(mean, axis=1, keepdims=True)
    scaled = np.divide(mean, norms, out=np.zeros_like(mean), where=norms > 0)
    others = scaled[among].T
    found = [
        _nearest(scaled[start : start + BLOCK] @ others, among, start, limit)
        for start in range(0, len(mean), BLOCK)
    ]
    return np.concatenate(found) if found else np.empty((0, limit), np.int64)


def _nearest(cosines: Float32Array, among: Int64Array, start: int, limit: int) -> Int64Array:
    rows = start + np.arange(len(cosines))[:, None]
    cosines[rows == among] = -np.inf
    return among[_largest(cosines, min(limit, len(among) - 1))]


def _largest(values: FloatArray, limit: int) -> Int64Array:
    """int64[rows, limit]: the places of the largest values of each row, the largest first."""
    if limit <= 0:
        return np.empty((len(values), 0), np.int64)
    top = np.argpartition(-values, limit - 1, axis=1)[:, :limit]
    order = np.argsort(-np.take_along_axis(values, top, axis=1), axis=1, kind="stable")
    found: Int64Array = np.take_along_axis(top, order, axis=1)
    return found


def driving_words(oriented: FloatArray, limit: int) -> Int64Array:
    """int64[cells, at most limit]: for each column of responses float[words, cells] the rows with
    the largest values, the largest first."""
    return _largest(oriented.T, min(limit, len(oriented)))
