"""Where Dagster's steps find the configurations and the storage."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import dagster as dg

from rnnvis_assets.configuration.load_project import load_sound_project
from rnnvis_assets.engine.open_context import open_store
from rnnvis_assets.engine.stage import RunContext
from warehouse.storage import Storage


class StageResource(dg.ConfigurableResource[Any]):
    """Where stages find the configurations and the storage; empty text means the default place."""

    configs_folder: str = ""
    storage_root: str = ""

    def open_context(self, log: Callable[[str], None], run_id: str) -> RunContext:
        """The context of one step; progress goes to ``log`` and to the step's stdout."""

        def report(line: str) -> None:
            print(line, flush=True)  # noqa: T201 - Dagster keeps a step's stdout, a terminal shows it
            log(line)

        folder = Path(self.configs_folder) if self.configs_folder else None
        root = Path(self.storage_root) if self.storage_root else None
        storage = Storage(root) if root else Storage.from_environment()
        run = f"the Dagster run {run_id}"
        project, _ = load_sound_project(folder)
        return RunContext(project, storage, report, run, run_id, open_store(folder))
