"""The logs of trainings that are under way, from what these save to go on from."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from viewer.data.pending_models import is_running, running_stages
from warehouse.storage import Storage

STATE_FILE = "training_state.safetensors"
"""Of a checkpoint's folder, replaced at least every half minute while a model is trained."""
_LONGEST_HEADER = 50_000_000
LogRow = Mapping[str, Any]


@dataclass(frozen=True)
class RunningTraining:
    """``line`` is the last line of progress: epoch, loss, metric, tokens/s and the time left;
    ``log`` the rows of the table ``training_log`` that were saved so far."""

    model: str
    line: str
    log: Sequence[LogRow]


def running_trainings(storage: Storage) -> list[RunningTraining]:
    """Every training that is under way."""
    return [
        RunningTraining(
            name, found.line.removeprefix(f"{name}: "),
            saved_log(storage.checkpoint(name) / STATE_FILE),
        )
        for name, found in running_stages(storage)
        if found.stage == "checkpoint" and is_running(storage, name, found)
    ]  # fmt: skip


def saved_log(path: Path) -> Sequence[LogRow]:
    """The log in a training state, read from the file's header only; none where it cannot be read,
    as before the first was saved."""
    try:
        with path.open("rb") as file:
            size = int.from_bytes(file.read(8), "little")
            header = json.loads(file.read(min(size, _LONGEST_HEADER)))
        log = json.loads(header["__metadata__"]["facts"])["progress"]["log"]
    except (OSError, ValueError, KeyError, TypeError):
        return ()
    return tuple(log)
