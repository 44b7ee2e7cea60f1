"""Running a stage where results are in an object store: fetched before it, published after it."""

from collections.abc import Callable

from rnnvis_assets.engine.freshness import fingerprint, freshness
from rnnvis_assets.engine.manifest import Manifest, first_fault, read_manifest
from rnnvis_assets.engine.stage import RunContext, Stage
from rnnvis_assets.engine.stored_outputs import fetch_output, publish_output, stored_manifest
from warehouse.object_store import ObjectStore
from warehouse.stored_files import content_fault

Make = Callable[[Stage, RunContext, str], Manifest]


def run_over_store(
    stage: Stage, context: RunContext, store: ObjectStore, partition: str, make: Make
) -> Manifest:
    """Makes a stage's output of what the store holds, or takes one that is here but not there; the
    store has it at the end.

    The caller holds the stage. Raises what ``make`` raises, StorageError where an input cannot be
    fetched, BusyError where another machine has published meanwhile.
    """
    before, _ = stored_manifest(store, stage.name, partition)
    for source in stage.sources(context.project, partition):
        if source.partition is not None:
            fetch_output(store, context.storage, source.stage, source.partition, context.report)
    manifest = _only_here(stage, context, partition) or make(stage, context, partition)
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
