"""The bias of a classifier's output layer, read from its checkpoint without PyTorch."""

from pathlib import Path

import numpy as np
import numpy.typing as npt
from safetensors import SafetensorError, safe_open

from warehouse.checked_json import read_checked_json
from warehouse.stored_files import known_sha256

# As the checkpoints of imported and of trained networks name it. Both have the weights, those of an
# imported one under its own names, so its output layer comes first.
_BIASES = (
    ("output.safetensors", "output_sha256", "bias"),
    ("weights.safetensors", "weights_sha256", "decoder.bias"),
)


def read_class_bias(
    folder: Path, weights_sha256: str
) -> tuple[tuple[str, ...], npt.NDArray[np.float32]] | None:
    """The classes in the order of the outputs, and their bias float32[classes]; None where the
    checkpoint is missing, damaged or holds other weights."""
    try:
        spec = read_checked_json(folder / "spec.json")
        file, hashed, name = next(each for each in _BIASES if (folder / each[0]).is_file())
        if known_sha256(folder / file) != spec[hashed]:
            return None
        with safe_open(folder / file, "numpy") as tensors:
            bias = tensors.get_tensor(name)
        classes, found = tuple(spec["classes"]), spec["weights_sha256"]
    except (OSError, ValueError, KeyError, TypeError, StopIteration, SafetensorError):
        return None
    return (classes, bias) if found == weights_sha256 and len(classes) == len(bias) else None
