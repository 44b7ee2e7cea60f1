"""Functions of shards for workers: each leaves a file, and some of them do not survive it."""

import os
import signal
from dataclasses import dataclass
from pathlib import Path

from warehouse.errors import StorageError


@dataclass(frozen=True)
class Square:
    """A number to be squared, in ``folder``."""

    folder: Path
    number: int

    @property
    def path(self) -> Path:
        return self.folder / f"{self.number}.txt"


def square(shard: Square) -> tuple[int, int]:
    """The number and its square, which it appends to the file of the shard."""
    with shard.path.open("a") as file:
        file.write(f"{shard.number**2}\n")
    return shard.number, shard.number**2


def die_once(shard: Square) -> tuple[int, int]:
    """The first worker that comes to number 2 dies there."""
    mark = shard.folder / "dead"
    if shard.number == 2 and not mark.exists():
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return shard.number, shard.number**2


def die(shard: Square) -> None:
    """Every worker dies."""
    square(shard)
    os.kill(os.getpid(), signal.SIGKILL)


def refuse(shard: Square) -> None:
    raise StorageError(f"{shard.number}: no room", repair="make some")
