"""What a piece of code reads of the environment and of files.

Python reports every file that it opens or lists (``sys.addaudithook``), but no variable: reading of
``os.environ`` is replaced. Parquet files are opened by Arrow, which reports nothing, so its entry
points are replaced too.
"""

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest


@dataclass(frozen=True)
class Reads:
    """Names of variables, and absolute paths of files and folders."""

    variables: set[str] = field(default_factory=set)
    paths: set[Path] = field(default_factory=set)


_watching: list[Reads] = []
_LISTINGS = ("os.listdir", "os.scandir")
_OPENERS = ("ParquetFile", "read_table", "read_schema", "read_metadata")


def _reads(mode: str | None, flags: int) -> bool:
    return (flags & os.O_ACCMODE) == os.O_RDONLY if mode is None else "r" in mode


def _note(event: str, arguments: tuple[Any, ...]) -> None:
    if not _watching:
        return
    path, *how = arguments or (None,)
    seen = event in _LISTINGS or (event == "open" and _reads(*how))
    if not seen or not isinstance(path, str | bytes | os.PathLike):
        return
    named = Path(os.fsdecode(path))
    # Folders are removed by names within them, which are no paths from here.
    if named.is_absolute() or named.exists():
        _watching[-1].paths.add(named.absolute())


sys.addaudithook(_note)


def _noting(opener: Callable[..., Any]) -> Callable[..., Any]:
    """A class stays one: it may be used as one."""

    def call(source: Any, *rest: Any, **named: Any) -> Any:
        if isinstance(source, str | os.PathLike):
            _watching[-1].paths.add(Path(source).absolute())
        return opener(source, *rest, **named)

    return call


def watch(function: Callable[..., Any], reads: Reads) -> Callable[..., Any]:
    """The function, which adds to ``reads`` what it reads, its threads included."""
    plain = os._Environ.__getitem__

    def look_up(environment: Any, name: str) -> str:
        reads.variables.add(name)
        return plain(environment, name)

    def watched(*arguments: Any) -> Any:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(os._Environ, "__getitem__", look_up)
            for name in _OPENERS:
                patch.setattr(pq, name, _noting(getattr(pq, name)))
            _watching.append(reads)
            try:
                return function(*arguments)
            finally:
                _watching.pop()

    return watched
