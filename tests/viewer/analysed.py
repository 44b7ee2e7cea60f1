"""Tiny networks, really trained, recorded and published: what typed sentences are read by; and one
of which there is only a recording."""

from pathlib import Path

from pipelines.orchestration.stage_registry import DATASET_STAGES, MODEL_STAGES
from rnnvis_assets.configuration.load_project import load_project
from rnnvis_assets.engine.run_stage import run_stage
from rnnvis_assets.engine.stage import RunContext
from rnnvis_assets.model_kinds.register_recording import register_recording
from tests.pipelines.external_project import again, empty_project, write_external
from tests.pipelines.tiny_project import MODELS, write_project
from warehouse.storage import Storage

LSTM, GRU = "tiny-lstm", "tiny-gru"
FOREIGN = "their-gru"


def publish_tiny(folder: Path) -> Storage:
    """Runs every stage of both models of the tiny project below ``folder``."""
    storage = Storage(folder / "storage")
    context = RunContext(load_project(write_project(folder)), storage, lambda _: None)
    datasets = {str(config["dataset"]) for config in MODELS.values()}
    work = [(asset, name) for name in sorted(datasets) for asset in DATASET_STAGES]
    work += [(asset, name) for name in MODELS for asset in MODEL_STAGES]
    for asset, name in work:
        run_stage(asset.stage, context, name)
    return storage


def publish_external(folder: Path) -> Storage:
    """Takes a recording in that NumPy made, and runs every stage that is left to run."""
    context = empty_project(folder)
    register_recording(context, write_external(folder / FOREIGN))
    context = again(context)
    for asset in MODEL_STAGES[2:]:
        run_stage(asset.stage, context, FOREIGN)
    return context.storage
