"""Locks: which run works on which stage of a model.

Stages of one run may work on a model side by side, as Dagster's multiprocess executor has them do;
a second run of the same model is refused. A lock belongs to the operating system, which frees it if
its process dies; a file next to it says whose it is. Where machines share an object store, a lease
there refuses the runs of the others (``store_lease.py``).
"""

import json
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock, Timeout

from rnnvis_assets.engine.process_identity import this_process
from rnnvis_assets.engine.stage import RunContext
from rnnvis_assets.engine.store_lease import hold_lease
from warehouse.atomic_files import explain, remove_leftovers, write_json
from warehouse.errors import BusyError
from warehouse.storage import Storage

PATIENCE_SECONDS = 0.5


@contextmanager
def hold_stage(context: RunContext, partition: str, stage: str) -> Iterator[None]:
    """Holds one stage of a model, dataset or comparison, and removes what killed runs left of it.

    Waits where the same run holds that stage already. Raises BusyError where another run holds any
    stage of ``partition``; StorageError where the lock cannot be written.
    """
    with ExitStack() as held:
        if not _acquire(context, partition, stage, held):
            context.report(f"{partition}: waiting for {stage}, which this run is making already")
            while not _acquire(context, partition, stage, held):
                time.sleep(PATIENCE_SECONDS)
        yield


@contextmanager
def hold_stage_in_turn(context: RunContext, partition: str, stage: str) -> Iterator[None]:
    """Holds one stage as ``hold_stage`` does, once other runs have let go of it."""
    with ExitStack() as held:
        waited_for = ""
        while True:
            try:
                held.enter_context(hold_stage(context, partition, stage))
                break
            except BusyError as error:
                if error.message != waited_for:
                    context.report(f"{error.message}: waiting for it")
                waited_for = error.message
                time.sleep(PATIENCE_SECONDS)
        yield


@contextmanager
def hold_free(
    context: RunContext, partitions: Sequence[str], stage: str
) -> Iterator[tuple[str, ...]]:
    """Holds a stage of those models that no run is working on, and yields their names.

    Raises StorageError where a lock cannot be written.
    """
    with ExitStack() as held:
        free = []
        for name in partitions:
            with suppress(BusyError):
                if _acquire(context, name, stage, held):
                    free.append(name)
        yield tuple(free)


def is_stage_held(storage: Storage, partition: str, stage: str) -> bool:
    """Whether a process is working on a stage, or is just about to."""
    folder = storage.locks(partition)
    own = folder / f"{stage}.lock"
    if not own.is_file():
        return False
    try:
        with _lock(folder / ".guard"):  # else a run that begins just now would find its lock held
            return _is_held(own)
    except Timeout:
        return True


def _acquire(context: RunContext, partition: str, stage: str, held: ExitStack) -> bool:
    """Whether the stage could be locked; if so, ``held`` frees it again."""
    folder = context.storage.locks(partition)
    own = folder / f"{stage}.lock"
    with _lock(folder / ".guard", timeout=-1):
        busy = [path for path in sorted(folder.glob("*.lock")) if _is_held(path)]
        _refuse_other_runs(context, partition, busy)
        if own in busy:
            return False
        if not busy:
            for left in context.storage.folders_of(partition):
                remove_leftovers(left)
        held.enter_context(hold_lease(context, partition, stage))
        held.enter_context(_lock(own))
        write_json(_owner(own), _describe(context, stage))
        return True


def _refuse_other_runs(context: RunContext, partition: str, busy: Sequence[Path]) -> None:
    for path in busy:
        owner = _read_owner(path)
        if owner["run"] != context.run:
            raise BusyError(
                f"{partition} is being worked on by {owner['run']} ({owner['stage']} since "
                f"{owner['since']}, {owner['process']})",
                repair="wait for that run to end, or stop it, then run the same command again",
            )


def _read_owner(lock: Path) -> dict[str, str]:
    """Who holds a lock; a damaged description is that of another run."""
    try:
        found = json.loads(_owner(lock).read_text("utf-8"))
        return {name: str(found[name]) for name in ("run", "stage", "since", "process")}
    except (OSError, ValueError, KeyError, TypeError):
        unknown = dict.fromkeys(("since", "process"), "unknown")
        return {"run": "another run", "stage": lock.stem, **unknown}


def _describe(context: RunContext, stage: str) -> dict[str, str]:
    return {
        "run": context.run,
        "stage": stage,
        "process": this_process().name,
        "since": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def _owner(lock: Path) -> Path:
    """The file that says whose a lock is; taking a lock empties the lock's own file."""
    return lock.with_suffix(".json")


def _is_held(path: Path) -> bool:
    try:
        with _lock(path):
            return False
    except Timeout:
        return True


@contextmanager
def _lock(path: Path, timeout: float = 0) -> Iterator[None]:
    lock = FileLock(path, timeout=timeout)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock.acquire()
    except Timeout:
        raise
    except OSError as error:
        raise explain(error, path) from error
    try:
        yield
    finally:
        lock.release()
