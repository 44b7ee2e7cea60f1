"""Ten million tokens are checked in a small part of the memory that their states would take."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

pytestmark = pytest.mark.end_to_end

TOKENS, UNITS = 10_000_000, 64
STATES_MIB = TOKENS * UNITS * 4 / 2**20
PROGRAM = """
import resource, sys
from pathlib import Path
from rnnvis_assets.recording_import.check_recording import check_recording
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
report = check_recording(Path(sys.argv[1]))
assert not report.faults, report.faults
print(report.summary)
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024)
"""


def write_zeros(path: Path, shape: tuple[int, ...], kind: str) -> None:
    """An array of zeros that takes no room on the disk."""
    with path.open("wb") as stream:
        header = {"descr": kind, "fortran_order": False, "shape": shape}
        np.lib.format.write_array_header_1_0(stream, header)
        stream.truncate(stream.tell() + int(np.prod(shape)) * np.dtype(kind).itemsize)


def test_memory_does_not_grow_with_the_states(tmp_path: Path) -> None:
    write_zeros(tmp_path / "hidden_0.npy", (TOKENS, UNITS), "<f4")
    write_zeros(tmp_path / "word_id.npy", (TOKENS,), "<i4")
    (tmp_path / "vocabulary.txt").write_text("the\n<eos>\n")
    command = [sys.executable, "-c", PROGRAM, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    summary, grown_mib = done.stdout.splitlines()
    assert "10,000,000 tokens" in summary
    assert float(grown_mib) < STATES_MIB / 4, grown_mib
