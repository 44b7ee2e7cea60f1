"""Runs the benchmarks, each in a process of its own: ``make bench``.

``python -m tests.benchmarks`` runs all and writes RESULTS.md and results.json beside this file;
with names (``response``, say) it runs and prints those alone. A benchmark that fails is shown with
its message, the others run on, and the command ends non-zero.
"""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from importlib import import_module
from pathlib import Path

from tests.benchmarks.harness import Row, markdown_table
from tests.benchmarks.reporting import circumstances, write_results

FOLDER = Path(__file__).parent
COMMAND = "make bench"
NAMES = ("training", "seeds", "recording", "response", "co_clustering", "silencing",
         "pattern_windows", "releases", "memory", "external_recordings",
         "memory_recording", "scale", "scale_stages", "scale_responses")  # fmt: skip
LIBRARIES = ("numpy", "torch", "scipy", "scikit-learn", "pyarrow", "duckdb")
_CHILD = "--into"


@dataclass(frozen=True)
class Result:
    """What one benchmark gave; ``error`` is empty where it ran to its end."""

    name: str
    rows: tuple[Row, ...]
    seconds: float
    error: str = ""


def _measure_into(path: Path, name: str) -> None:
    rows = import_module(f"tests.benchmarks.{name}").measure()
    path.write_text(json.dumps([asdict(row) for row in rows]), "utf-8")


def _run(name: str) -> Result:
    started = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rows.json"
        command = [sys.executable, "-m", "tests.benchmarks", _CHILD, str(path), name]
        finished = subprocess.run(command, stderr=subprocess.PIPE, text=True, check=False)
        seconds = time.perf_counter() - started
        if finished.returncode or not path.exists():
            last = (finished.stderr.strip() or "no message").splitlines()[-1]
            print(finished.stderr, file=sys.stderr)
            return Result(name, (), seconds, f"exit status {finished.returncode}: {last}")
        return Result(name, tuple(Row(**row) for row in json.loads(path.read_text())), seconds)


def _table(results: Sequence[Result]) -> str:
    table = markdown_table([row for result in results for row in result.rows])
    failures = [f"- **{result.name} FAILED**: {result.error}" for result in results if result.error]
    return "\n".join([table, "", *failures]).rstrip() + "\n"


def _write(results: Sequence[Result]) -> None:
    text = (
        "Ours and the baseline take turns in one process; a ratio is the median over the rounds."
        f"\n\n{_table(results)}"
    )
    about = circumstances(COMMAND, LIBRARIES)
    write_results(FOLDER, about, [asdict(result) for result in results], text)


def main(names: Sequence[str]) -> int:
    """Runs the named benchmarks, or all that are there; 1 where one failed, else 0."""
    chosen = names or [name for name in NAMES if (FOLDER / f"{name}.py").exists()]
    results = []
    for name in chosen:
        print(f"{name} ...", flush=True)
        results.append(_run(name))
    print(_table(results))
    if not names:
        _write(results)
    return int(any(result.error for result in results))


if __name__ == "__main__":
    if sys.argv[1:2] == [_CHILD]:
        _measure_into(Path(sys.argv[2]), sys.argv[3])
    else:
        sys.exit(main(sys.argv[1:]))
