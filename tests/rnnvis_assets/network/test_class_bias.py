"""The class bias of a checkpoint, and no number of a damaged one."""

from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from rnnvis_assets.network.class_bias import read_class_bias
from warehouse.atomic_files import sha256_of_file
from warehouse.checked_json import write_checked_json

CLASSES = ("negative", "positive")
BIAS = np.array([0.5, -0.25], np.float32)


@pytest.fixture(params=["weights", "output"])
def checkpoint(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Path, Path, str]:
    """A checkpoint's folder, the file that holds its bias, and the hash of its weights."""
    save_file({"decoder.bias": BIAS}, tmp_path / "weights.safetensors")
    file = tmp_path / "weights.safetensors"
    weights = sha256_of_file(file)
    spec = {"classes": CLASSES, "weights_sha256": weights}
    if request.param == "output":
        file = tmp_path / "output.safetensors"
        save_file({"bias": BIAS}, file)
        spec["output_sha256"] = sha256_of_file(file)
    write_checked_json(tmp_path / "spec.json", spec)
    return tmp_path, file, weights


def test_classes_come_with_their_bias(checkpoint):
    folder, _, weights = checkpoint
    classes, bias = read_class_bias(folder, weights)
    assert classes == CLASSES
    np.testing.assert_array_equal(bias, BIAS)
    assert read_class_bias(folder, "of other weights") is None


def test_no_flipped_bit_is_taken_for_a_bias(checkpoint):
    folder, file, weights = checkpoint
    content = file.read_bytes()
    for place in range(0, len(content), 3):
        file.write_bytes(content[:place] + bytes([content[place] ^ 4]) + content[place + 1 :])
        assert read_class_bias(folder, weights) is None
