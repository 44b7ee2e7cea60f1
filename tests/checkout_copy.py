"""Copies of the checkout, for tests that change it or run in it."""

import shutil
from collections.abc import Iterable
from pathlib import Path

from warehouse.atomic_files import TEMPORARY_PREFIX
from warehouse.storage import CHECKOUT

_HALF_WRITTEN = shutil.ignore_patterns("*.pyc.*", f"{TEMPORARY_PREFIX}*")


def copy_checkout(names: Iterable[str], target: Path) -> None:
    """Copies files and folders with their byte code, which stays valid: compiling takes seconds.

    Left out is what another process is still writing there.
    """
    target.mkdir(exist_ok=True)
    for name in names:
        if (CHECKOUT / name).is_dir():
            shutil.copytree(CHECKOUT / name, target / name, ignore=_HALF_WRITTEN)
        else:
            shutil.copy(CHECKOUT / name, target / name)
