"""Analyses that run while the viewer is open: what each reported last."""

import time

from warehouse.live_progress import LiveProgress, read_progress
from warehouse.storage import Storage

STAGE_TEXTS = {
    "corpus": "preparing the text",
    "checkpoint": "training",
    "recording": "recording every state",
    "expected_response": "averaging the responses",
    "co_clusters": "co-clustering",
    "glyphs": "measuring the sentences",
    "findings": "measuring the findings",
    "release": "publishing",
}


def running_stages(storage: Storage) -> dict[str, LiveProgress]:
    """The progress of everything that runs or failed, by the name of the model or dataset."""
    found = {
        path.stem: read_progress(path)
        for path in sorted(storage.progress("*").parent.glob("*.json"))
    }
    return {name: progress for name, progress in found.items() if progress}


def progress_text(name: str, progress: LiveProgress) -> str:
    """One sentence on a stage that runs or failed, with the command that repairs it."""
    doing = STAGE_TEXTS.get(progress.stage, progress.stage)
    if progress.state == "failed":
        return f"{name}: {doing} failed: {progress.line}"
    if progress.is_silent:
        minutes = (time.time() - progress.updated_at) / 60
        return (
            f"{name}: {doing}, silent for {minutes:.0f} min (was it stopped? "
            f"rnnvis materialize {name} continues it)"
        )
    return f"{name}: {doing} … {progress.line.removeprefix(f'{name}: ')}"
