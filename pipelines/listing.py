"""The tables that ``rnnvis list`` prints."""

from collections.abc import Mapping, Sequence

from rich.table import Table

from pipelines.catalogue import DATASET_STAGES, MODEL_STAGES
from rnnvis_assets.stage_assets import StageAsset
from rnnvis_assets.stages import Freshness, Workplace, freshness

MARKS: Mapping[str, str] = {
    "fresh": "[green]fresh[/]",
    "stale": "[yellow]stale[/]",
    "missing": "[dim]missing[/]",
}


def _states(
    stages: Sequence[StageAsset], workplace: Workplace, partition: str
) -> Mapping[str, Freshness]:
    """Each stage's freshness; whatever follows a stage that is not fresh is stale too."""
    states: dict[str, Freshness] = {}
    behind = ""
    for asset in stages:
        state = freshness(asset.stage, workplace, partition)
        if state.state == "fresh" and behind:
            state = Freshness("stale", f"{behind} is not fresh")
        if state.state != "fresh":
            behind = behind or asset.stage.name
        states[asset.stage.name] = state
    return states


def list_datasets(workplace: Workplace) -> Table:
    """A row a dataset."""
    table = Table("dataset", "task", "corpus", "what it is", title_justify="left")
    for name, dataset in sorted(workplace.project.datasets.items()):
        state = _states(DATASET_STAGES, workplace, name)["corpus"].state
        table.add_row(name, dataset.task, MARKS[state], dataset.description)
    return table


def list_models(workplace: Workplace) -> Table:
    """A row a model, a column a stage."""
    names = [asset.stage.name for asset in MODEL_STAGES]
    table = Table("model", "network", "dataset", *names)
    for name, model in sorted(workplace.project.models.items()):
        states = _states(MODEL_STAGES, workplace, name)
        shape = f"{model.num_layers}×{model.hidden_size} {model.cell}"
        marks = [MARKS[states[stage].state] for stage in names]
        table.add_row(name, shape, model.dataset, *marks)
    return table


def list_reasons(workplace: Workplace) -> list[str]:
    """Why each model that has been begun is not fresh: one line a model."""
    lines = []
    for name in sorted(workplace.project.models):
        states = _states(MODEL_STAGES, workplace, name)
        first = next((stage for stage, state in states.items() if state.state != "fresh"), None)
        begun = any(state.state != "missing" for state in states.values())
        if first and begun:
            lines.append(f"{name}: {first} is {states[first].state}: {states[first].reason}")
    return lines
