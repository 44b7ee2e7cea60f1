"""How few units carry a vector, for findings 4 and 11."""

import numpy as np

from warehouse.arrays import FloatArray


def hoyer_sparsity(vectors: FloatArray) -> FloatArray:
    """(√n − ‖x‖₁/‖x‖₂) / (√n − 1) of every row of [rows, n]: 0 where all n are equal in size, 1
    where a single one is not 0 (Hoyer 2004, eq. 4). An empty row, all 0, has sparsity 0."""
    root = np.sqrt(vectors.shape[1])
    sizes = np.linalg.norm(vectors, axis=1)
    spread = np.divide(
        np.abs(vectors).sum(axis=1), sizes, out=np.full(len(vectors), root), where=sizes > 0
    )
    sparsity: FloatArray = (root - spread) / (root - 1)
    return sparsity
