"""Running what is missing or stale through Dagster, in this process."""

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain
from types import MappingProxyType
from uuid import uuid4

import dagster as dg
from dagster_shared.error import SerializableErrorInfo  # it has no public name

from pipelines.orchestration.dagster_instance import (
    end_killed_runs,
    pool_holders,
    repeatable_from_pages,
)
from pipelines.orchestration.stage_registry import (
    ALL_STAGES,
    COMPARISON_STAGES,
    DATASET_STAGES,
    MODEL_STAGES,
    VIEWED_STAGES,
)
from rnnvis_assets.corpus.tagger_data import fetch_tagger_data
from rnnvis_assets.engine.dagster_configuration import changed_configuration
from rnnvis_assets.engine.dagster_process import ASKED_BY_TAG, process_tags
from rnnvis_assets.engine.freshness import freshness
from rnnvis_assets.engine.process_identity import this_process
from rnnvis_assets.engine.stage import RunContext
from rnnvis_assets.engine.stage_asset import StageAsset
from rnnvis_assets.engine.stored_outputs import fetch_output
from warehouse.error_words import QUERY_INTERRUPTED
from warehouse.errors import ConfigurationError, RnnvisError, near_miss
from warehouse.stored_files import content_fault

ANALYSE_MODEL = "analyse_model"
PREPARE_CORPUS = "prepare_corpus"
COMPARE_MODELS = "compare_models"


@dataclass(frozen=True)
class RunReport:
    """What one run did: the stages it ran (none: all were fresh), and its error, in words."""

    name: str
    stages: tuple[str, ...]
    seconds: float
    error: str | None = None


def stages_to_run(
    stages: Sequence[StageAsset], context: RunContext, partition: str
) -> tuple[StageAsset, ...]:
    """The first stage that is not fresh or has damaged files, and all that follow it; what was
    pruned counts as fresh until one of these has to read it."""
    found = (freshness(asset.stage, context, partition, content_fault) for asset in stages)
    states = [each.state for each in found]
    if set(states) <= {"fresh", "pruned"}:
        return ()
    first = next(number for number, state in enumerate(states) if state != "fresh")
    return tuple(stages[first:])


def record_configuration(
    instance: dg.DagsterInstance, context: RunContext, stages: Sequence[StageAsset]
) -> None:
    """Reports to Dagster the settings of the stages that have changed."""
    for event in changed_configuration(instance, stages, context.project):
        instance.report_runless_asset_event(event)


def _failure_text(result: dg.ExecuteInProcessResult) -> str:
    texts = []
    for event in result.all_events:
        if event.is_step_failure:
            data = event.step_failure_data
            described = data.user_failure_data.description if data.user_failure_data else None
            error = data.error.message.strip() if data.error else "unknown error"
            texts.append(described or f"{error}\n{_UNFORESEEN}")
    return "\n".join(text for text in texts if text) or "the run failed; see `rnnvis dagster`"


_UNFORESEEN = "  this is a fault of RNNVis; `rnnvis dagster` shows where it was raised"


def was_interrupted(result: dg.ExecuteInProcessResult) -> bool:
    """Whether a person ended the run: in a step, in a query of DuckDB, or as it waited."""
    return any(
        "Interrupt" in (error.cls_name or "") or QUERY_INTERRUPTED in error.message
        for event in result.all_events
        for error in _with_causes(_error_of(event))
    )


def _error_of(event: dg.DagsterEvent) -> SerializableErrorInfo | None:
    if event.is_step_failure:
        return event.step_failure_data.error
    return event.job_failure_data.error if event.is_job_failure else None


def _with_causes(error: SerializableErrorInfo | None) -> Iterator[SerializableErrorInfo]:
    while error is not None:
        yield error
        error = error.cause


def run_job(
    job: str,
    stages: Sequence[StageAsset],
    partition: str,
    definitions: dg.Definitions,
    instance: dg.DagsterInstance,
    tags: Mapping[str, str] = MappingProxyType({}),
) -> RunReport:
    """Runs ``stages`` of one model or dataset in one Dagster run of this process."""
    started, run_id = time.perf_counter(), str(uuid4())
    with repeatable_from_pages(instance, job):
        result = definitions.resolve_job_def(job).execute_in_process(
            run_id=run_id,
            instance=instance,
            partition_key=partition,
            asset_selection=[dg.AssetKey(asset.stage.name) for asset in stages],
            run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
            tags={**process_tags(run_id, this_process()), **tags},
            raise_on_error=False,
        )
    if was_interrupted(result):
        raise KeyboardInterrupt
    return RunReport(
        name=partition,
        stages=tuple(asset.stage.name for asset in stages),
        seconds=time.perf_counter() - started,
        error=None if result.success else _failure_text(result),
    )


def _materialise(
    job: str,
    stages: Sequence[StageAsset],
    partition: str,
    definitions: dg.Definitions,
    instance: dg.DagsterInstance,
    context: RunContext,
    tags: Mapping[str, str] = MappingProxyType({}),
) -> RunReport:
    chosen = stages_to_run(stages, context, partition)
    try:
        if not chosen:
            _fetch_viewed(stages, partition, context)
            return RunReport(partition, (), 0.0)
        context.report(f"{partition}: {', '.join(asset.stage.name for asset in chosen)}")
        if "recording" in {asset.stage.name for asset in chosen}:
            from rnnvis_assets.model_kinds.analysis_forecast import forecast_training

            for line in forecast_training(context, partition):
                context.report(line)
    except RnnvisError as error:
        return RunReport(partition, (), 0.0, str(error))
    for pool in sorted({asset.pool for asset in chosen if asset.pool}):
        for holder in pool_holders(instance, pool):
            context.report(f"{partition}: will wait for {holder}, which holds the pool {pool!r}")
    return run_job(job, chosen, partition, definitions, instance, tags)


def _fetch_viewed(stages: Sequence[StageAsset], partition: str, context: RunContext) -> None:
    """Has the storage hold, of what is fresh in the object store, that which a viewer reads."""
    for name in (asset.stage.name for asset in stages if asset in VIEWED_STAGES):
        if context.store is not None:
            fetch_output(context.store, context.storage, name, partition, context.report)


def prepare_dataset(
    definitions: dg.Definitions, step: dg.AssetExecutionContext, context: RunContext
) -> None:
    """Runs ``prepare_corpus`` for the dataset of a step's model where its corpus is not fresh.

    A run of Dagster has one set of partitions, so a model's can make no corpus. Launched from
    Dagster's pages, a backfill makes both, in order; a job that was started by itself has nobody
    to wait for, so its first step begins the corpus's own run, before any other step.
    """
    dataset = context.project.models[step.partition_key].dataset
    if dataset is None:
        return
    record_configuration(step.instance, context, DATASET_STAGES)
    tags = {ASKED_BY_TAG: step.run.run_id}
    report = _materialise(
        PREPARE_CORPUS, DATASET_STAGES, dataset, definitions, step.instance, context, tags
    )
    if report.error:
        raise dg.Failure(f"{dataset}: {report.error}", allow_retries=False)


def materialise_all(
    names: Iterable[str],
    definitions: dg.Definitions,
    instance: dg.DagsterInstance,
    context: RunContext,
) -> list[RunReport]:
    """Brings every model up to date, its dataset first; a failed one never stops the others. A
    comparison's name stands for the models that it compares, a model's for all of its
    seeds, a dataset's for its corpus.

    Raises ConfigurationError where a name is not among the configured ones.
    """
    names = list(names)
    datasets = [name for name in names if name in context.project.datasets]
    models = list(dict.fromkeys(models_named(names, context)))
    _require_known(models, context)
    for run_id in end_killed_runs(instance):
        context.report(f"run {run_id} had been killed: marked as failed, its pool slots freed")
    fetch_tagger_data(context.storage, context.report)
    record_configuration(instance, context, ALL_STAGES)
    run = partial(_materialise, definitions=definitions, instance=instance, context=context)
    prepare = partial(run, PREPARE_CORPUS, DATASET_STAGES)
    reports = {dataset: prepare(dataset) for dataset in datasets}
    for model in models:
        dataset = context.project.models[model].dataset
        if dataset is not None and dataset not in reports:
            reports[dataset] = prepare(dataset)
        if dataset is not None and reports[dataset].error:
            reports[model] = RunReport(model, (), 0.0, f"its dataset {dataset} failed, see there")
            continue
        reports[model] = run(ANALYSE_MODEL, MODEL_STAGES, model)
    for name in _comparisons_of(models, context):
        reports[name] = run(COMPARE_MODELS, COMPARISON_STAGES, name)
    return list(reports.values())


def _require_known(models: Sequence[str], context: RunContext) -> None:
    known = context.project.models
    unknown = [model for model in models if model not in known]
    if unknown:
        raise ConfigurationError(
            f"no model named {', '.join(unknown)}; configured: {', '.join(sorted(known))}"
            + "".join(near_miss(name, known) for name in unknown),
            repair="rnnvis list",
        )


def models_named(names: Iterable[str], context: RunContext) -> Iterator[str]:
    """The models that names stand for: of a comparison all, of a model those of all its seeds."""
    project = context.project
    for name in names:
        if name in project.comparisons:
            yield from chain.from_iterable(project.compared(name).values())
        elif name not in project.datasets:
            yield from project.family_of(name) if name in project.models else (name,)


def _comparisons_of(models: Sequence[str], context: RunContext) -> Iterator[str]:
    """The comparisons of these models whose models all are up to date; says which others wait."""
    for name in context.project.comparisons:
        compared = list(chain.from_iterable(context.project.compared(name).values()))
        if not set(compared) & set(models):
            continue
        waiting = [model for model in compared if stages_to_run(MODEL_STAGES, context, model)]
        if not waiting:
            yield name
        else:
            context.report(f"{name}: to be compared once there is {', '.join(waiting)}")
