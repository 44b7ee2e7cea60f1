"""What is to be known of each head before its units are believed: does its mean query ask what the
layer asks, how long does it remember, does it store much but the first token?"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from rnnvis_assets.matrix_memory.memory_factors import MemoryFactors, MemoryShape
from warehouse.arrays import BoolArray, Float64Array, Int64Array

SINK = 10.0
"""Times the mean energy of all steps that a sink's first steps write at least."""
_AS_LARGE = 0.999
"""Numbers of this fraction of the largest count as equally large, whatever the machine rounds."""
_ROUNDING = 1e-12
"""The fraction of its variance below which what is left of a reading is rounding."""


@dataclass(frozen=True, eq=False)
class HeadFigures:
    """Of every head, float64[heads]; NaN where there is none. See the table ``memory_head``."""

    num_units: Int64Array
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
    """Adds up what ``HeadFigures`` of a memory follow from, and its ``num_readers`` readers."""

    def __init__(self, memory: MemoryShape, num_readers: int = 1) -> None:
        self._memory, heads, units = memory, memory.heads, memory.units
        self._num_readers = num_readers
        self._query_products = torch.zeros(memory.groups, memory.key_size, memory.key_size).double()
        self._queries, self._pieces = torch.zeros(memory.groups, memory.key_size).double(), 0
        self._energy, self._first, self._sequences = np.zeros(heads), np.zeros(heads), 0
        self._readings = np.zeros((num_readers + 1, units))
        self._moments = np.zeros((num_readers + 1, num_readers + 1, units))
        self._rows = 0
        self._keep = np.zeros(heads)
        self._norms: list[Float64Array] = []
        self._ranks: list[Float64Array] = []

    @property
    def readers(self) -> Tensor:
        """The mean query, then the leading principal directions of queries about it, each as long
        as the standard deviation along it: float32[groups, readers * key_size], one after another.

        Of the two signs, that by which the first of the largest numbers is positive.
        """
        mean = self._queries / max(self._pieces, 1)
        if self._num_readers == 1:
            return mean.float()
        covariance = self._query_products / max(self._pieces, 1) - mean[:, :, None] * mean[:, None]
        variances, vectors = torch.linalg.eigh(covariance)
        leading = vectors.mT.flip(1)[:, : self._num_readers - 1]
        deviations = variances.flip(1)[:, : self._num_readers - 1].clamp_min(0).sqrt()
        sizes = leading.abs()
        large = (sizes >= _AS_LARGE * sizes.amax(-1, keepdim=True)).to(torch.int64)
        signs = leading.gather(-1, large.argmax(-1, keepdim=True)).sign()
        further = leading * signs * deviations[..., None]
        return torch.cat([mean[:, None], further], 1).flatten(1).float()

    def add_factors(self, factors: MemoryFactors, begins: BoolArray) -> None:
        """Takes the steps of whole sequences, float[1, steps, …]; ``begins`` bool[steps] is true at
        the first of each."""
        self._queries += factors.query[0].sum(0, dtype=torch.float64)
        if self._num_readers > 1:
            query = factors.query[0].double().transpose(0, 1)
            self._query_products += query.mT @ query
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
        by_reader = (len(hidden), self._memory.heads, self._num_readers, -1)
        h, c = hidden.double().reshape(by_reader).sum(2), cell.double().reshape(by_reader)
        read = [each.flatten(1) for each in (h, *c.unbind(2))]
        self._readings += torch.stack([each.sum(0) for each in read]).numpy()
        for row, one in enumerate(read):
            products = torch.stack([(one * other).sum(0) for other in read[row:]])
            self._moments[row, row:] += products.numpy()
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
                num_units=np.full(len(keep), self._num_readers * self._memory.channels),
                coverage=self._coverage(),
                half_life=np.where(keep < 1, np.log(2) / -np.log(keep), np.nan),
                mean_norm=np.mean(self._norms, axis=0),
                effective_rank=_mean_of_finite(self._ranks),
                first_token_share=np.nan_to_num(share),
                sink=share > SINK * expected,
            )

    def _coverage(self) -> Float64Array:
        """The squared multiple correlation of q^T S with what the readers read, of every channel,
        weighted by the variance of q^T S: reader after reader, each less what those before it
        explain."""
        rows, upper = max(self._rows, 1), self._moments
        products = upper + upper.swapaxes(0, 1)
        products[np.diag_indices(len(upper))] /= 2
        mean = self._readings / rows
        left = products / rows - mean[:, None] * mean
        of_h, smallest = left[0, 0], _ROUNDING * np.einsum("rru->ru", left)
        explained = np.zeros_like(of_h)
        for reader in range(1, len(left)):
            own, variance = left[reader], left[reader, reader]
            varies = variance > smallest[reader]
            explained += np.divide(own[0] ** 2, variance, out=np.zeros_like(of_h), where=varies)
            shared = own[:, None] * own
            left = left - np.divide(shared, variance, out=np.zeros_like(shared), where=varies)
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
            place = {"layer": layer, "head": head, "first_unit": head * measured["num_units"]}
            for name, value in {**place, **measured}.items():
                rows.setdefault(name, []).append(value)
    return rows


def _or_none(value: Any) -> Any:
    return value.item() if np.isfinite(value) else None
