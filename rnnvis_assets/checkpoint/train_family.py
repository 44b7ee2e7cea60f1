"""Training a network together with those of other seeds that are not trained yet.

Small networks leave much of a processor's time to the overhead of operations, which they can share.
What a network becomes does not depend on the others.
"""

from contextlib import ExitStack
from pathlib import Path

from rnnvis_assets.checkpoint.hardware import Hardware
from rnnvis_assets.checkpoint.stacked_cells import STACKED_CELLS
from rnnvis_assets.checkpoint.training_loop import Trainee, TrainingResult, train
from rnnvis_assets.checkpoint.training_state import (
    SAVE_SECONDS,
    STATE_FILE,
    every_seconds,
    is_trained,
    training_fingerprint,
)
from rnnvis_assets.configuration.model_config import ModelConfig
from rnnvis_assets.corpus.corpus import Corpus
from rnnvis_assets.engine.run_lock import hold_free
from rnnvis_assets.engine.stage import RunContext
from warehouse.live_progress import published_progress

STAGE = "checkpoint"
_MANY_UNITS = 100
"""Layers of so many units gain less than a tenth by it, those of 50 a quarter."""


def train_with_family(
    context: RunContext, model: str, corpus: Corpus, hardware: Hardware
) -> TrainingResult:
    """Trains a model, or takes over its finished training. Networks of other seeds that are not
    trained, and that no other run works on, get a finished training state along with it.

    Raises what ``train`` raises.
    """
    config = _config(context, model)
    own = Trainee(config, _state(context, model), lambda line: context.report(f"{model}: {line}"))
    with ExitStack() as stack:
        untrained = _untrained_siblings(context, model, corpus, hardware)
        others = stack.enter_context(hold_free(context, untrained, STAGE))
        if others:
            own.report(f"trained together with {', '.join(others)}")
        trainees = [own]
        for name in others:
            progress = context.storage.progress(name, STAGE)
            report = stack.enter_context(published_progress(progress, STAGE, lambda _: None))
            trainees.append(Trainee(_config(context, name), _state(context, name), report))
        return train(corpus, trainees, hardware, save_due=every_seconds(SAVE_SECONDS))


def _untrained_siblings(
    context: RunContext, model: str, corpus: Corpus, hardware: Hardware
) -> list[str]:
    """The networks of other seeds that are worth training along with a model."""
    config = _config(context, model)
    small = config.hidden_size < _MANY_UNITS and config.cell in STACKED_CELLS
    if not (small and corpus.task == "classification" and hardware.stacks_layers):
        return []
    family = (model, *context.project.siblings(model))
    untrained = [
        name
        for name in family
        if not is_trained(
            _state(context, name), training_fingerprint(corpus, _config(context, name))
        )
    ]
    return untrained[1:] if model in untrained else []


def _config(context: RunContext, model: str) -> ModelConfig:
    config = context.project.models[model]
    assert isinstance(config, ModelConfig)
    return config


def _state(context: RunContext, model: str) -> Path:
    return context.storage.checkpoint(model) / STATE_FILE
