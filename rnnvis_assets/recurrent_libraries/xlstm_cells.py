"""The cells of xLSTM (Beck et al. 2024), as transformers and the package xlstm have them.

The mLSTM has a matrix memory, read as factors; the sLSTM a vector.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import logsigmoid, pad

from rnnvis_assets.matrix_memory.memory_factors import MemoryFactors, MemoryShape
from rnnvis_assets.matrix_memory.memory_source import Read

Call = tuple[Sequence[Any], Any]
"""The arguments of a call, in the order of the parameters, and what it returned."""


def mlstm_memory(
    query: Tensor, key: Tensor, value: Tensor, input_gate: Tensor, forget_gate: Tensor
) -> tuple[MemoryShape, MemoryFactors]:
    """The memory (Eq. 19 to 27) of float[batch, heads, steps, keys or values] and of gates before
    their activation, float[batch, heads, steps]. Query or key is divided by the root of its length.

    As in the libraries, C and n are relative to exp(m), so that no exponential overflows; m is 0
    before the first step and moves at every step. n is the last value channel.
    """
    forget = logsigmoid(forget_gate.double())
    scale = _moving_scale(input_gate.double(), forget)
    before = pad(scale, (1, 0))[..., :-1]
    stored = (input_gate - scale).exp().unsqueeze(-1) * key
    factors = MemoryFactors(
        key=_by_step(stored),
        value=_by_step(pad(value, (0, 1), value=1.0)),
        query=_by_step(query),
        decay_step=_by_step((forget + before - scale).unsqueeze(-1)),
        floor=_by_step((-scale).exp()),
    )
    heads, keys, values = key.shape[1], key.shape[-1], value.shape[-1] + 1
    return MemoryShape(heads, keys, values, groups=heads, normalized=True), factors


def _moving_scale(input_gate: Tensor, forget: Tensor) -> Tensor:
    """m_t = max(m_{t-1} + log f_t, i_t) of all steps at once: with F the sum of log f so far,
    m_t = F_t + max(0, i_s - F_s over s <= t)."""
    total = forget.cumsum(dim=-1)
    return total + (input_gate - total).cummax(dim=-1).values.clamp(min=0)


def _by_step(heads_first: Tensor) -> Tensor:
    """float32 [batch, steps, heads, …] of [batch, heads, steps, …]."""
    return heads_first.transpose(1, 2).to(torch.float32)


def _mlstm_backend(calls: Sequence[Call]) -> Read:
    (((query, key, value, input_gate, forget_gate, *_), _),) = calls
    query = query / math.sqrt(query.shape[-1])
    return mlstm_memory(query, key, value, input_gate, forget_gate)


def _mlstm_cell(calls: Sequence[Call]) -> Read:
    (((query, key, value, input_gate, forget_gate, *_), _),) = calls
    key = key / math.sqrt(key.shape[-1])
    return mlstm_memory(query, key, value, input_gate.squeeze(-1), forget_gate.squeeze(-1))


def _slstm_cell(calls: Sequence[Call]) -> Read:
    """Eq. 8 to 18, one call a step. The memory is c / n, which does not depend on m; of it,
    1 - i' / n_t = f' n_(t-1) / n_t is kept.

    Gates are the cell's: the layer around it calls its input gate ``fgate`` and its forget gate
    ``igate``.
    """
    hidden, cell, count, _ = torch.stack([states for _, (states, _) in calls], dim=2)
    stored = torch.stack([gates[0] for _, (_, gates) in calls], dim=1)
    return {"hidden": hidden, "cell": cell / count, "keep_gate": 1 - stored / count}


@dataclass(frozen=True)
class CellOfBlock:
    """A ``title`` and a word for the viewer, and how what is remembered is read from calls."""

    title: str
    cell: str
    read: Callable[[Sequence[Call]], Read]


CELLS: Mapping[str, CellOfBlock] = MappingProxyType(
    {
        "mlstm_layer.mlstm_backend.forward": CellOfBlock("mLSTM", "mlstm", _mlstm_backend),
        "xlstm.mlstm_cell.backend_fn": CellOfBlock("mLSTM", "mlstm", _mlstm_cell),
        "xlstm.slstm_cell.pointwise": CellOfBlock("sLSTM", "slstm", _slstm_cell),
    }
)
"""By where a block has the function that computes its cell: a block of xLSTM 7B, in transformers or
in the package, and the package's two kinds of block."""
