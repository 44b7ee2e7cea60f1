"""Training states: what was saved goes on, what was damaged does not."""

from pathlib import Path

import pytest
import torch

from rnnvis_assets.checkpoint.hardware import Origin
from rnnvis_assets.checkpoint.training_state import (
    SavedState,
    read_state,
    state_fault,
    write_state,
)

ORIGIN = Origin("machine", "cpu", "float32", {"torch": "2"})
STATE = SavedState(
    {"weights.a": torch.linspace(-1, 1, 6), "step": torch.tensor(3), "mask": torch.tensor([True])},
    ORIGIN,
    {"progress": {"step": 3, "finished": False}},
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    write_state(tmp_path / "state.safetensors", "fingerprint", STATE)
    return tmp_path / "state.safetensors"


def test_what_was_saved_is_read(path: Path) -> None:
    read = read_state(path, "fingerprint", ORIGIN, pytest.fail)
    assert read is not None
    assert (read.origin, read.facts) == (ORIGIN, STATE.facts)
    assert all(torch.equal(read.tensors[name], each) for name, each in STATE.tensors.items())
    assert state_fault(path) is None


def test_no_flipped_bit_is_taken_for_a_state(path: Path) -> None:
    content, said = path.read_bytes(), []
    for place in range(0, len(content), 5):
        flipped = bytes([content[place] ^ 1 << place % 7])
        path.write_bytes(content[:place] + flipped + content[place + 1 :])
        read = read_state(path, "fingerprint", ORIGIN, said.append)
        if read is not None:  # white space, or the name of the checksum
            assert read.facts == STATE.facts
            assert all(torch.equal(read.tensors[key], each) for key, each in STATE.tensors.items())
    assert len(said) > 0.9 * len(content) / 5
    assert "training starts afresh" in said[-1]


def test_a_damaged_state_is_described(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    assert "checksum" in str(state_fault(path))
