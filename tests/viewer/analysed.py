"""The tiny networks by name, by which typed sentences are read; and one of which there is only a
recording."""

from pathlib import Path

from pipelines.orchestration.stage_registry import MODEL_STAGES
from rnnvis_assets.engine.run_stage import run_stage
from rnnvis_assets.model_kinds.register_recording import register_recording
from tests.pipelines.external_project import again, empty_project, write_external
from warehouse.storage import Storage

LSTM, GRU = "tiny-lstm", "tiny-gru"
FOREIGN = "their-gru"


def publish_external(folder: Path) -> Storage:
    """Takes a recording in that NumPy made, and runs every stage that is left to run."""
    context = empty_project(folder)
    register_recording(context, write_external(folder / FOREIGN))
    context = again(context)
    for asset in MODEL_STAGES[2:]:
        run_stage(asset.stage, context, FOREIGN)
    return context.storage
