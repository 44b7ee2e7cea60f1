"""What the network of any library offers to be read."""

from collections.abc import Sequence
from typing import Any, Protocol

from torch import Tensor

from rnnvis_assets.matrix_memory.memory_source import Read


class LayerCapture(Protocol):
    """Reads a ``module`` of a ``library`` in the layers at ``depths`` of its ``num_layers``;
    ``attention`` are layers that attend to words, some next to a recurrent part of the same."""

    module: Any
    depths: tuple[int, ...]
    library: str

    @property
    def num_layers(self) -> int: ...

    @property
    def attention(self) -> tuple[int, ...]: ...

    @property
    def embedding(self) -> Tensor:
        """The vectors of all pieces, float[pieces, width]."""

    def kind(self, depth: int) -> tuple[str, str]:
        """What a layer remembers with: its title, and its word in a recording."""

    def read(self, pieces: Tensor) -> dict[int, Read]:
        """By depth what is remembered of int64[batch, steps] pieces, from zero."""

    def logits(self, pieces: Tensor) -> Tensor:
        """float[batch, steps, pieces] for int64[batch, steps] pieces."""

    def step(self, pieces: Tensor, depths: Sequence[int]) -> tuple[dict[int, Tensor], Tensor]:
        """The library's own states at ``depths`` after each piece, read one by one, as ``read`` has
        them: float[batch, steps, ...] by depth; and its logits."""
