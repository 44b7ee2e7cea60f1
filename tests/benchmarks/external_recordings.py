"""Importing a recording that another program wrote, against only reading its files.

A million tokens by 600 units, one state in a ``.npy``: 2.4 GB to read. Checking reads it once and
looks at every number; importing also works out the changes and writes twice as much as it reads.
The files have been read before, so both sides find them in the system's cache where it has room.
"""

import resource
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.benchmarks.harness import Row, absolute_row, rate_row, time_side_by_side

TOKENS, UNITS, WORDS, SEQUENCE = 1_000_000, 600, 10_000, 50
ROWS = 20_000
REPEATS = 3


def _write(folder: Path) -> None:
    import numpy as np

    random = np.random.default_rng(0)
    block = np.tanh(random.standard_normal((ROWS, UNITS), np.float32))
    with (folder / "hidden_0.npy").open("wb") as stream:
        header = {"descr": "<f4", "fortran_order": False, "shape": (TOKENS, UNITS)}
        np.lib.format.write_array_header_1_0(stream, header)
        for _ in range(TOKENS // ROWS):
            block.tofile(stream)
    np.save(folder / "word_id.npy", random.integers(WORDS, size=TOKENS))
    np.save(folder / "sequence_lengths.npy", np.full(TOKENS // SEQUENCE, SEQUENCE))
    words = "".join(f"word{number}\n" for number in range(WORDS))
    (folder / "vocabulary.txt").write_text(words)


def _read(folder: Path) -> None:
    """All states, block by block; each is let go before the next."""
    import numpy as np

    path, size = folder / "hidden_0.npy", ROWS * UNITS
    offset = path.stat().st_size - TOKENS * UNITS * 4
    for start in range(0, TOKENS * UNITS, size):
        np.fromfile(path, np.float32, size, offset=offset + 4 * start)


def _import(folder: Path, target: Path) -> None:
    from rnnvis_assets.recording_import.check_recording import read_contents
    from rnnvis_assets.recording_import.recording_import_stage import import_states

    import_states(read_contents(folder), target, {})


def _peak_mib(folder: Path) -> float:
    command = [sys.executable, "-m", __name__, str(folder)]
    finished = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return float(finished.stdout)


def measure() -> list[Row]:
    from rnnvis_assets.recording_import.check_recording import check_recording

    size = f"{TOKENS:,} tokens × {UNITS} units"
    with tempfile.TemporaryDirectory() as made:
        folder, target = Path(made) / "theirs", Path(made) / "ours"
        folder.mkdir()
        _write(folder)
        peak = _peak_mib(folder)  # first: a child starts with its parent's peak
        imported, checked = (
            time_side_by_side(ours, lambda: _read(folder), repeats=REPEATS)
            for ours in (lambda: _import(folder, target), lambda: check_recording(folder))
        )
    return [
        rate_row(f"importing {size}, against reading them", imported, TOKENS, "tokens/s",
                 must=0.05, aim=0.1),
        rate_row(f"checking {size}, against reading them", checked, TOKENS, "tokens/s",
                 must=0.15, aim=0.25),
        absolute_row(f"peak memory of importing {size}", peak, "MiB", must=1000, aim=500),
    ]  # fmt: skip


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as scratch:
        _import(Path(sys.argv[1]), Path(scratch) / "ours")
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
