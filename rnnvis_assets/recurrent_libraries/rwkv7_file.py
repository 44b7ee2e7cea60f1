"""The network in a ``.pth`` of RWKV-7, read without running code, and as the package reads it."""

import io
import os
from collections.abc import Sequence
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from rnnvis_assets.matrix_memory.memory_factors import MemoryFactors, MemoryShape
from rnnvis_assets.model_import.loading.external_weights import fit_weights, read_weights
from rnnvis_assets.recurrent_libraries.rwkv7_network import Rwkv7Network, Rwkv7Sizes
from warehouse.errors import ImportedModelError

_UNUSED = tuple(f"blocks.0.att.v{number}" for number in range(3))
"""The first layer has nothing to mix its values with; some files have the tensors all the same."""


class Rwkv7Capture:
    """Reads the network in a file at ``depths``: a ``.pth`` of BlinkDL's layout.

    Raises ImportedModelError where it is of another version, or damaged.
    """

    def __init__(self, path: Path) -> None:
        self.module, self._path = _load(path), path
        self.depths = tuple(range(len(self.module.blocks)))

    @property
    def embedding(self) -> Tensor:
        """The vectors of all pieces, float[pieces, width]."""
        return self.module.emb.weight

    @torch.inference_mode()
    def read(self, pieces: Tensor) -> dict[int, tuple[MemoryShape, MemoryFactors]]:
        """By depth what is remembered of int64[batch, steps] pieces, from zero."""
        return self.module.run(pieces, self.depths)[0]

    @torch.inference_mode()
    def logits(self, pieces: Tensor) -> Tensor:
        """float[batch, steps, pieces] for int64[batch, steps] pieces."""
        logits: Tensor = self.module(pieces)
        return logits

    def step(self, pieces: Tensor) -> tuple[dict[int, Tensor], Tensor]:
        """The states after each piece as the package ``rwkv`` has them, float[batch, steps, heads,
        keys, values] by depth; and its logits."""
        network = _package_network(self._path)
        states, logits = zip(
            *(_step_sequence(network, row.tolist()) for row in pieces), strict=True
        )
        found = torch.stack(states)
        return {depth: found[:, :, depth] for depth in self.depths}, torch.stack(logits)


def _load(path: Path) -> Rwkv7Network:
    tensors = read_weights(path, {"emb.weight": torch.empty(0)})
    used = {name: tensor for name, tensor in tensors.items() if name not in _UNUSED}
    try:
        network = Rwkv7Network(Rwkv7Sizes.of(used))
    except (KeyError, ValueError) as error:
        raise ImportedModelError(
            f"{path} holds no RWKV-7 network: {error} is missing or of another shape",
            repair="name a .pth of RWKV-7 in BlinkDL's layout (earlier versions are not read)",
        ) from error
    fit_weights(network, used)
    return network.eval()


def _step_sequence(network: Any, pieces: Sequence[int]) -> tuple[Tensor, Tensor]:
    """float[steps, layers, heads, keys, values] and float[steps, pieces]."""
    state, states, logits = None, [], []
    for piece in pieces:
        read, state = network.forward([piece], state)
        logits.append(read.float())
        states.append(torch.stack([memory.mT for memory in state[1::3]]))
    return torch.stack(states), torch.stack(logits)


def _package_network(path: Path) -> Any:
    """The package decides at its import which version it reads, and prints."""
    os.environ["RWKV_V7_ON"] = "1"
    with redirect_stdout(io.StringIO()):
        from rwkv.model import RWKV

        return RWKV(str(path.with_suffix("")), strategy="cpu fp32")
