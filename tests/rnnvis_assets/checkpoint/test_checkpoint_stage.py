"""The stage: what it writes, what makes it stale, and what a plain re-run does."""

import json
from pathlib import Path

import pytest
from safetensors.torch import load_file

from rnnvis_assets.checkpoint.language_model_task import LanguageModelTask
from rnnvis_assets.checkpoint.training_state import STATE_FILE
from rnnvis_assets.configuration.analysis_config import AnalysisConfig, ScheduleConfig
from rnnvis_assets.configuration.model_config import ModelConfig
from rnnvis_assets.configuration.project import Project
from rnnvis_assets.corpus.corpus import Corpus
from rnnvis_assets.corpus.corpus_files import save_corpus
from rnnvis_assets.engine.stage import RunContext
from rnnvis_assets.model_kinds.model_kinds import CHECKPOINT as STAGE
from rnnvis_assets.network.checkpoint_files import check_fit, load_checkpoint
from tests.rnnvis_assets.checkpoint.small_runs import make_config, make_reviews, make_text
from warehouse.parquet_tables import read_table
from warehouse.schema import EVALUATION, TRAINING_LOG
from warehouse.storage import Storage

pytestmark = pytest.mark.slow

MODEL = "m"


def make_context(
    folder: Path, corpus: Corpus, config: ModelConfig, lines: list[str] | None = None
) -> RunContext:
    project = Project(folder, {}, {MODEL: config}, {"default": AnalysisConfig()}, ScheduleConfig())
    storage = Storage(folder / "storage")
    if not storage.corpus(config.dataset).exists():
        save_corpus(storage.corpus(config.dataset), corpus)
    return RunContext(project, storage, (lambda _: None) if lines is None else lines.append)


def read_rows(context: RunContext, table: str) -> list[dict[str, object]]:
    return read_table(context.storage.table(MODEL, table)).to_pylist()


def test_language_model(tmp_path: Path) -> None:
    corpus, config, lines = make_text(), make_config(tied_embedding=True), []
    context = make_context(tmp_path, corpus, config, lines)
    outcome = STAGE.run(context, MODEL)
    folder = context.storage.checkpoint(MODEL)
    assert set(outcome.files) == {
        folder / "weights.safetensors",
        folder / "spec.json",
        context.storage.table(MODEL, "evaluation"),
        context.storage.table(MODEL, "training_log"),
    }
    weights, spec, *tables = outcome.identity
    assert [weights, *tables] == [path for path in outcome.files if path.name != "spec.json"]
    assert {"versions", "device", "checksum"} == json.loads(
        (folder / "spec.json").read_text()
    ).keys() - json.loads(spec).keys()
    checkpoint = load_checkpoint(folder)
    check_fit(checkpoint, config, corpus)
    rows = read_rows(context, "evaluation")
    assert [(row["split"], row["metric"]) for row in rows] == [
        ("validation", "loss"),
        ("validation", "perplexity"),
        ("test", "loss"),
        ("test", "perplexity"),
    ]
    assert outcome.row_counts == {
        "evaluation": 4,
        "training_log": len(read_rows(context, "training_log")),
    }
    assert outcome.figures["test perplexity"] == rows[3]["value"]
    assert lines[0].startswith("m: training ")
    assert "test perplexity" in lines[-1]


def test_test_figures_are_those_of_the_best_weights(tmp_path: Path) -> None:
    context = make_context(tmp_path, make_text(), make_config())
    STAGE.run(context, MODEL)
    log = read_rows(context, "training_log")
    best = min(row["loss"] for row in log if row["split"] == "validation")
    evaluation = {(r["split"], r["metric"]): r["value"] for r in read_rows(context, "evaluation")}
    assert evaluation["validation", "loss"] == pytest.approx(best)


def test_classifier(tmp_path: Path) -> None:
    config = make_config(dataset="reviews", cell="gru")
    context = make_context(tmp_path, make_reviews(), config)
    STAGE.run(context, MODEL)
    metrics = {row["metric"] for row in read_rows(context, "evaluation")}
    assert metrics == {"loss", "accuracy", "balanced_accuracy", "recall_bad", "recall_good"}
    assert {row["metric"] for row in read_rows(context, "training_log")} == {"accuracy"}


def test_tables_keep_to_the_schema(tmp_path: Path) -> None:
    context = make_context(tmp_path, make_text(), make_config())
    STAGE.run(context, MODEL)
    for table in (EVALUATION, TRAINING_LOG):
        schema = read_table(context.storage.table(MODEL, table.name)).schema
        assert schema.equals(table.arrow_schema(0))


def test_plain_rerun_does_not_train_and_writes_the_same_bytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    context = make_context(tmp_path, make_text(), make_config())
    first = STAGE.run(context, MODEL)
    before = {path: path.read_bytes() for path in first.files}
    monkeypatch.setattr(LanguageModelTask, "compute_gradients", None)
    second = STAGE.run(context, MODEL)
    assert {path: path.read_bytes() for path in second.files} == before


def test_settings_leave_out_what_does_not_change_weights() -> None:
    def settings(**changes: object) -> object:
        project = Project(Path(), {}, {MODEL: make_config(**changes)}, {}, ScheduleConfig())
        return STAGE.settings(project, MODEL)

    assert settings(description="other", analysis="sentiment") == settings()
    assert settings(learning_rate=0.5) != settings()


def test_finished_state_is_small(tmp_path: Path) -> None:
    context = make_context(tmp_path, make_text(), make_config())
    STAGE.run(context, MODEL)
    names = load_file(context.storage.checkpoint(MODEL) / STATE_FILE)
    assert all(name.startswith("best.") for name in names)
