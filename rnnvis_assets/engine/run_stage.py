"""Running a stage: locked, measured, written down in its manifest. Where results are in an object
store, what the stage reads is fetched before, and what it writes is published after."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime

import psutil

from rnnvis_assets.engine.freshness import fingerprint, freshness, output_fault
from rnnvis_assets.engine.manifest import (
    Manifest,
    data_version,
    file_hashes,
    file_sizes,
    first_fault,
    read_manifest,
    write_manifest,
)
from rnnvis_assets.engine.run_environment import code_commit, describe_machine
from rnnvis_assets.engine.run_lock import hold_stage, hold_stage_in_turn
from rnnvis_assets.engine.stage import RunContext, Stage
from rnnvis_assets.engine.stored_outputs import fetch_output, publish_output, stored_manifest
from warehouse.errors import StorageError
from warehouse.live_progress import published_progress
from warehouse.object_store import ObjectStore
from warehouse.stored_files import content_fault, input_fault


def run_stage(stage: Stage, context: RunContext, partition: str) -> Manifest:
    """Runs one stage on its model, dataset or comparison, and writes its manifest last of all.

    Waits where another run is making a dataset, which models have in common, or training a network
    of several seeds, which may be done together. Over an object store it fetches what the stage
    reads, and publishes what it writes. Raises BusyError where another run works on the model or
    comparison, StorageError where an upstream stage is missing, and whatever the stage
    itself finds wrong.
    """
    project = context.project
    in_turn = partition in project.datasets or stage.waits_for_runs(project, partition)
    hold = hold_stage_in_turn if in_turn else hold_stage
    with hold(context, partition, stage.name):
        if context.store is None:
            return _make(stage, context, partition)
        return _run_over_store(stage, context, context.store, partition)


def _run_over_store(
    stage: Stage, context: RunContext, store: ObjectStore, partition: str
) -> Manifest:
    """Makes a stage's output of what the store holds, or takes one that is here but not there; the
    store has it at the end. Raises BusyError where another machine has published meanwhile."""
    before, _ = stored_manifest(store, stage.name, partition)
    for source in stage.sources(context.project, partition):
        if source.partition is not None:
            fetch_output(store, context.storage, source.stage, source.partition, context.report)
    manifest = _only_here(stage, context, partition) or _make(stage, context, partition)
    tag = before.tag if before else None
    publish_output(store, context.storage, manifest, tag, context.report)
    return manifest


def _only_here(stage: Stage, context: RunContext, partition: str) -> Manifest | None:
    """An output that a run would make now, which the store lacks."""
    if freshness(stage, context, partition).state != "missing":
        return None
    here = read_manifest(context.storage, stage.name, partition)
    if here is None or here.pruned or here.fingerprint != fingerprint(stage, context, partition):
        return None
    return None if first_fault(context.storage, here, content_fault) else here


def _make(stage: Stage, context: RunContext, partition: str) -> Manifest:
    _require_upstream(stage, context, partition)
    before, root = fingerprint(stage, context, partition), context.storage.root
    started = time.perf_counter()
    progress = context.storage.progress(partition, stage.name)
    with peak_memory() as peak:
        with published_progress(progress, stage.name, context.report) as report:
            output = stage.run(replace(context, report=report), partition)
        others = (path for path in output.files if path not in output.sha256)
        hashes = {**file_hashes(others), **output.sha256}
        manifest = Manifest(
            stage=stage.name,
            partition=partition,
            fingerprint=before,
            data_version=data_version(output.identity or output.files, hashes.__getitem__),
            files=file_sizes(context.storage, output.files),
            sha256={str(path.relative_to(root)): found for path, found in hashes.items()},
            row_counts=dict(output.row_counts),
            figures=dict(output.figures),
            seconds=round(time.perf_counter() - started, 3),
            peak_memory_mib=round(peak(), 1),
            created_at=datetime.now(UTC).isoformat(timespec="seconds"),
            run_id=context.run_id,
            git_commit=code_commit().sha,
            tree_clean=code_commit().clean,
            machine=describe_machine(),
        )
    write_manifest(context.storage, manifest)
    return manifest


def _require_upstream(stage: Stage, context: RunContext, partition: str) -> None:
    for source in stage.sources(context.project, partition):
        if source.partition is None:
            continue
        manifest = read_manifest(context.storage, source.stage, source.partition)
        if manifest is not None and manifest.pruned:
            raise StorageError(
                f"{stage.name} of {partition} needs {source.stage} of {source.partition}, which "
                "was pruned to free space",
                repair=f"rnnvis materialize {source.partition} --recordings",
            )
        fault = output_fault(context.storage, source.stage, source.partition, input_fault)
        if fault:
            # A dataset is made along with its model; a compared model has a name of its own.
            made_by = source.partition in context.project.models
            raise StorageError(
                f"{stage.name} of {partition} needs {source.stage} of {source.partition}, which "
                f"cannot be used: {fault}",
                repair=f"rnnvis materialize {source.partition if made_by else partition}",
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
