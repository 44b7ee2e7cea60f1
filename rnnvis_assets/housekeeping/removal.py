"""Removing all results of a model, dataset or comparison; its configuration stays."""

import shutil
from contextlib import suppress
from pathlib import Path

from rnnvis_assets.engine.run_lock import hold_stage
from rnnvis_assets.engine.stage import RunContext
from warehouse.atomic_files import explained


def remove_results(context: RunContext, name: str) -> None:
    """Removes every file of ``name``. A viewer that has its release open goes on reading it.

    Manifests go first, so that what is left by an interruption counts as missing. The lock's files
    stay, since a run may be waiting for them. Raises BusyError where a run works on it,
    StorageError where a folder cannot be removed.
    """
    with hold_stage(context, name, "removal"):
        for folder in reversed(context.storage.folders_of(name)):
            remove_folder(folder)
        remove_folder(context.storage.progress(name, "any").parent)


def remove_folder(folder: Path) -> None:
    """Removes a folder, if it is there. Raises StorageError where it cannot be."""
    with explained(folder), suppress(FileNotFoundError):
        shutil.rmtree(folder)
