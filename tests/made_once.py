"""Folders that are made once for all processes of a test run."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from filelock import FileLock

from warehouse.storage import Storage


def made_once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], object]) -> Path:
    """The folder that the first process that asks has ``make`` fill; only to be read or copied."""
    base = factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / name
    done = folder.with_suffix(".done")
    with FileLock(folder.with_suffix(".lock")):
        if not done.exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            make(folder)
            done.touch()
    return folder


def copy_made_once(
    factory: pytest.TempPathFactory, name: str, make: Callable[[Storage], object]
) -> Storage:
    """A copy of the storage that one process of the test run makes for all."""
    made = made_once(factory, name, lambda folder: make(Storage(folder)))
    return Storage(Path(shutil.copytree(made, factory.mktemp(name), dirs_exist_ok=True)))
