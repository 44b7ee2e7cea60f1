"""Whether a stage's last output still is what a run would make now, and if not, what has changed.

A fingerprint names the version of everything that decides a stage's output:

- ``settings``: the part of the configuration that the stage reads;
- ``code``: the source that its run function reaches (``code_version.py``);
- ``tables``: the columns of the tables that it writes;
- each of its ``libraries``;
- ``hardware``: the device and the precision that it computes with, where bits depend on them;
- each output that it reads, by the data version of that.

Nothing in it is raised by hand. A stage whose run is long keeps its results by other means: a
finished training is taken over by a new run of ``checkpoint``, whatever code has changed since.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib.metadata import version
from typing import Any, Literal

from rnnvis_assets.configuration.project import Project
from rnnvis_assets.engine.code_version import code_version
from rnnvis_assets.engine.manifest import first_fault, read_manifest
from rnnvis_assets.engine.stage import RunContext, Stage
from rnnvis_assets.engine.stored_outputs import receive_manifest, receive_output
from warehouse.schema import ALL_TABLES
from warehouse.storage import Storage
from warehouse.stored_files import FileCheck, size_fault


@dataclass(frozen=True)
class Freshness:
    """Whether a stage's output may be used as it is, and why not.

    A ``pruned`` one is what a run would make now, but some of its files were removed to free space:
    a stage that reads them has to wait until they are made again.
    """

    state: Literal["fresh", "stale", "missing", "pruned"]
    reason: str = ""


def digest(content: Any) -> str:
    """Hash of plain data, whatever the order of its keys."""
    return sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:16]


def configuration_version(stage: Stage, project: Project, partition: str) -> str:
    """Version of what is decided by partition: the settings and, where it differs, the code."""
    code = [code_version(*stage.code(project, partition))] if stage.code else []
    return digest([stage.settings(project, partition), *code])


def tables_digest(stage: Stage) -> str:
    """Hash of the columns of the tables that the stage writes; descriptions do not count."""
    columns = {
        name: [(c.name, c.type, c.key, c.nullable) for c in ALL_TABLES[name].columns]
        for name in stage.tables
    }
    return digest(columns)


@cache
def library_version(name: str) -> str:
    """The installed version, without the suffix that says for which device it was built."""
    return version(name).partition("+")[0]


def declared_version(stage: Stage) -> str:
    """One version of the code, tables and libraries of a stage, for every model at once. Code that
    differs between models is in ``configuration_version``."""
    libraries = {name: library_version(name) for name in stage.libraries}
    return digest([code_version(stage.run), tables_digest(stage), libraries])


def fingerprint(stage: Stage, context: RunContext, partition: str) -> Mapping[str, str | None]:
    """The version of everything that the stage depends on, by name."""
    project = context.project
    versions: dict[str, str | None] = {
        "settings": digest(stage.settings(project, partition)),
        "code": code_version(*stage.code_of(project, partition)),
        "tables": tables_digest(stage),
        **{name: library_version(name) for name in stage.libraries},
    }
    if stage.hardware and (hardware := stage.hardware(project, partition)):
        versions["hardware"] = hardware
    for source in stage.sources(project, partition):
        found = source.partition and read_manifest(context.storage, source.stage, source.partition)
        versions[f"input {source.key}"] = found.data_version if found else None
    return versions


def freshness(
    stage: Stage, context: RunContext, partition: str, check: FileCheck = size_fault
) -> Freshness:
    """Whether the stage's last output still is what a run would make now, and its files are what
    was written, as far as ``check`` looks. Over an object store: the last output of any machine,
    and whether its files are there."""
    store, storage = context.store, context.storage
    if store is not None:
        for source in stage.sources(context.project, partition):
            if source.partition is not None and source.partition != partition:
                receive_manifest(store, storage, source.stage, source.partition)
    now = fingerprint(stage, context, partition)
    if store is not None:
        check = receive_output(store, storage, stage.name, partition, now)
    if fault := output_fault(context.storage, stage.name, partition, check):
        return Freshness("missing", fault)
    manifest = read_manifest(context.storage, stage.name, partition)
    assert manifest is not None
    changed = _changed(manifest.fingerprint, now)
    if changed:
        return Freshness("stale", f"changed since: {', '.join(changed)}")
    return Freshness("pruned", "removed to free space") if manifest.pruned else FRESH


FRESH = Freshness("fresh")


def output_fault(storage: Storage, stage: str, partition: str, check: FileCheck) -> str | None:
    """What keeps a stage's last output from being used, as far as ``check`` looks; None where
    nothing does, or where only files are gone that were pruned."""
    manifest = read_manifest(storage, stage, partition)
    if manifest is not None:
        return first_fault(storage, manifest, check)
    damaged = storage.manifest(stage, partition).exists()
    return "its manifest is damaged, or of an earlier version" if damaged else NEVER_RUN


NEVER_RUN = "never run to its end"


def _changed(before: Mapping[str, str | None], now: Mapping[str, str | None]) -> tuple[str, ...]:
    names = dict.fromkeys([*now, *before])
    return tuple(name for name in names if before.get(name, "") != now.get(name, ""))
