"""The tables that ``rnnvis list`` prints."""

from collections.abc import Mapping, Sequence

from rich.table import Column, Table

from pipelines.orchestration.stage_registry import COMPARISON_STAGES, DATASET_STAGES, MODEL_STAGES
from rnnvis_assets.engine.freshness import Freshness, freshness
from rnnvis_assets.engine.stage import RunContext
from rnnvis_assets.engine.stage_asset import StageAsset


def _states(
    stages: Sequence[StageAsset], context: RunContext, partition: str
) -> Mapping[str, Freshness]:
    """Each stage's freshness; whatever follows a stage that is not fresh is stale too."""
    states: dict[str, Freshness] = {}
    behind = ""
    for asset in stages:
        state = freshness(asset.stage, context, partition)
        if state.state == "fresh" and behind:
            state = Freshness("stale", f"{behind} is not fresh")
        if state.state != "fresh":
            behind = behind or asset.stage.name
        states[asset.stage.name] = state
    return states


def _results(states: Mapping[str, Freshness]) -> str:
    """One line: all fresh, all missing, or the first stage that is not fresh, and why."""
    kinds = {state.state for state in states.values()}
    if kinds == {"fresh"}:
        return "[green]fresh[/]"
    if kinds == {"missing"}:
        return "[dim]missing[/]"
    name, first = next((name, state) for name, state in states.items() if state.state != "fresh")
    return f"[yellow]{first.state}[/] from {name} on: {first.reason}"


def list_datasets(context: RunContext) -> Table:
    """A row a dataset."""
    table = Table(Column("dataset", no_wrap=True), "corpus", "what it is")
    for name, dataset in sorted(context.project.datasets.items()):
        states = _states(DATASET_STAGES, context, name)
        table.add_row(name, _results(states), dataset.description)
    return table


def list_comparisons(context: RunContext) -> Table:
    """A row a comparison."""
    table = Table(Column("comparison", no_wrap=True), "models", "results")
    for name, comparison in sorted(context.project.comparisons.items()):
        states = _states(COMPARISON_STAGES, context, name)
        table.add_row(name, ", ".join(comparison.models.values()), _results(states))
    return table


def list_models(context: RunContext) -> Table:
    """A row a model."""
    table = Table(
        Column("model", no_wrap=True), Column("network", overflow="fold"), "dataset", "results"
    )
    for name, model in sorted(context.project.models.items()):
        states = _states(MODEL_STAGES, context, name)
        table.add_row(name, model.summary, model.dataset or "its own", _results(states))
    return table
