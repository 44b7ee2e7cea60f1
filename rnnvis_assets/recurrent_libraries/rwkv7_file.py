"""The network in a ``.pth`` of RWKV-7, read without running code, and as the package reads it."""

import io
import os
from collections.abc import Mapping, Sequence
from contextlib import redirect_stdout
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import torch
from safetensors.torch import save_file
from torch import Tensor

from rnnvis_assets.matrix_memory.memory_source import Read
from rnnvis_assets.model_import.loading.external_weights import fit_weights, read_weights
from rnnvis_assets.recurrent_libraries.rwkv7_network import Rwkv7Network, Rwkv7Sizes
from warehouse.errors import ImportedModelError

COPY = "model.safetensors"
_UNUSED = tuple(f"blocks.0.att.v{number}" for number in range(3))
"""The first layer has nothing to mix its values with; some files have the tensors all the same."""


class Rwkv7Capture:
    """Reads the network in a file at ``depths``: a ``.pth`` of BlinkDL's layout, or the copy that
    ``write_copy`` makes of it in a folder, which is no pickle.

    Raises ImportedModelError where it is of another version, or damaged.
    """

    library = "rwkv"
    attention: tuple[int, ...] = ()

    def __init__(self, path: Path) -> None:
        self.module = _load(path / COPY if path.is_dir() else path)
        self.depths = tuple(range(self.num_layers))

    @property
    def num_layers(self) -> int:
        """All of its blocks."""
        return len(self.module.blocks)

    def kind(self, _: int) -> tuple[str, str]:
        """What every layer remembers with: its title, and its word in a recording."""
        return "RWKV-7", "rwkv7"

    @property
    def embedding(self) -> Tensor:
        """The vectors of all pieces, float[pieces, width]."""
        return self.module.emb.weight

    @torch.inference_mode()
    def read(self, pieces: Tensor) -> dict[int, Read]:
        """By depth what is remembered of int64[batch, steps] pieces, from zero."""
        return {**self.module.run(pieces, self.depths)[0]}

    @torch.inference_mode()
    def logits(self, pieces: Tensor) -> Tensor:
        """float[batch, steps, pieces] for int64[batch, steps] pieces."""
        logits: Tensor = self.module(pieces)
        return logits

    def write_copy(self, folder: Path) -> None:
        """Writes the network into a folder."""
        save_file(self.module.state_dict(), folder / COPY)

    def step(self, pieces: Tensor, depths: Sequence[int]) -> tuple[dict[int, Tensor], Tensor]:
        """The states at ``depths`` after each piece as the package ``rwkv`` has them, float[batch,
        steps, heads, keys, values]; and its logits."""
        network = _package_network(self.module.state_dict())
        states, logits = zip(
            *(_step_sequence(network, row.tolist()) for row in pieces), strict=True
        )
        found = torch.stack(states)
        return {depth: found[:, :, depth] for depth in depths}, torch.stack(logits)


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


def _package_network(tensors: Mapping[str, Tensor]) -> Any:
    """The package reads files only, decides at its import which version it reads, and prints."""
    os.environ["RWKV_V7_ON"] = "1"
    with redirect_stdout(io.StringIO()), TemporaryDirectory() as folder:
        from rwkv.model import RWKV

        torch.save(dict(tensors), Path(folder, "network.pth"))
        return RWKV(str(Path(folder, "network")), strategy="cpu fp32")
