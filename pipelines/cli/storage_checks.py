"""What ``rnnvis doctor`` looks at in the storage: every file there is, read to its end."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Literal

from pipelines.orchestration.dagster_database import hold_database
from pipelines.orchestration.dagster_home import dagster_home
from pipelines.orchestration.stage_registry import (
    COMPARISON_STAGES,
    DATASET_STAGES,
    MODEL_STAGES,
)
from rnnvis_assets.configuration.load_project import load_engine, load_project
from rnnvis_assets.configuration.project import Project
from rnnvis_assets.engine.freshness import output_fault
from rnnvis_assets.engine.open_context import open_store
from rnnvis_assets.housekeeping.notes import notes_faults
from rnnvis_assets.housekeeping.pruning import configured_names, orphaned_notes, training_state
from rnnvis_assets.housekeeping.shared_releases import was_fetched
from warehouse.comparison_files import open_comparison, published_comparisons
from warehouse.disk_use import stored_names
from warehouse.errors import RnnvisError
from warehouse.reader import Release, open_release
from warehouse.release_index import current_path, published_models, release_ids
from warehouse.storage import Storage
from warehouse.stored_files import content_fault, damage


@dataclass(frozen=True)
class Finding:
    """One thing looked at. ``repair`` is a command or an action; empty where all is well."""

    subject: str
    verdict: Literal["good", "note", "wrong"]
    text: str
    repair: str = ""


def check_results() -> Iterator[Finding]:
    """Every file that a stage wrote, by its hash. What is stale because configurations or code have
    changed is not damaged; `rnnvis list` shows it."""
    project, storage = load_project(), Storage.from_environment()
    check = damage if open_store() else content_fault  # what is not here is fetched when needed
    for name in stored_names(storage):
        if was_fetched(storage, name):
            continue  # its release is all there is, and checked as every release
        known = name in configured_names(project)
        repair = f"rnnvis materialize {name}" if known else f"rnnvis remove {name}"
        faults = [
            f"{stage}: {fault}"
            for stage in _expected_stages(project, storage, name)
            if (fault := output_fault(storage, stage, name, check))
        ]
        if faults:
            more = f" (and {len(faults) - 1} more stages)" if len(faults) > 1 else ""
            yield Finding(f"results of {name}", "wrong", faults[0] + more, repair)
        elif known:
            yield Finding(f"results of {name}", "good", "every file is what was written")
        else:
            text = "no configuration has this name (what was saved from Python needs none)"
            repair = f"where they are not wanted: rnnvis remove {name}"
            yield Finding(f"results of {name}", "note", text, repair)


def _expected_stages(project: Project, storage: Storage, name: str) -> Sequence[str]:
    """The stages up to the last that has run; all where the last one's output is there."""
    assets, last_output = MODEL_STAGES, current_path(storage, name)
    if name in project.datasets:
        assets, last_output = DATASET_STAGES, storage.corpus(name)
    elif name in project.comparisons:
        assets, last_output = COMPARISON_STAGES, storage.comparison(name)
    stages = [asset.stage.name for asset in assets]
    if last_output.exists():
        return stages
    ran = [number for number, stage in enumerate(stages) if storage.manifest(stage, name).exists()]
    return stages[: max(ran, default=-1) + 1]


def check_store() -> Iterator[Finding]:
    """The object store that results are in, where there is one."""
    if (store := open_store()) is not None:
        models = len(store.names("manifests/*/release.json"))
        yield Finding("object store", "good", f"{store.address}: {models} models are analysed")


def check_releases() -> Iterator[Finding]:
    """Every release, the current ones by opening them, those kept besides by reading them too."""
    storage = Storage.from_environment()
    for name in published_models(storage):
        try:
            with open_release(name, storage=storage) as current:
                yield Finding(f"release {name}", "good", current.release_id)
                yield from _check_older(current)
        except RnnvisError as error:
            yield Finding(f"release {name}", "wrong", error.message, error.repair)
    for name in published_comparisons(storage):
        try:
            open_comparison(storage, name).close()
            yield Finding(f"comparison {name}", "good", "can be read")
        except RnnvisError as error:
            yield Finding(f"comparison {name}", "wrong", error.message, error.repair)


def _check_older(current: Release) -> Iterator[Finding]:
    for release_id in release_ids(current.storage, current.name):
        if release_id == current.release_id:
            continue
        try:
            with open_release(current.name, release_id, current.storage) as release:
                release.database.read_through()
        except RnnvisError as error:
            yield Finding(f"release {release_id}", "wrong", error.message, error.repair)


def check_notes() -> Iterator[Finding]:
    """Names of clusters and named views."""
    project, storage = load_project(), Storage.from_environment()
    for fault in notes_faults(storage):
        yield Finding("names and views", "wrong", fault.message, fault.repair)
    for notes in orphaned_notes(project, storage):
        text = f"{notes.what}: the model has neither results nor a configuration"
        yield Finding(f"notes on {notes.name}", "note", text, "rnnvis prune notes")


def check_training_states() -> Iterator[Finding]:
    """The states that trainings go on from."""
    from rnnvis_assets.checkpoint.training_state import state_fault  # imports PyTorch

    storage = Storage.from_environment()
    for name in stored_names(storage):
        path = training_state(storage, name)
        if path.is_file() and (fault := state_fault(path)):
            yield Finding(f"training of {name}", "wrong", fault, f"rm {path}")


def check_history() -> Iterator[Finding]:
    """Dagster's databases, or its server. Results do not depend on them."""
    with hold_database(load_engine().dagster.storage):
        pass
    home = dagster_home(Storage.from_environment())
    for path in sorted(home.rglob("*.db")):
        try:
            with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
                ((found, *_), *_) = database.execute("PRAGMA quick_check(1)").fetchall()
        except sqlite3.Error as error:
            found = str(error)
        if found != "ok":
            text = f"{path} is damaged: {found}; results do not depend on it"
            yield Finding("history of runs", "wrong", text, f"mv {home} {home}-damaged")
            return
