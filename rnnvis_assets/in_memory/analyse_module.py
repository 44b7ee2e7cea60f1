"""The real stages, run in this process on a module and texts in memory, into a given storage."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

from torch import nn

from rnnvis_assets.configuration.analysis_config import AnalysisConfig, ScheduleConfig
from rnnvis_assets.configuration.dataset_config import (
    DatasetConfig,
    LabelledTableSource,
    TextSource,
    Tokenizer,
)
from rnnvis_assets.configuration.model_config import MODELS
from rnnvis_assets.configuration.project import Project
from rnnvis_assets.corpus.corpus import Corpus
from rnnvis_assets.corpus.corpus_asset import STAGE as CORPUS
from rnnvis_assets.engine.run_stage import run_stage
from rnnvis_assets.engine.stage import Report, RunContext, Stage
from rnnvis_assets.in_memory.given_texts import DATASET
from rnnvis_assets.in_memory.live_inputs import keep_corpus, keep_module, take_corpus
from rnnvis_assets.transformers_import.saved_settings import library_of
from warehouse.storage import Storage

ANALYSIS = "in-memory"
_GIVEN = "texts given in Python"
_TAKEN = replace(CORPUS, settings=lambda *_: None, run=take_corpus, libraries=("numpy",))


def open_context(
    storage: Storage,
    name: str,
    corpus: Corpus,
    analysis: Mapping[str, Any],
    model: Mapping[str, Any],
    report: Report,
) -> RunContext:
    """A project of one model, ``name``, that exists in memory only. ``analysis`` and ``model`` say
    what the files of an analysis and of an external model may say.

    Raises pydantic's ValidationError where they say something else.
    """
    dataset = DatasetConfig(
        description=_GIVEN,
        task=corpus.task,
        source=LabelledTableSource(kind="table", path=_GIVEN)
        if corpus.classes
        else TextSource(kind="text", path=_GIVEN),
        tokenizer=Tokenizer(kind="whitespace", lowercase=False, end_of_sentence=False),
        classes=corpus.classes or None,
    )
    common = {"dataset": DATASET, "analysis": ANALYSIS, "sequences": "sentences"}
    config = MODELS[model["source"]].model_validate({**common, **model})
    project = Project(
        folder=Path("in memory"),
        datasets={DATASET: dataset},
        models={name: config},
        analyses={ANALYSIS: AnalysisConfig.model_validate(analysis)},
        schedules=ScheduleConfig(),
    )
    return RunContext(project, storage, report)


def describe_model(module: nn.Module | str | Path) -> dict[str, Any]:
    """What the file of a model would say of a module in memory, which is kept for ``take_module``,
    or of what a library has saved."""
    if isinstance(module, str | Path):
        path = Path(module).resolve()
        return {"source": library_of(path), "folder": str(path)}
    key = uuid4().hex
    keep_module(key, module)
    factory = "rnnvis_assets.in_memory.live_inputs:take_module"
    return {"source": "pytorch", "factory": factory, "arguments": {"key": key}, "accept_loss": True}


def run_analysis(context: RunContext, name: str, corpus: Corpus, stages: Sequence[Stage]) -> None:
    """Runs ``stages`` on the model; the last of them publishes the release."""
    keep_corpus(context, corpus)
    run_stage(_TAKEN, context, DATASET)
    for stage in stages:
        run_stage(stage, context, name)
