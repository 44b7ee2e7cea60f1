"""Where the stages of a command run: the usual storage, and the object store if there is one."""

from pathlib import Path

from rnnvis_assets.configuration.load_project import load_engine
from rnnvis_assets.configuration.project import Project
from rnnvis_assets.engine.stage import Report, RunContext
from warehouse.object_store import ObjectStore
from warehouse.storage import Storage


def open_store(configs: Path | None = None) -> ObjectStore | None:
    """The store that ``engine.yaml`` below ``configs`` has results kept in; None where they are in
    the storage root only. Raises ConfigurationError with the faults of the file."""
    store = load_engine(configs).store
    if store.address is None or store.holds != "results":
        return None
    return ObjectStore(store.address, store.endpoint)


def open_context(project: Project, report: Report) -> RunContext:
    """The context of a command. Raises what ``open_store`` raises."""
    storage, store = Storage.from_environment(), open_store(project.folder)
    return RunContext(project, storage, report, store=store)
