"""Whether what is captured is what a network remembers: compared with its own states.

The states are those of the network's own cache, stepped one piece at a time with ``position_ids``,
which hybrids need. A cache is never continued by several pieces, which some families read wrongly.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor

from rnnvis_assets.matrix_memory.memory_replay import states
from rnnvis_assets.matrix_memory.memory_source import Read
from rnnvis_assets.recurrent_libraries.layer_capture import LayerCapture
from warehouse.errors import ImportedModelError

TOLERANCE = 1e-5
"""Of the largest value of a layer, where rounding is not amplified to more."""
ROUNDINGS = 10
"""As many times what a change of the pieces' vectors in their last digit does to a layer is
rounding too: a deep network may amplify it."""


def check_capture(capture: LayerCapture, pieces: Tensor) -> None:
    """Reads int64[2, steps] pieces in every way that must agree, to ``TOLERANCE``.

    Raises ImportedModelError that names the layer, the difference, and what is the likely cause.
    """
    together, logits = capture.read(pieces), capture.logits(pieces)
    _require_finite(together)
    with _rounded(capture.embedding):
        rounded, own = capture.read(pieces), capture.logits(pieces)
    amplified = {
        depth: _difference(_states(rounded[depth]), _states(together[depth])) for depth in together
    }
    comparison = _Comparison(capture.library, amplified)
    for row in range(len(pieces)):
        single = capture.read(pieces[row : row + 1])
        expected = {depth: _tensors(read, row) for depth, read in together.items()}
        how, cause = "one sequence at a time", "it mixes sequences of a batch"
        comparison.require_same(expected, single, how, cause)
    cut = max(1, pieces.shape[1] // 2)
    begun = {depth: _tensors(read, slice(None), cut) for depth, read in together.items()}
    how, cause = "without the pieces that follow", "padding would change it"
    comparison.require_same(begun, capture.read(pieces[:, :cut]), how, cause)
    how, cause = "stepped one piece at a time", "position_ids or the cache are read otherwise"
    stepped, step_logits = capture.step(pieces, tuple(together))
    for depth, read in together.items():
        comparison.require_close(depth, "the state", stepped[depth], _states(read), how, cause)
    comparison = replace(comparison, amplified={capture.num_layers: _difference(own, logits)})
    comparison.require_close(
        capture.num_layers, "what it predicts", step_logits, logits, how, cause
    )


@contextmanager
def _rounded(weight: Tensor) -> Iterator[None]:
    """Changes weights in their last digit meanwhile."""
    kept, generator = weight.detach().clone(), torch.Generator().manual_seed(0)
    sign = torch.randn(weight.shape, generator=generator).sign()
    try:
        weight.data.mul_(1 + torch.finfo(weight.dtype).eps * sign)
        yield
    finally:
        weight.data.copy_(kept)


def _difference(found: Tensor, expected: Tensor) -> float:
    """The largest, as a share of the largest value."""
    scale = max(float(expected.abs().max()), torch.finfo(expected.dtype).tiny)
    return float((found - expected).abs().max()) / scale


@dataclass(frozen=True)
class _Comparison:
    """Of a network of a ``library``; ``amplified`` has by depth what a change in the last digit of
    the pieces' vectors does to a layer."""

    library: str
    amplified: Mapping[int, float]

    def require_same(
        self,
        expected: Mapping[int, Mapping[str, Tensor]],
        found: Mapping[int, Read],
        how: str,
        cause: str,
    ) -> None:
        for depth, tensors in expected.items():
            for name, values in _tensors(found[depth]).items():
                self.require_close(depth, name, values, tensors[name], how, cause)

    def require_close(
        self, depth: int, name: str, found: Tensor, expected: Tensor, how: str, cause: str
    ) -> None:
        difference = _difference(found, expected)
        allowed = max(TOLERANCE, ROUNDINGS * self.amplified[depth])
        if not difference <= allowed:
            raise ImportedModelError(
                f"layer {depth}: {how}, {name} differs by up to {difference:.2g} of the largest "
                f"value, expected {allowed:.0e}: {cause}",
                repair=f"import it with a tested version of {self.library} (pip install "
                f"'rnnvis[{self.library}]'); if that is the one here, report it with the network's "
                "configuration",
            )


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
