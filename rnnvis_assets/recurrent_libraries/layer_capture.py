"""What the network of any library offers to be read."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from rnnvis_assets.matrix_memory.memory_source import Read


class LayerCapture(ABC):
    """Reads a ``module`` of a ``library`` in the layers at ``depths`` of its ``num_layers``.

    ``embedding`` float[pieces, width] are the vectors of all pieces; ``attention`` are layers that
    attend to words, some next to a recurrent part of the same.
    """

    library: str
    attention: tuple[int, ...] = ()

    def __init__(self, module: Any, num_layers: int, embedding: Tensor) -> None:
        self.module, self.num_layers, self.embedding = module, num_layers, embedding
        self.depths = tuple(range(num_layers))

    @abstractmethod
    def kind(self, depth: int) -> tuple[str, str]:
        """What a layer remembers with: its title, and its word in a recording."""

    @abstractmethod
    def read(self, pieces: Tensor) -> dict[int, Read]:
        """By depth what is remembered of int64[batch, steps] pieces, from zero."""

    @abstractmethod
    def logits(self, pieces: Tensor) -> Tensor:
        """float[batch, steps, pieces] for int64[batch, steps] pieces."""

    @torch.no_grad()
    def step(self, pieces: Tensor, depths: Sequence[int]) -> tuple[dict[int, Tensor], Tensor]:
        """The library's own states at ``depths`` after each piece, read one by one, as ``read`` has
        them: float[batch, steps, ...] by depth; and its logits."""
        found: dict[int, list[Tensor]] = {depth: [] for depth in depths}
        logits, after = [], None
        for piece in torch.split(pieces, 1, dim=1):
            read, after = self._step(piece, after)
            logits.append(read.float())
            for depth in depths:
                found[depth].append(self._state(after, depth))
        return {depth: torch.stack(own, 1) for depth, own in found.items()}, torch.cat(logits, 1)

    @abstractmethod
    def _step(self, piece: Tensor, before: Any) -> tuple[Tensor, Any]:
        """Logits float[batch, 1, pieces] after int64[batch, 1], and what to go on from; ``before``
        None: from zero."""

    @abstractmethod
    def _state(self, after: Any, depth: int) -> Tensor:
        """A copy of the state of a layer, of what ``_step`` goes on from."""
