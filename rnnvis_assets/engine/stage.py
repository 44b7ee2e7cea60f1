"""One way of running every stage: locked, measured, fingerprinted, written down.

A stage reads configurations and what earlier stages wrote, and writes files of its own. After a
run its manifest says what it read (``fingerprint``), what it wrote (``data_version``, ``files``)
and what it measured. A stage is fresh while its fingerprint still holds and its files are there.
"""

import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal

import psutil

from rnnvis_assets.configuration.project import Project
from warehouse.atomic_files import remove_leftovers, sha256_of_file, write_json
from warehouse.errors import StorageError
from warehouse.live_progress import published_progress
from warehouse.recordings import Recording, open_recording
from warehouse.storage import Storage

Figure = float | int | str | None
Report = Callable[[str], None]
"""Takes one line of progress for a person to read."""


@dataclass(frozen=True)
class RunContext:
    """Where a stage runs: the configurations, the storage, and who hears of its progress."""

    project: Project
    storage: Storage
    report: Report = print


@dataclass(frozen=True)
class StageOutput:
    """What a stage wrote: its files, row counts by table, and figures worth showing.

    ``identity`` names the files whose bytes make the data version, where not all do (a log of
    seconds, say, differs between runs that give the same weights).
    """

    files: tuple[Path, ...]
    identity: tuple[Path, ...] | None = None
    row_counts: Mapping[str, int] = field(default_factory=dict)
    figures: Mapping[str, Figure] = field(default_factory=dict)


@dataclass(frozen=True)
class Upstream:
    """A stage that another one reads, by name: for the same model, for the model's dataset (if it
    has one), or for each of the models that a comparison compares."""

    stage: str
    of: Literal["model", "dataset", "compared"] = "model"


@dataclass(frozen=True)
class Stage:
    """A step of the pipeline.

    ``settings`` gives the part of the configuration that this stage depends on; a change of
    anything else leaves it fresh. ``run`` does the work. ``code_version`` is raised by hand
    whenever the same input would give other output.
    """

    name: str
    code_version: str
    upstream: tuple[Upstream, ...]
    settings: Callable[[Project, str], Any]
    run: Callable[[RunContext, str], StageOutput]


@dataclass(frozen=True)
class Manifest:
    """What one run of a stage read, wrote and measured."""

    stage: str
    partition: str
    fingerprint: str
    data_version: str
    files: Mapping[str, int]
    row_counts: Mapping[str, int]
    figures: Mapping[str, Figure]
    seconds: float
    peak_memory_mib: float
    created_at: str


@dataclass(frozen=True)
class Freshness:
    """Whether a stage's output may be used as it is, and why not."""

    state: Literal["fresh", "stale", "missing"]
    reason: str = ""


def read_manifest(storage: Storage, stage: str, partition: str) -> Manifest | None:
    """The manifest of the last finished run, or None where there is none that can be read."""
    try:
        return Manifest(**json.loads(storage.manifest(stage, partition).read_text("utf-8")))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (ValueError, TypeError):
        return None


def _sources(
    stage: Stage, project: Project, partition: str
) -> Iterator[tuple[str, str, str | None]]:
    """Every output that the stage reads: a key for it, the stage and the partition it is of, which
    is None for the dataset of a model that has none."""
    for upstream in stage.upstream:
        if upstream.of == "model":
            yield upstream.stage, upstream.stage, partition
        elif upstream.of == "dataset":
            yield upstream.stage, upstream.stage, project.models[partition].dataset
        else:
            for role, model in sorted(project.comparisons[partition].models.items()):
                yield f"{upstream.stage} of {role}", upstream.stage, model


def settings_digest(stage: Stage, project: Project, partition: str) -> str:
    """Hash of the configuration that the stage depends on, for one model or dataset."""
    settings = stage.settings(project, partition)
    return sha256(json.dumps(settings, sort_keys=True).encode()).hexdigest()[:16]


def fingerprint(stage: Stage, context: RunContext, partition: str) -> str:
    """Hash of all that the stage depends on: code, settings and upstream data versions."""
    versions = {}
    for key, upstream, source in _sources(stage, context.project, partition):
        manifest = source and read_manifest(context.storage, upstream, source)
        versions[key] = manifest.data_version if manifest else None
    settings = settings_digest(stage, context.project, partition)
    content = json.dumps([stage.name, stage.code_version, settings, versions], sort_keys=True)
    return sha256(content.encode()).hexdigest()


def open_recorded(context: RunContext, model: str) -> Recording:
    """The recording of the split that a model's analysis names. It tells the model's layers to
    every stage. Raises RecordingError where there is none."""
    split = context.project.analysis_of(model).recording.split
    return open_recording(context.storage.recording(model, split))


def _missing_file(storage: Storage, manifest: Manifest) -> str | None:
    for name, size in manifest.files.items():
        path = storage.root / name
        if not path.is_file():
            return f"{name} is gone"
        if path.stat().st_size != size:
            return f"{name} has {path.stat().st_size} bytes, expected {size}"
    return None


def freshness(stage: Stage, context: RunContext, partition: str) -> Freshness:
    """Whether the stage's last output still is what a run would make now."""
    manifest = read_manifest(context.storage, stage.name, partition)
    if manifest is None:
        return Freshness("missing", "never run to its end")
    missing = _missing_file(context.storage, manifest)
    if missing:
        return Freshness("missing", missing)
    if manifest.fingerprint != fingerprint(stage, context, partition):
        return Freshness("stale", "its configuration, code or input has changed since")
    return Freshness("fresh")


def _require_upstream(stage: Stage, context: RunContext, partition: str) -> None:
    for _, upstream, source in _sources(stage, context.project, partition):
        if source is None:
            continue
        manifest = read_manifest(context.storage, upstream, source)
        reason = "was never made" if manifest is None else _missing_file(context.storage, manifest)
        if reason:
            # A dataset is made along with its model; a compared model has a name of its own.
            repaired = source if source in context.project.models else partition
            raise StorageError(
                f"{stage.name} of {partition} needs {upstream} of {source}, which {reason}",
                repair=f"rnnvis materialize {repaired}",
            )


@contextmanager
def peak_memory(interval_seconds: float = 0.05) -> Iterator[Callable[[], float]]:
    """Watches this process; the yielded function gives the largest resident size so far, in MiB."""
    process, stop, largest = psutil.Process(), threading.Event(), [0]

    def watch() -> None:
        while not stop.is_set():
            largest[0] = max(largest[0], process.memory_info().rss)
            stop.wait(interval_seconds)

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield lambda: max(largest[0], process.memory_info().rss) / 2**20
    finally:
        stop.set()
        watcher.join()


def _data_version(files: Sequence[Path]) -> str:
    hashes = sorted(f"{path.name} {sha256_of_file(path)}" for path in files)
    return sha256("\n".join(hashes).encode()).hexdigest()[:16]


def run_stage(stage: Stage, context: RunContext, partition: str) -> Manifest:
    """Runs one stage alone on its model or dataset, and writes its manifest last of all.

    Raises BusyError where another process holds the partition, StorageError where an upstream
    stage is missing, and whatever the stage itself finds wrong.
    """
    storage = context.storage
    with storage.lock(partition), peak_memory() as peak:
        for folder in storage.folders_of(partition):
            remove_leftovers(folder)
        _require_upstream(stage, context, partition)
        before, started = fingerprint(stage, context, partition), time.perf_counter()
        progress = storage.progress(partition)
        with published_progress(progress, stage.name, context.report) as report:
            outcome = stage.run(replace(context, report=report), partition)
        manifest = Manifest(
            stage=stage.name,
            partition=partition,
            fingerprint=before,
            data_version=_data_version(outcome.identity or outcome.files),
            files={
                str(path.relative_to(storage.root)): path.stat().st_size for path in outcome.files
            },
            row_counts=dict(outcome.row_counts),
            figures=dict(outcome.figures),
            seconds=round(time.perf_counter() - started, 3),
            peak_memory_mib=round(peak(), 1),
            created_at=datetime.now(UTC).isoformat(timespec="seconds"),
        )
        write_json(storage.manifest(stage.name, partition), asdict(manifest))
    return manifest
