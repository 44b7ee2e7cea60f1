"""Handing an analysis to another machine: the current release of a model with all that it was made
of, in one archive. There it is as fresh as here, if the same configuration is there too."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from rnnvis_assets.engine.manifest import Manifest, first_fault, manifest_text, read_manifest
from rnnvis_assets.engine.run_lock import hold_stage
from rnnvis_assets.engine.stage import RunContext
from rnnvis_assets.engine.stored_outputs import fetch_output
from rnnvis_assets.housekeeping.notes import add_notes, packed_notes, unpacked_notes
from rnnvis_assets.housekeeping.pruning import RECORDING, recording_parts, training_state
from warehouse.archive import Index, unpack_archive, write_archive
from warehouse.atomic_files import TEMPORARY_PREFIX
from warehouse.disk_use import disk_use
from warehouse.errors import ReleaseError, StorageError
from warehouse.reader import Release, open_release
from warehouse.storage import Storage
from warehouse.stored_files import content_fault

Contents = Iterator[tuple[str, Path | bytes]]
"""Files, or bytes in the place of one, by their path under the storage root."""


def pack_analysis(
    context: RunContext, release: Release, path: Path, *, with_recording: bool
) -> Index:
    """Writes the archive of a model's current release.

    Raises ReleaseError for an older one, StorageError where a file is missing that the analysis was
    made of, BusyError where a run works on the model.
    """
    if newer := release.newer():
        raise ReleaseError(
            f"found the older release {release.release_id} of {release.name}, expected the current "
            f"one {newer}: what an older one was made of is no longer there",
            repair=f"copy its one file {release.database.path}, or: rnnvis pack {release.name}",
        )
    model, dataset = release.name, release.model["dataset"]
    about = {"model": model, "dataset": dataset, "release": release.release_id}
    with hold_stage(context, model, "packing"):
        contents = dict(_contents(context, model, dataset, with_recording))
        return write_archive(path, contents, about)


def _contents(context: RunContext, model: str, dataset: str, with_recording: bool) -> Contents:
    storage = context.storage
    for name in dict.fromkeys((model, dataset)):
        for path in sorted(storage.manifest("any", name).parent.glob("*.json")):
            if context.store and (with_recording or path.stem != RECORDING):
                fetch_output(context.store, storage, path.stem, name, context.report)
            manifest = read_manifest(storage, path.stem, name)
            if manifest is not None:
                yield from _files_of(storage, manifest, with_recording)
    state = training_state(storage, model)
    if state.is_file():  # without it, a change of code would train again
        yield str(state.relative_to(storage.root)), state
    yield from packed_notes(context, model)


def _files_of(storage: Storage, manifest: Manifest, with_recording: bool) -> Contents:
    if manifest.stage == RECORDING:
        manifest = _packed_recording(manifest, with_recording)
    if reason := first_fault(storage, manifest, content_fault):
        raise StorageError(
            f"{manifest.stage} of {manifest.partition} cannot be packed: {reason}",
            repair=f"rnnvis materialize {manifest.partition}",
        )
    for name in manifest.files:
        if name not in manifest.pruned:
            yield name, storage.root / name
    path = storage.manifest(manifest.stage, manifest.partition)
    yield str(path.relative_to(storage.root)), manifest_text(manifest).encode()


def _packed_recording(manifest: Manifest, with_recording: bool) -> Manifest:
    """What the manifest says where the archive is unpacked."""
    if not with_recording:
        return replace(manifest, pruned=recording_parts(manifest))
    if manifest.pruned:
        raise StorageError(
            f"the recording of {manifest.partition} was pruned",
            repair=f"rnnvis materialize {manifest.partition} --recordings, or pack it without",
        )
    return manifest


UNPACKING = f"{TEMPORARY_PREFIX}unpack-"
"""How the folder is called that an archive is unpacked into, under the storage root."""


def unpack_analysis(context: RunContext, path: Path) -> Index:
    """Adds the analysis in an archive to the storage.

    Raises StorageError where the archive is damaged or unsafe, where the model has results here
    already, or its dataset another corpus; ReleaseError where its release is of another version.
    Nothing is added then.
    """
    root = context.storage.root
    root.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix=UNPACKING, dir=root) as folder:
        index, unpacked = unpack_archive(path, Path(folder)), Storage(Path(folder))
        model, dataset = _names_in(index)
        open_release(model, storage=unpacked).close()
        notes = unpacked_notes(unpacked, context.storage, model)
        with ExitStack() as held:
            for name in dict.fromkeys((model, dataset)):
                held.enter_context(hold_stage(context, name, "unpacking"))
            _refuse_to_replace(context.storage, model)
            if _needs_corpus(context.storage, unpacked, dataset):
                _place(unpacked, context.storage, dataset)
            _place(unpacked, context.storage, model)
            add_notes(context, notes)
    return index


def _names_in(index: Index) -> tuple[str, str]:
    """The names of the model and its dataset, the only ones that files may be of."""
    about: dict[str, Any] = dict(index.about)
    names = about.get("model"), about.get("dataset")
    strange = [file.path for file in index.files if file.path.split("/")[1] not in names]
    if strange or not all(names):
        raise StorageError(f"the archive is of {names}, but holds {strange or 'nothing'}")
    return str(names[0]), str(names[1])


def _refuse_to_replace(storage: Storage, model: str) -> None:
    if disk_use(storage, model):
        raise StorageError(
            f"there are results of {model} in {storage.root} already",
            repair=f"rnnvis remove {model}, or set RNNVIS_HOME to another folder",
        )


def _needs_corpus(storage: Storage, unpacked: Storage, dataset: str) -> bool:
    """Whether the dataset's corpus is not here yet."""
    if not disk_use(storage, dataset):
        return True
    here, packed = (read_manifest(each, "corpus", dataset) for each in (storage, unpacked))
    if packed is None or (here is not None and here.data_version == packed.data_version):
        return False
    raise StorageError(
        f"the dataset {dataset} has another corpus in {storage.root} than the archive: found data "
        f"version {here and here.data_version}, expected {packed.data_version}",
        repair=f"set RNNVIS_HOME to another folder, or rnnvis remove {dataset}",
    )


def _place(unpacked: Storage, storage: Storage, name: str) -> None:
    """Moves every folder of ``name``, manifests last."""
    for source, target in zip(unpacked.folders_of(name), storage.folders_of(name), strict=True):
        if source.is_dir():
            target.parent.mkdir(parents=True, exist_ok=True)
            source.rename(target)
