"""Models without a release to show yet: what is running, and how far the others came."""

import time
from collections.abc import Mapping

from viewer.percentages import spaced
from warehouse.errors import StorageError
from warehouse.live_progress import LiveProgress, read_progress
from warehouse.release_index import published_models
from warehouse.storage import Storage, configs_folder

_REACHED = (
    ("recording", "recorded, not analysed yet"),
    ("checkpoint", "trained, not recorded yet"),
)
STAGE_TEXTS = {
    "corpus": "preparing the text",
    "checkpoint": "training",
    "recording": "recording every state",
    "expected_response": "averaging the responses",
    "co_clusters": "co-clustering",
    "ablation": "silencing clusters",
    "glyphs": "measuring the sentences",
    "findings": "measuring the findings",
    "release": "publishing",
}


def running_stages(storage: Storage) -> list[tuple[str, LiveProgress]]:
    """Every stage that runs or failed, with the name of its model or dataset."""
    found = [
        (path.parent.name, read_progress(path))
        for path in sorted(storage.root.glob("progress/*/*.json"))
    ]
    return [(name, progress) for name, progress in found if progress]


def is_running(storage: Storage, name: str, progress: LiveProgress) -> bool:
    """Whether a stage reports, or is silent and still held by its process."""
    if progress.state != "running" or not progress.is_silent:
        return progress.state == "running"
    from rnnvis_assets.engine.run_lock import is_stage_held  # imports much that no page needs

    try:
        return is_stage_held(storage, name, progress.stage)
    except StorageError:
        return False  # locks that we may not open


def progress_text(storage: Storage, name: str, progress: LiveProgress) -> str:
    """One sentence on a stage that runs or failed, with the command that repairs it."""
    doing = STAGE_TEXTS.get(progress.stage, progress.stage)
    if progress.state == "failed":
        return f"{name}: {doing} failed: {progress.line}"
    if progress.is_silent:
        minutes = (time.time() - progress.updated_at) / 60
        why = (
            "its process is running"
            if is_running(storage, name, progress)
            else f"was it stopped? rnnvis materialize {name} continues it"
        )
        return f"{name}: {doing}, silent for {minutes:.0f} min ({why})"
    line = spaced(progress.line)
    return f"{name}: {doing} … {line.removeprefix(f'{name}: ')}"


def pending_models(storage: Storage) -> dict[str, str]:
    """How far every model is that has a checkpoint, no release, and no running stage, by name."""
    begun = {path.name for path in storage.root.glob("checkpoints/*") if path.is_dir()}
    names = sorted(
        begun - set(published_models(storage)) - {name for name, _ in running_stages(storage)}
    )
    return {name: _reached(storage, name) for name in names}


def _reached(storage: Storage, model: str) -> str:
    done = (text for stage, text in _REACHED if storage.manifest(stage, model).is_file())
    return next(done, "not trained to the end yet")


def pending_text(pending: Mapping[str, str]) -> list[str]:
    """A sentence for each of these models, with the command that completes or removes it."""
    return [f"{model} is {reached}{_repair(model)}" for model, reached in pending.items()]


def _repair(model: str) -> str:
    path = configs_folder() / "models" / f"{model}.yaml"
    if path.is_file():
        return f": rnnvis materialize {model}"
    return f", and its configuration {path} is gone: put it back, or run rnnvis remove {model}"


def running_text(storage: Storage, model: str) -> str:
    """What a stage is doing for a model, as a sentence, or "" where none is."""
    running = (found for name, found in running_stages(storage) if name == model)
    return next((progress_text(storage, model, found) for found in running), "")
