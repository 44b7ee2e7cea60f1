"""The errors of the system and of libraries, in words: what happened, and what repairs it."""

import os
import re
import sqlite3
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path

from warehouse.atomic_files import CAUSES, explain
from warehouse.errors import InstallationError, RnnvisError, StorageError, UnexpectedError

QUERY_INTERRUPTED = "Query interrupted"
"""What DuckDB raises, as a RuntimeError, where a person interrupts a query."""
_RUN_AGAIN = "then run the same command again"


def in_words(error: BaseException) -> RnnvisError | None:
    """An error meant for a person in the place of ``error``; None for one that nobody foresaw."""
    for cause in _causes(error):
        if isinstance(cause, RnnvisError):
            return cause
        if isinstance(cause, sqlite3.Error):
            return _of_history(cause)
        if type(cause).__module__.startswith("psycopg2"):
            return _of_database(cause)
        if isinstance(cause, OSError) and cause.errno in CAUSES:
            return explain(cause, Path(cause.filename or "a file"))
        if isinstance(cause, ModuleNotFoundError) and (missing := _of_package(cause)):
            return missing
        if isinstance(cause, MemoryError):
            found = f"there is not enough memory: {cause}".rstrip(": ")
            return StorageError(found, repair=f"end other programs, {_RUN_AGAIN}")
    return None


def is_interruption(error: BaseException) -> bool:
    """Whether a person has interrupted what was done."""
    return any(
        isinstance(cause, KeyboardInterrupt) or str(cause) == QUERY_INTERRUPTED
        for cause in _causes(error)
    )


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """An error, and those that it was raised from."""
    while error is not None:
        yield error
        error = error.__cause__


def _of_package(error: ModuleNotFoundError) -> InstallationError | None:
    """Of a library that comes with an extra of ours."""
    name = (error.name or "").partition(".")[0]
    try:
        needed = requires("rnnvis") or []
    except PackageNotFoundError:
        return None
    for requirement in needed:
        found = re.match(rf"{re.escape(name)}(?![\w.-]).*extra == ['\"]([\w-]+)", requirement)
        if name and found:
            repair = f"pip install 'rnnvis[{found[1]}]', or 'rnnvis[all]' for everything"
            return InstallationError(f"{name} is not installed, which this needs", repair=repair)
    return None


def _of_history(error: sqlite3.Error) -> StorageError:
    """SQLite keeps Dagster's history of runs, and nothing else."""
    text, home = str(error), os.environ.get("DAGSTER_HOME", "its folder")
    if "full" in text or "disk I/O" in text:
        found, repair = "the disk is full, or fails", f"free some space, {_RUN_AGAIN}"
    elif "readonly" in text or "unable to open" in text:
        found, repair = "no permission to write", "make the folder writable, or set RNNVIS_HOME"
    elif "locked" in text:
        found, repair = "another program keeps it locked", f"end that program, {_RUN_AGAIN}"
    else:
        found = "it is damaged; results do not depend on it"
        repair = f"mv {home} {home}-damaged, {_RUN_AGAIN}"
    return StorageError(f"Dagster's history in {home}: {found} ({text})", repair=repair)


def _of_database(error: BaseException) -> StorageError:
    """PostgreSQL, where it is used, keeps Dagster's history too."""
    text = " ".join(str(error).split())
    place = "dagster.storage in configs/engine.yaml"
    if "password" in text:
        repair = f"export PGPASSWORD=…, or correct the user in {place}"
    else:
        repair = f"start the server, or correct {place}; {_RUN_AGAIN}"
    return StorageError(f"Dagster's history in PostgreSQL: {text}", repair=repair)


def unexpected(error: BaseException) -> UnexpectedError:
    """An error that nobody foresaw, as one for a person."""
    return UnexpectedError(
        f"{type(error).__name__}: {error}; this is a fault of RNNVis",
        repair="rnnvis --debug COMMAND shows where; please report it",
    )
