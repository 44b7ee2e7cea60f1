"""Models that the storage knows but that have no release to look at."""

from collections.abc import Mapping

from viewer.data.running_stages import running_stages
from warehouse.release_index import published_models
from warehouse.storage import Storage

_STAGES = (("recording", "recorded, not analysed yet"), ("checkpoint", "trained, not recorded yet"))


def unfinished_models(storage: Storage) -> dict[str, str]:
    """How far every model is that was begun, is not published and not being worked on, by name."""
    begun = {path.name for path in storage.root.glob("checkpoints/*") if path.is_dir()}
    names = sorted(begun - set(published_models(storage)) - set(running_stages(storage)))
    return {name: _reached(storage, name) for name in names}


def _reached(storage: Storage, model: str) -> str:
    done = (said for stage, said in _STAGES if storage.manifest(stage, model).is_file())
    return next(done, "not trained to the end yet")


def unfinished_text(reached: Mapping[str, str]) -> list[str]:
    """A sentence for each of such models, with the command that finishes it."""
    return [f"{model} is {stage}: rnnvis materialize {model}" for model, stage in reached.items()]
