"""A network of the package xlstm in a folder: ``config.yaml`` and ``model.safetensors``, as the
package itself reads its xLSTM 7B.

``config.yaml`` has the fields of ``xLSTMLMModelConfig`` (blocks of the paper) or of
``xLSTMLargeConfig`` (blocks of xLSTM 7B). A network that was trained with CUDA cells is read with
those of the CPU.
"""

from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any, get_args, get_type_hints

import torch
from torch import Tensor

from rnnvis_assets.configuration.config_faults import ConfigFault
from rnnvis_assets.configuration.yaml_file import read_document
from rnnvis_assets.model_import.loading.external_weights import fit_weights, read_weights
from rnnvis_assets.recurrent_libraries.xlstm_capture import XlstmCapture
from warehouse.errors import ImportedModelError, near_miss

CONFIG_FILE, WEIGHTS_FILE = "config.yaml", "model.safetensors"
NATIVE_KERNELS = {
    "chunkwise_kernel": "chunkwise--native_autograd",
    "sequence_kernel": "native_sequence__native",
    "step_kernel": "native",
    "mode": "inference",
}
"""Of an xLSTM 7B, in place of those for a GPU: the same equations."""
_SAVE = (
    "write the configuration's fields to config.yaml (yaml.safe_dump(dataclasses.asdict(config))), "
    "and the weights with safetensors.torch.save_model(model, 'model.safetensors')"
)


def load_xlstm(folder: Path) -> XlstmCapture:
    """The network in ``folder``, ready to read.

    Raises ImportedModelError where the folder is none of the package, or damaged.
    """
    given = _read_config(folder / CONFIG_FILE)
    make = _PaperXlstm if {"mlstm_block", "slstm_block"} & given.keys() else _LargeXlstm
    try:
        capture = make(given)
    except (AssertionError, TypeError, ValueError) as error:
        raise ImportedModelError(
            f"{folder / CONFIG_FILE}: the package xlstm makes no network of it: {error}",
            repair=_SAVE,
        ) from error
    expected = capture.module.state_dict()
    tensors = read_weights(folder / WEIGHTS_FILE, expected)
    fit_weights(capture.module.eval(), _for_cpu(tensors, expected))
    return capture


def _read_config(path: Path) -> Mapping[str, Any]:
    faults: list[ConfigFault] = []
    document = read_document(path, faults)
    if document is None or not isinstance(document.content, dict):
        listed = "; ".join(map(str, faults)) or f"{path}: expected names and values"
        raise ImportedModelError(listed, repair=_SAVE)
    return document.content


class _PaperXlstm(XlstmCapture):
    """``xLSTMLMModel``."""

    def __init__(self, given: Mapping[str, Any]) -> None:
        from xlstm import xLSTMLMModel, xLSTMLMModelConfig

        config = _settings(xLSTMLMModelConfig, given)
        if config.slstm_block is not None:
            config.slstm_block.slstm.backend = "vanilla"
        module = xLSTMLMModel(config)
        for block in module.xlstm_block_stack.blocks:
            if hasattr(block.xlstm, "mlstm_cell"):
                # A stored one is of context_length steps, and sequences may be longer.
                block.xlstm.mlstm_cell.causal_mask = None
        super().__init__(module, module.token_embedding, module.xlstm_block_stack)

    @torch.inference_mode()
    def logits(self, pieces: Tensor) -> Tensor:
        logits: Tensor = self.module(pieces)
        return logits.float()

    def _step(self, piece: Tensor, before: Any) -> tuple[Tensor, Any]:
        logits, after = self.module.step(piece, before)
        return logits, after

    def _states(self, after: Any, depth: int) -> Sequence[Tensor]:
        block = after[f"block_{depth}"]
        states: Sequence[Tensor] = block.get("mlstm_state", block.get("slstm_state"))
        return states


class _LargeXlstm(XlstmCapture):
    """``xLSTMLarge``."""

    def __init__(self, given: Mapping[str, Any]) -> None:
        from xlstm.xlstm_large.model import xLSTMLarge, xLSTMLargeConfig

        require_exponential_gate(given)
        returned = {"return_last_states": True}
        module = xLSTMLarge(_settings(xLSTMLargeConfig, {**given, **NATIVE_KERNELS, **returned}))
        super().__init__(module, module.embedding, module.backbone)

    @torch.inference_mode()
    def logits(self, pieces: Tensor) -> Tensor:
        logits: Tensor = self.module(pieces)[0]
        return logits.float()

    def _step(self, piece: Tensor, before: Any) -> tuple[Tensor, Any]:
        logits, after = self.module(piece, before)
        return logits, after

    def _states(self, after: Any, depth: int) -> Sequence[Tensor]:
        states: Sequence[Tensor] = after[depth]
        return states


def require_exponential_gate(given: Mapping[str, Any]) -> None:
    """Raises ImportedModelError for the variant with a sigmoid input gate: another memory."""
    if "siging" in str(given.get("chunkwise_kernel")):
        raise ImportedModelError(
            f"chunkwise_kernel is {given['chunkwise_kernel']}: an mLSTM with a sigmoid input gate, "
            "whose memory is not read",
            repair="name a network whose input gate is exponential",
        )


def _settings(kind: Any, given: Mapping[str, Any]) -> Any:
    """A configuration of the package with configurations in it, of plain data; fields that it
    derives (``_num_blocks``) are left to it."""
    kinds, known = get_type_hints(kind), [field.name for field in fields(kind)]
    arguments = {}
    for name, value in given.items():
        if name not in known:
            raise TypeError(f"{kind.__name__} has no field {name!r}{near_miss(name, known)}")
        nested = [inner for inner in (kinds[name], *get_args(kinds[name])) if is_dataclass(inner)]
        if nested and isinstance(value, dict):
            arguments[name] = _settings(nested[0], value)
        elif not name.startswith("_"):
            arguments[name] = value
    return kind(**arguments)


def _for_cpu(tensors: Mapping[str, Tensor], expected: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The weights of sLSTM cells as the CPU's cells have them: gates before the units of a head.

    CUDA's cells have R float[heads, inputs, gates * units] and b float[heads * gates * units].
    """
    fitted = dict(tensors)
    for name, found in tensors.items():
        own = expected.get(name)
        if not name.endswith("_recurrent_kernel_") or own is None or own.shape == found.shape:
            continue
        heads, inputs, _ = found.shape
        fitted[name] = found.view(heads, inputs, 4, -1).permute(0, 2, 3, 1).flatten(1, 2)
        bias = name.replace("_recurrent_kernel_", "_bias_")
        fitted[bias] = tensors[bias].view(heads, 4, -1).transpose(0, 1).flatten()
    return fitted
