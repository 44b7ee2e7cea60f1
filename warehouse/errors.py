"""The project's errors. Each says what was found, what was expected and what repairs it.

Every leaf also inherits the builtin that fits, so callers may catch either.
"""

from collections.abc import Iterable
from difflib import get_close_matches
from functools import partial
from typing import Any


class RnnvisError(Exception):
    """Root of all errors meant for a person. ``repair`` is a command or an action, in words."""

    def __init__(self, message: str, *, repair: str = "") -> None:
        super().__init__(message, repair)
        self.message = message
        self.repair = repair

    def __reduce__(self) -> tuple[Any, ...]:
        """As a worker sends it to the process that waits for it."""
        return partial(type(self), repair=self.repair), (self.message,)

    def __str__(self) -> str:
        return f"{self.message}\n  repair: {self.repair}" if self.repair else self.message


class InstallationError(RnnvisError, ImportError):
    """A library that is needed for this is not installed."""


class ConfigurationError(RnnvisError, ValueError):
    """A YAML file under ``configs/`` does not say what it must."""


class CorpusError(RnnvisError, ValueError):
    """Text, labels or tagger data are missing, damaged or unusable."""


class NetworkError(CorpusError, ConnectionError):
    """A file could not be downloaded because a server did not answer; it may later."""


class TrainingError(RnnvisError, ArithmeticError):
    """Training cannot go on (a loss that is not finite, say)."""


class CheckpointError(RnnvisError, ValueError):
    """A checkpoint is missing, cut short, foreign, or does not fit its configuration."""


class ImportedModelError(RnnvisError, ValueError):
    """An external network cannot be loaded, read or understood as asked."""


class RecordingError(RnnvisError, ValueError):
    """A recording is missing, cut short or does not fit its model."""


class AnalysisError(RnnvisError, ValueError):
    """Responses, co-clusters or sentence metrics cannot be computed as asked."""


class ReleaseError(RnnvisError, ValueError):
    """A release is missing, unreadable, or failed its verification."""


class StorageError(RnnvisError, OSError):
    """The disk is full, a folder cannot be written, or a stored file is missing."""


class StoreError(StorageError, ConnectionError):
    """An object store refuses, or does not answer; it may answer later."""


class BusyError(RnnvisError, RuntimeError):
    """Another process is working on the same model or dataset."""


class WorkerError(RnnvisError, RuntimeError):
    """A worker ends again and again, or has another version of the code."""


class AccessError(RnnvisError, PermissionError):
    """The viewer would be open to unauthorized people."""


class CommandInterruptedError(RnnvisError, RuntimeError):
    """A person has ended the command."""


class UnexpectedError(RnnvisError, RuntimeError):
    """An error that nobody foresaw: a fault of the code."""


LONGEST_SHOWN = 200
"""Characters of what was found: a file may hold a word of gigabytes."""


def shortened(text: str, longest: int = LONGEST_SHOWN) -> str:
    """The text, cut after ``longest`` characters, which an ellipsis shows."""
    return text if len(text) <= longest else f"{text[:longest]}…"


def near_miss(found: object, choices: Iterable[str]) -> str:
    """``; did you mean 'x' or 'y'?`` for the choices closest to ``found``, or nothing."""
    by_folded = {choice.casefold(): choice for choice in choices}
    close = get_close_matches(shortened(str(found)).casefold(), by_folded, n=2)
    meant = " or ".join(repr(by_folded[name]) for name in close)
    return f"; did you mean {meant}?" if meant else ""
