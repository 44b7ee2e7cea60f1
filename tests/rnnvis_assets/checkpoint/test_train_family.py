"""Networks of several seeds that are trained together by the stage of one of them."""

import math
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from rnnvis_assets.checkpoint import train_family
from rnnvis_assets.checkpoint.classification_task import ClassificationTask
from rnnvis_assets.checkpoint.training_state import STATE_FILE, every_seconds
from rnnvis_assets.configuration.analysis_config import AnalysisConfig, ScheduleConfig
from rnnvis_assets.configuration.project import Project
from rnnvis_assets.configuration.seed_families import expand_families
from rnnvis_assets.corpus.corpus import Corpus
from rnnvis_assets.corpus.corpus_files import save_corpus
from rnnvis_assets.engine.run_lock import hold_stage, is_stage_held
from rnnvis_assets.engine.stage import RunContext
from rnnvis_assets.model_kinds.model_kinds import CHECKPOINT, RECORDING
from tests.rnnvis_assets.checkpoint.interruption import KilledError, killed_after
from tests.rnnvis_assets.checkpoint.small_runs import (
    FLOAT32,
    make_config,
    make_reviews,
    make_text,
    run_training,
)
from warehouse.errors import TrainingError
from warehouse.storage import Storage

pytestmark = pytest.mark.slow
REVIEWS = make_reviews()
FAMILY = ("m", "m.seed-2", "m.seed-3")
CONFIG = make_config(dataset="reviews", cell="gru", seed=1, seeds=3, early_stopping_patience=0)


@pytest.fixture(autouse=True)
def _in_float32(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rnnvis_assets.checkpoint.train_model.choose_hardware", lambda *_: FLOAT32)


def make_context(
    folder: Path,
    lines: list[str],
    *,
    corpus: Corpus = REVIEWS,
    run: str = "a run",
    **changes: object,
) -> RunContext:
    config = CONFIG.model_copy(update=changes)
    models = dict(expand_families({"m": config}))
    project = Project(folder, {}, models, {"default": AnalysisConfig()}, ScheduleConfig())
    storage = Storage(folder / "storage")
    if not storage.corpus(config.dataset).exists():
        save_corpus(storage.corpus(config.dataset), corpus)
    return RunContext(project, storage, lines.append, run)


def states(context: RunContext) -> list[str]:
    """The networks with a training state."""
    return [m for m in FAMILY if (context.storage.checkpoint(m) / STATE_FILE).exists()]


def weights(context: RunContext, model: str) -> dict[str, torch.Tensor]:
    state = load_file(context.storage.checkpoint(model) / STATE_FILE)
    return {key.removeprefix("best."): tensor for key, tensor in state.items()}


def require_trained_as_by_itself(context: RunContext, folder: Path) -> None:
    for number, model in enumerate(FAMILY):
        config = CONFIG.model_copy(update={"seed": 1 + number})
        alone = run_training(REVIEWS, config, folder / f"alone-{number}")
        torch.testing.assert_close(
            weights(context, model), dict(alone.weights), rtol=1e-3, atol=1e-4
        )


def test_one_trains_all_and_the_others_find_theirs(tmp_path: Path) -> None:
    lines: list[str] = []
    context = make_context(tmp_path, lines)
    CHECKPOINT.run(context, "m")
    assert "m: trained together with m.seed-2, m.seed-3" in lines
    require_trained_as_by_itself(context, tmp_path)
    lines.clear()
    for model in FAMILY[1:]:
        CHECKPOINT.run(context, model)
    assert [line.split(":")[0] for line in lines if "already trained" in line] == list(FAMILY[1:])
    assert not any("together" in line for line in lines)


def test_killed_and_resumed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lines: list[str] = []
    context = make_context(tmp_path, lines)
    with monkeypatch.context() as patch:
        patch.setattr(train_family, "every_seconds", lambda _: killed_after(20, 2))
        with pytest.raises(KilledError):
            CHECKPOINT.run(context, "m.seed-2")
    assert states(context) == list(FAMILY)
    lines.clear()
    CHECKPOINT.run(context, "m")
    assert any(line.startswith("m: training goes on after step") for line in lines)
    require_trained_as_by_itself(context, tmp_path)


def test_networks_of_another_run_are_left_to_it(tmp_path: Path) -> None:
    lines: list[str] = []
    context = make_context(tmp_path, lines)
    other = make_context(tmp_path, [], run="another run")
    with hold_stage(other, "m.seed-2", "checkpoint"):
        CHECKPOINT.run(context, "m")
    assert states(context) == ["m", "m.seed-3"]


def test_while_they_train_others_see_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    context, seen = make_context(tmp_path, []), []

    def look(_: int, __: float) -> bool:
        storage = context.storage
        held = [is_stage_held(storage, model, "checkpoint") for model in FAMILY]
        seen.append((held, (storage.progress("m.seed-3", "checkpoint")).exists()))
        return False

    monkeypatch.setattr(train_family, "every_seconds", lambda _: look)
    CHECKPOINT.run(context, "m")
    assert seen[0] == ([False, True, True], True)
    assert not context.storage.progress("m.seed-3", "checkpoint").exists()
    assert every_seconds(0)(1, 1.0)


def test_another_run_waits_for_a_network_that_is_trained_along(tmp_path: Path) -> None:
    context = make_context(tmp_path, [])
    assert all(CHECKPOINT.waits_for_runs(context.project, model) for model in FAMILY)
    assert not RECORDING.waits_for_runs(context.project, "m.seed-2")
    single = make_context(tmp_path, [], seeds=1)
    assert not CHECKPOINT.waits_for_runs(single.project, "m")


def explode(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The loss of one seed's network is NaN from the second epoch on."""
    original = ClassificationTask.batch

    def batch(self, network, epoch, *rest):
        if self._config.seed == seed and epoch == 1:
            network.decoder.bias.data.fill_(math.nan)
        return original(self, network, epoch, *rest)

    monkeypatch.setattr(ClassificationTask, "batch", batch)


def test_a_network_that_diverges_is_left_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines: list[str] = []
    context = make_context(tmp_path, lines)
    explode(2, monkeypatch)
    CHECKPOINT.run(context, "m")
    assert any(
        line.startswith("m: without m.seed-2: epoch 2") and "training stopped" in line
        for line in lines
    )
    with pytest.raises(TrainingError, match="the loss is nan"):
        CHECKPOINT.run(context, "m.seed-2")
    assert states(context) == list(FAMILY)


@pytest.mark.parametrize("changes", [{"hidden_size": 100}, {"dataset": "text"}])
def test_those_that_gain_nothing_are_trained_one_by_one(
    changes: dict[str, object], tmp_path: Path
) -> None:
    corpus = make_text() if "dataset" in changes else REVIEWS
    context = make_context(tmp_path, [], corpus=corpus, **changes)
    CHECKPOINT.run(context, "m.seed-2")
    assert states(context) == ["m.seed-2"]
