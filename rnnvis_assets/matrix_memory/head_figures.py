"""What is to be known of each head before its units are believed: does its mean query ask what the
layer asks, how long does it remember, does it store much but the first token?"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from rnnvis_assets.matrix_memory.memory_factors import MemoryFactors, MemoryShape
from warehouse.arrays import BoolArray, Float64Array

SINK = 10.0
"""Times the mean energy of all steps that a sink's first steps write at least."""


@dataclass(frozen=True, eq=False)
class HeadFigures:
    """Of every head, float64[heads]; NaN where there is none. See the table ``memory_head``."""

    coverage: Float64Array
    half_life: Float64Array
    mean_norm: Float64Array
    effective_rank: Float64Array
    first_token_share: Float64Array
    sink: BoolArray


def effective_rank(memory: Tensor) -> Tensor:
    """exp of the entropy of the singular values as shares of their sum (Roy and Vetterli 2007):
    float64[…] of float[…, key_size, value_size], NaN for zeros."""
    exact = memory.double()
    rows, columns = memory.shape[-2:]
    small = exact @ exact.mT if rows < columns else exact.mT @ exact
    values = torch.linalg.eigvalsh(small).clamp_min(0).sqrt()  # as exact here as the slower SVD
    shares = values / values.sum(-1, keepdim=True)
    return (-torch.xlogy(shares, shares).sum(-1)).exp()


class HeadSums:
    """Adds up what ``HeadFigures`` of a memory follow from, and its mean query."""

    def __init__(self, memory: MemoryShape) -> None:
        self._memory, heads, units = memory, memory.heads, memory.units
        self._queries, self._pieces = torch.zeros(memory.groups, memory.key_size).double(), 0
        self._energy, self._first, self._sequences = np.zeros(heads), np.zeros(heads), 0
        self._readings, self._rows = np.zeros((5, units)), 0
        self._keep = np.zeros(heads)
        self._norms: list[Float64Array] = []
        self._ranks: list[Float64Array] = []

    @property
    def mean_query(self) -> Tensor:
        """float32[groups, key_size]."""
        return (self._queries / max(self._pieces, 1)).float()

    def add_factors(self, factors: MemoryFactors, begins: BoolArray) -> None:
        """Takes the steps of whole sequences, float[1, steps, …]; ``begins`` bool[steps] is true at
        the first of each."""
        self._queries += factors.query[0].sum(0, dtype=torch.float64)
        energy = self._energy_of(factors)
        self._energy += energy.sum(0)
        self._first += energy[begins].sum(0)
        self._pieces += len(begins)
        self._sequences += int(begins.sum())

    def _energy_of(self, factors: MemoryFactors) -> Float64Array:
        """|k|² |v|², float64[steps, heads], without the scale that an mLSTM's key is stored in."""
        value = factors.value[0, :, :, : self._memory.channels]
        of_key, of_value = (
            each.square().sum(-1, keepdim=True, dtype=torch.float64)
            for each in (factors.key[0], value)
        )
        energy = (self._memory.per_head(of_key) * of_value)[..., 0]
        if factors.floor is not None:
            energy = energy / factors.floor[0].double().square()
        found: Float64Array = energy.numpy()
        return found

    def add_readings(self, hidden: Tensor, cell: Tensor, keep: Tensor) -> None:
        """Takes float[steps, units] of the same steps, and float[steps, heads]."""
        h, c = hidden.double(), cell.double()
        sums = (h.sum(0), c.sum(0), (h * h).sum(0), (c * c).sum(0), (h * c).sum(0))
        self._readings += torch.stack(sums).numpy()
        self._keep += keep.sum(0, dtype=torch.float64).numpy()
        self._rows += len(hidden)

    def add_state(self, memory: Tensor) -> None:
        """Takes float[heads, key_size, value_size] after some step."""
        self._norms.append(memory.double().flatten(1).norm(dim=1).numpy())
        self._ranks.append(effective_rank(memory).numpy())

    @property
    def figures(self) -> HeadFigures:
        with np.errstate(divide="ignore", invalid="ignore"):
            share = self._first / self._energy
            expected = self._sequences / max(self._pieces, 1)
            keep = self._keep / max(self._rows, 1)
            return HeadFigures(
                coverage=self._coverage(),
                half_life=np.where(keep < 1, np.log(2) / -np.log(keep), np.nan),
                mean_norm=np.mean(self._norms, axis=0),
                effective_rank=_mean_of_finite(self._ranks),
                first_token_share=np.nan_to_num(share),
                sink=share > SINK * expected,
            )

    def _coverage(self) -> Float64Array:
        """The squared correlation of h and c of every unit, weighted by the variance of h."""
        mean_h, mean_c, square_h, square_c, product = self._readings / max(self._rows, 1)
        of_h, of_c = square_h - mean_h**2, square_c - mean_c**2
        shared = (product - mean_h * mean_c) ** 2
        explained = np.divide(shared, of_c, out=np.zeros_like(of_c), where=of_c > 0)
        per_head = (self._memory.heads, -1)
        total = of_h.reshape(per_head).sum(1)
        found: Float64Array = np.minimum(explained.reshape(per_head).sum(1) / total, 1)
        return found


def _mean_of_finite(rows: list[Float64Array]) -> Float64Array:
    found = np.ma.masked_invalid(np.array(rows))
    mean: Float64Array = np.ma.filled(found.mean(axis=0).astype(np.float64), np.nan)
    return mean


def head_columns(heads: Mapping[int, tuple[MemoryShape, HeadFigures]]) -> dict[str, Any]:
    """The rows of the table ``memory_head``, of the heads of recorded layers by number."""
    rows: dict[str, list[Any]] = {}
    for layer, (memory, figures) in heads.items():
        for head in range(memory.heads):
            measured = {name: _or_none(values[head]) for name, values in vars(figures).items()}
            place = {"layer": layer, "head": head, "first_unit": head * memory.channels}
            for name, value in {**place, "num_units": memory.channels, **measured}.items():
                rows.setdefault(name, []).append(value)
    return rows


def _or_none(value: Any) -> Any:
    return value.item() if np.isfinite(value) else None
