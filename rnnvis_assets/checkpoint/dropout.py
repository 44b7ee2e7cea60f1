"""Dropout whose random bits are drawn four at a time; on the CPU it is most of dropout's cost."""

import torch
from torch import Tensor
from torch.nn import functional

_LEVELS = 2**16
_MASKS_PER_DRAW = 4


def dropout(values: Tensor, share: float) -> Tensor:
    """Zeroes about ``share`` (to 1/65536) of ``values`` and scales the rest to keep the mean.

    Draws from PyTorch's global generator.
    """
    if not share:
        return values
    if values.device.type != "cpu":
        return functional.dropout(values, share)
    dropped = round(share * _LEVELS)
    draws = torch.empty(-(-values.numel() // _MASKS_PER_DRAW), dtype=torch.int64)
    levels = draws.random_(-(2**63), None).view(torch.int16)[: values.numel()]
    kept = levels >= dropped - _LEVELS // 2
    return values * kept.view_as(values).to(values.dtype).mul_(_LEVELS / (_LEVELS - dropped))


def locked_dropout(values: Tensor, share: float) -> Tensor:
    """``dropout`` of [steps, ...] that drops the same places at every step (Gal and Ghahramani
    2016)."""
    return values * dropout(torch.ones_like(values[:1]), share) if share else values
