"""Pruning files that are large and can be made again, or that nothing refers to any more; removing
all results of a model, dataset or comparison."""

import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType

from rnnvis_assets.configuration.external_model_config import RecordedModel
from rnnvis_assets.configuration.project import Project
from rnnvis_assets.engine.freshness import freshness
from rnnvis_assets.engine.manifest import Manifest, read_manifest, write_manifest
from rnnvis_assets.engine.run_lock import hold_stage
from rnnvis_assets.engine.stage import RunContext, Stage
from rnnvis_assets.housekeeping.notes import noted_models, notes_of, remove_notes
from warehouse.atomic_files import explained
from warehouse.disk_use import bytes_of, disk_use, stored_names
from warehouse.storage import Storage

RECORDING = "recording"


@dataclass(frozen=True)
class Prunable:
    """Something of a model that can go: what it is, in words, and its bytes."""

    name: str
    what: str
    size: int


@dataclass(frozen=True)
class PruningKind:
    """A kind of files that may be pruned: what it means that they are gone, which there are (of
    models with these stages), and how one is removed."""

    meaning: str
    find: Callable[[RunContext, Sequence[Stage]], Iterator[Prunable]]
    prune: Callable[[RunContext, str], None]


def _finished(context: RunContext, stages: Sequence[Stage]) -> Iterator[str]:
    """The models that no run would do anything for."""
    for model in sorted(context.project.models):
        states = {freshness(stage, context, model).state for stage in stages}
        if states <= {"fresh", "pruned"}:
            yield model


def recording_parts(manifest: Manifest) -> tuple[str, ...]:
    """The Parquet parts of a recording by their path under the root; its description is none."""
    return tuple(
        name
        for name in manifest.files
        if name.startswith("recordings/") and name.endswith(".parquet")
    )


def _find_recordings(context: RunContext, stages: Sequence[Stage]) -> Iterator[Prunable]:
    for model in _finished(context, stages):
        manifest = read_manifest(context.storage, RECORDING, model)
        # That of another program may be the only copy there is.
        own = not isinstance(context.project.models[model], RecordedModel)
        if own and manifest is not None and not manifest.pruned:
            size = sum(manifest.files[name] for name in recording_parts(manifest))
            split = context.project.analysis_of(model).recording.split
            yield Prunable(model, f"recording of {split}", size)


def _prune_recording(context: RunContext, model: str) -> None:
    with hold_stage(context, model, "pruning"):
        manifest = read_manifest(context.storage, RECORDING, model)
        assert manifest is not None
        parts = recording_parts(manifest)
        write_manifest(context.storage, replace(manifest, pruned=parts))
        for name in parts:
            (context.storage.root / name).unlink(missing_ok=True)


def forget_pruning(context: RunContext, names: Iterable[str]) -> None:
    """Has the recordings of some models count as missing where they were pruned, so that the next
    run makes them again. Raises BusyError where a run works on one of them."""
    for model in names:
        manifest = read_manifest(context.storage, RECORDING, model)
        if manifest is not None and manifest.pruned:
            with hold_stage(context, model, "pruning"):
                write_manifest(context.storage, replace(manifest, pruned=()))


def training_state(storage: Storage, model: str) -> Path:
    """The file of a training's state, whether there is one or not."""
    from rnnvis_assets.checkpoint.training_state import STATE_FILE  # imports PyTorch

    return storage.checkpoint(model) / STATE_FILE


def _find_training_states(context: RunContext, stages: Sequence[Stage]) -> Iterator[Prunable]:
    for model in _finished(context, stages):
        if size := bytes_of(training_state(context.storage, model)):
            yield Prunable(model, "state of a finished training", size)


def _prune_training_state(context: RunContext, model: str) -> None:
    with hold_stage(context, model, "pruning"):
        training_state(context.storage, model).unlink(missing_ok=True)


def remove_results(context: RunContext, name: str) -> None:
    """Removes every file of ``name``. A viewer that has its release open goes on reading it.

    Manifests go first, so that what is left by an interruption counts as missing. The lock's files
    stay, since a run may be waiting for them. Raises BusyError where a run works on it,
    StorageError where a folder cannot be removed.
    """
    folders = context.storage.folders_of(name)
    with hold_stage(context, name, "removal"):
        for folder in (*reversed(folders), context.storage.progress(name, "any").parent):
            with explained(folder), suppress(FileNotFoundError):
                shutil.rmtree(folder)


def _find_orphans(context: RunContext, _: Sequence[Stage]) -> Iterator[Prunable]:
    for name in stored_names(context.storage):
        if name not in configured_names(context.project):
            yield Prunable(name, "all results", sum(disk_use(context.storage, name).values()))


def orphaned_notes(project: Project, storage: Storage) -> Iterator[Prunable]:
    """What people have written about models that have neither results nor a configuration."""
    known = {*configured_names(project), *stored_names(storage)}
    for model in noted_models(storage):
        if model not in known:
            notes = notes_of(storage, model)
            yield Prunable(model, str(notes), notes.size)


def _find_notes(context: RunContext, _: Sequence[Stage]) -> Iterator[Prunable]:
    return orphaned_notes(context.project, context.storage)


def configured_names(project: Project) -> tuple[str, ...]:
    """Every dataset, model and comparison."""
    return (*project.datasets, *project.models, *project.comparisons)


KINDS: Mapping[str, PruningKind] = MappingProxyType({
    "recordings": PruningKind(
        "Recordings of models that are fresh. The release stays; the viewer no longer shows the "
        "strongest changes, and shows recorded sentences only in the clustering that the analysis "
        "names. A changed analysis records again; so does rnnvis materialize MODEL --recordings.",
        _find_recordings, _prune_recording,
    ),
    "training-states": PruningKind(
        "States of finished trainings. The weights stay; but where the code of training changes, "
        "the model is trained again, instead of being taken over.",
        _find_training_states, _prune_training_state,
    ),
    "orphans": PruningKind(
        "Results whose name no configuration has any more, or has here: it was removed, or they "
        "were unpacked without it. The viewer shows them until they are removed.",
        _find_orphans, remove_results,
    ),
    "notes": PruningKind(
        "Names of clusters and named views of models that have neither results nor a "
        "configuration. People have written them: no run makes them again.",
        _find_notes, remove_notes,
    ),
})  # fmt: skip
