"""What a running stage reported last, in a small file that the viewer reads while it runs.

There is one for each stage of a model, dataset or comparison, ``progress/<name>/<stage>.json``. It
is removed when the stage has finished; a stage that failed leaves its error there until the next
run.
"""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from warehouse.atomic_files import write_json

WRITE_SECONDS = 0.5
"""Lines that follow each other faster are not all written."""
SILENT_SECONDS = 300
"""A stage that reported nothing for so long may have been killed."""

Report = Callable[[str], None]


@dataclass(frozen=True)
class LiveProgress:
    """``line`` is the last line of progress, or the error; ``updated_at`` is in Unix seconds."""

    stage: str
    state: Literal["running", "failed"]
    line: str
    updated_at: float

    @property
    def is_silent(self) -> bool:
        return self.state == "running" and time.time() - self.updated_at > SILENT_SECONDS


@contextmanager
def published_progress(path: Path, stage: str, report: Report) -> Iterator[Report]:
    """Yields a ``report`` that also writes its line to ``path``.

    The file is removed when the block ends, or holds the error that ended it.
    """
    written = 0.0

    def write(state: Literal["running", "failed"], line: str) -> None:
        write_json(path, asdict(LiveProgress(stage, state, line, time.time())))

    def report_and_write(line: str) -> None:
        nonlocal written
        report(line)
        if time.monotonic() - written >= WRITE_SECONDS:
            write("running", line)
            written = time.monotonic()

    write("running", "started")
    try:
        yield report_and_write
    except BaseException as error:
        write("failed", str(error) or type(error).__name__)
        raise
    path.unlink(missing_ok=True)


def read_progress(path: Path) -> LiveProgress | None:
    """The progress of a stage that runs or failed; None where there is none that can be read."""
    try:
        return LiveProgress(**json.loads(path.read_text("utf-8")))
    except (OSError, ValueError, TypeError):
        return None
