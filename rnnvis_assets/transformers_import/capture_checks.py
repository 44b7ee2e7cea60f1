"""Whether what is captured is what a network remembers: compared with its own states.

The states are those of the network's own cache, stepped one piece at a time with ``position_ids``,
which hybrids need. A cache is never continued by several pieces, which some families read wrongly.
"""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from rnnvis_assets.matrix_memory.memory_replay import states
from rnnvis_assets.matrix_memory.memory_source import Read
from rnnvis_assets.transformers_import.layer_capture import LayerCapture
from warehouse.errors import ImportedModelError

TOLERANCE = 1e-5
"""Of the largest value, for every layer that rounding has passed through."""
_REPAIR = (
    "import it with a tested version of {0} (pip install 'rnnvis[{0}]'); if that is the one here, "
    "report it with the network's configuration"
)


def check_capture(capture: LayerCapture, pieces: Tensor) -> None:
    """Reads int64[2, steps] pieces in every way that must agree, to ``TOLERANCE``.

    Raises ImportedModelError that names the layer, the difference, and what is the likely cause.
    """
    together = capture.read(pieces)
    _require_finite(together)
    for row in range(len(pieces)):
        single = capture.read(pieces[row : row + 1])
        expected = {depth: _tensors(read, row) for depth, read in together.items()}
        _require_same(expected, single, "one sequence at a time", "it mixes sequences of a batch")
    cut = max(1, pieces.shape[1] // 2)
    first = capture.read(pieces[:, :cut])
    begun = {depth: _tensors(read, slice(None), cut) for depth, read in together.items()}
    _require_same(begun, first, "without the pieces that follow", "padding would change it")
    how, cause = "stepped one piece at a time", "position_ids or the cache are read otherwise"
    own, own_logits = capture.step(pieces, tuple(together))
    for depth, read in together.items():
        _require_close(depth, "the state", own[depth], _states(read), how, cause)
    _require_close(capture.num_layers, "logits", own_logits, capture.logits(pieces), how, cause)


def _require_finite(found: Mapping[int, Read]) -> None:
    for depth, read in found.items():
        for name, values in _tensors(read).items():
            if not torch.isfinite(values).all():
                place = (~torch.isfinite(values)).nonzero()[0].tolist()
                raise ImportedModelError(
                    f"layer {depth}: {name} is {float(values[tuple(place)])} at piece {place[1]}, "
                    "expected a finite number",
                    repair="check the weights: save them again, in float32",
                )


def _tensors(read: Read, rows: Any = slice(None), steps: int | None = None) -> dict[str, Tensor]:
    found = read[1].tensors if isinstance(read, tuple) else read
    rows = slice(rows, rows + 1) if isinstance(rows, int) else rows
    return {name: values[rows, :steps] for name, values in found.items()}


def _states(read: Read) -> Tensor:
    """float[batch, steps, ...]: the state after every step."""
    if isinstance(read, tuple):
        return states(*read)[1:].transpose(0, 1)
    return read["hidden"]


def _require_same(
    expected: Mapping[int, Mapping[str, Tensor]],
    found: Mapping[int, Read],
    how: str,
    cause: str,
) -> None:
    for depth, tensors in expected.items():
        for name, values in _tensors(found[depth]).items():
            _require_close(depth, name, values, tensors[name], how, cause)


def _require_close(
    depth: int, name: str, found: Tensor, expected: Tensor, how: str, cause: str
) -> None:
    scale = max(float(expected.abs().max()), torch.finfo(expected.dtype).tiny)
    difference = float((found - expected).abs().max()) / scale
    if not difference <= TOLERANCE * (depth + 1):
        raise ImportedModelError(
            f"layer {depth}: {how}, {name} differs by up to {difference:.2g} of the largest value, "
            f"expected {TOLERANCE * (depth + 1):.0e}: {cause}",
            repair=_REPAIR,
        )
