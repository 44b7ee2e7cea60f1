"""Keeping an analysis that was made in memory: its files, moved into a storage under a name."""

import shutil
from dataclasses import replace
from pathlib import PurePosixPath

from rnnvis_assets.configuration.cross_checks import check_name
from rnnvis_assets.engine.manifest import Manifest, read_manifest, write_manifest
from rnnvis_assets.engine.run_stage import run_stage
from rnnvis_assets.engine.stage import RunContext, Stage
from warehouse.atomic_files import TEMPORARY_PREFIX
from warehouse.disk_use import stored_names
from warehouse.errors import ConfigurationError
from warehouse.storage import Storage

_PUBLISHED = ("releases", "comparisons")


def save_analysis(
    context: RunContext, model: str, name: str, release: Stage, target: Storage
) -> RunContext:
    """Copies the results of ``model`` into ``target`` as those of ``name``, and publishes them.

    Made in a folder of its own and moved at the end. Returns the context in which it was published.
    Raises ConfigurationError where the name cannot be used or is taken.
    """
    if message := check_name(name):
        raise ConfigurationError(message)
    if name in stored_names(target):
        raise ConfigurationError(
            f"{target.root} has results of {name} already", repair=f"rnnvis remove {name}"
        )
    scratch = Storage(target.root / f"{TEMPORARY_PREFIX}save-{name}")
    shutil.rmtree(scratch.root, ignore_errors=True)
    project = replace(context.project, models={name: context.project.models[model]})
    renamed = replace(context, project=project, storage=scratch)
    try:
        _copy(context.storage, model, scratch, name)
        run_stage(release, renamed, name)
        _move(scratch, target, name)
    finally:
        shutil.rmtree(scratch.root, ignore_errors=True)
    return replace(renamed, storage=target)


def _copy(source: Storage, model: str, scratch: Storage, name: str) -> None:
    """The corpus and all results but the release; each manifest names the files by their place."""
    shutil.copytree(source.root / "corpora", scratch.root / "corpora")
    for path in (source.root / "manifests").iterdir():
        if path.name != model:
            shutil.copytree(path, scratch.root / "manifests" / path.name)
    for old, new in zip(source.folders_of(model), scratch.folders_of(name), strict=True):
        if old.is_dir() and old.parent.name not in (*_PUBLISHED, "manifests"):
            shutil.copytree(old, new)
    for path in source.manifest("any", model).parent.glob("*.json"):
        manifest = read_manifest(source, path.stem, model)
        if manifest is not None and path.stem != "release":
            write_manifest(scratch, _renamed(manifest, name))


def _renamed(manifest: Manifest, name: str) -> Manifest:
    def place(path: str) -> str:
        kind, _, *rest = PurePosixPath(path).parts
        return str(PurePosixPath(kind, name, *rest))

    files = {place(path): size for path, size in manifest.files.items()}
    hashes = {place(path): found for path, found in manifest.sha256.items()}
    return replace(manifest, partition=name, files=files, sha256=hashes)


def _move(scratch: Storage, target: Storage, name: str) -> None:
    """Moves the finished folders, the release last: from then on it is listed."""
    folders = list(zip(scratch.folders_of(name), target.folders_of(name), strict=True))
    for source, place in sorted(folders, key=lambda pair: pair[0].parent.name in _PUBLISHED):
        if source.is_dir():
            place.parent.mkdir(parents=True, exist_ok=True)
            source.rename(place)
