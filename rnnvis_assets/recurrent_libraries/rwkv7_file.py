"""The network in a ``.pth`` of RWKV-7, read without running code, and as the package reads it."""

import io
import os
from contextlib import redirect_stdout
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import torch
from safetensors.torch import save_file
from torch import Tensor

from rnnvis_assets.matrix_memory.memory_source import Read
from rnnvis_assets.model_import.loading.external_weights import fit_weights, read_weights
from rnnvis_assets.recurrent_libraries.layer_capture import LayerCapture
from rnnvis_assets.recurrent_libraries.rwkv7_network import Rwkv7Network, Rwkv7Sizes
from warehouse.errors import ImportedModelError

COPY = "model.safetensors"
_UNUSED = tuple(f"blocks.0.att.v{number}" for number in range(3))
"""The first layer has nothing to mix its values with; some files have the tensors all the same."""


class Rwkv7Capture(LayerCapture):
    """Reads the network in a file at ``depths``: a ``.pth`` of BlinkDL's layout, or the copy that
    ``write_copy`` makes of it in a folder, which is no pickle.

    Raises ImportedModelError where it is of another version, or damaged.
    """

    library = "rwkv"

    def __init__(self, path: Path) -> None:
        module = _load(path / COPY if path.is_dir() else path)
        super().__init__(module, len(module.blocks), module.emb.weight)

    def kind(self, _: int) -> tuple[str, str]:
        return "RWKV-7", "rwkv7"

    @torch.inference_mode()
    def read(self, pieces: Tensor) -> dict[int, Read]:
        return {**self.module.run(pieces, self.depths)[0]}

    @torch.inference_mode()
    def logits(self, pieces: Tensor) -> Tensor:
        logits: Tensor = self.module(pieces)
        return logits

    def write_copy(self, folder: Path) -> None:
        """Writes the network into a folder."""
        save_file(self.module.state_dict(), folder / COPY)

    def _step(self, piece: Tensor, before: Any) -> tuple[Tensor, Any]:
        """By the package ``rwkv``, which reads one sequence at a time."""
        network, states = before or (_package_network(self.module), [None] * len(piece))
        rows = zip(piece.tolist(), states, strict=True)
        logits, after = zip(*(network.forward(row, state) for row, state in rows), strict=True)
        return torch.stack(logits).unsqueeze(1), (network, after)

    def _state(self, after: Any, depth: int) -> Tensor:
        """float[batch, heads, keys, values]."""
        _, states = after
        return torch.stack([state[1::3][depth].mT for state in states])


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


def _package_network(module: Rwkv7Network) -> Any:
    """The package reads files only, decides at its import which version it reads, and prints."""
    os.environ["RWKV_V7_ON"] = "1"
    with redirect_stdout(io.StringIO()), TemporaryDirectory() as folder:
        from rwkv.model import RWKV

        torch.save(module.state_dict(), Path(folder, "network.pth"))
        return RWKV(str(Path(folder, "network")), strategy="cpu fp32")
