"""The tables that ``rnnvis list`` and ``rnnvis findings`` print."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain

from rich.markup import escape
from rich.table import Column, Table
from rich.text import Text

from pipelines.orchestration.stage_registry import COMPARISON_STAGES, DATASET_STAGES, MODEL_STAGES
from rnnvis_assets.configuration.project import Project
from rnnvis_assets.engine.freshness import NEVER_RUN, Freshness, freshness
from rnnvis_assets.engine.stage import RunContext
from rnnvis_assets.engine.stage_asset import StageAsset
from warehouse.comparison_files import open_comparison
from warehouse.disk_use import disk_use, megabytes
from warehouse.errors import ConfigurationError, ReleaseError, near_miss
from warehouse.findings_table import (
    INCONCLUSIVE,
    NOT_SUPPORTED,
    SUPPORTED,
    JudgedClaim,
    Measurement,
    Verdict,
)
from warehouse.reader import open_release
from warehouse.storage import Storage


def _states(
    stages: Sequence[StageAsset], context: RunContext, partition: str
) -> Mapping[str, Freshness]:
    """Each stage's freshness; whatever follows a stage that is stale or missing is stale too."""
    states: dict[str, Freshness] = {}
    behind = ""
    for asset in stages:
        state = freshness(asset.stage, context, partition)
        if state.state == "fresh" and behind:
            state = Freshness("stale", f"{behind} is not fresh")
        if state.state not in ("fresh", "pruned"):
            behind = behind or asset.stage.name
        states[asset.stage.name] = state
    return states


_PRUNED = "the recording was pruned"


def _results(states: Mapping[str, Freshness]) -> str:
    """One line: all fresh, pruned or missing, or the first stage that is not fresh, and why."""
    kinds = {state.state for state in states.values()}
    if kinds == {"fresh"}:
        return "[green]fresh[/]"
    if {state.reason for state in states.values()} == {NEVER_RUN}:
        return "[dim]missing[/]"
    if kinds == {"fresh", "pruned"}:
        return f"[green]fresh[/]; {_PRUNED}, and is made again by materialize --recordings"
    name, first = next(
        (name, state) for name, state in states.items() if state.state not in ("fresh", "pruned")
    )
    pruned = f"; {_PRUNED}, and is made again first" if "pruned" in kinds else ""
    return f"[yellow]{first.state}[/] from {name} on: {first.reason}{pruned}"


def _size_column() -> Column:
    return Column("on disk", justify="right", no_wrap=True)


def list_datasets(context: RunContext) -> Table:
    """A row a dataset."""
    table = Table(Column("dataset", no_wrap=True), "corpus", _size_column(), "what it is")
    for name, dataset in sorted(context.project.datasets.items()):
        states = _states(DATASET_STAGES, context, name)
        size = megabytes(sum(disk_use(context.storage, name).values()))
        table.add_row(name, _results(states), size, dataset.description)
    return table


def list_comparisons(context: RunContext) -> Table:
    """A row a comparison."""
    table = Table(Column("comparison", no_wrap=True), "models", "results")
    for name, comparison in sorted(context.project.comparisons.items()):
        states = _states(COMPARISON_STAGES, context, name)
        compared = [
            _with_seeds(model, len(context.project.family_of(model)))
            for model in comparison.models.values()
        ]
        table.add_row(name, ", ".join(compared), _results(states))
    return table


def _with_seeds(text: str, seeds: int) -> str:
    return text if seeds == 1 else f"{text}, {seeds} seeds"


def list_models(context: RunContext) -> Table:
    """A row a model, whatever the number of its seeds."""
    table = Table(
        Column("model", no_wrap=True), Column("network", overflow="fold"), "dataset",
        _size_column(),
        "results",
    )  # fmt: skip
    project = context.project
    for name, family in project.families():
        model, several = project.models[name], len(family)
        results = Counter(_results(_states(MODEL_STAGES, context, member)) for member in family)
        size = megabytes(sum(sum(disk_use(context.storage, each).values()) for each in family))
        table.add_row(
            name, _with_seeds(model.summary, several), model.dataset or "its own", size,
            "; ".join(
                text if number == several else f"{number} of {several} {text}"
                for text, number in results.items()
            ),
        )  # fmt: skip
    return table


COLOURS: Mapping[Verdict, str] = {SUPPORTED: "green", NOT_SUPPORTED: "red", INCONCLUSIVE: "yellow"}


def _coloured(verdict: Verdict) -> str:
    return f"[{COLOURS[verdict]}]{verdict}[/]"


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.3g}"


_LABELS = {"p_value": "p", "p_adjusted": "by Holm", "paper_value": "with affinity positive"}


def _figures(part: Measurement) -> str:
    """Value, interval, reference and threshold of a statistic, as far as there are such."""
    if part.value is None:
        return ""
    figures = [
        f"{_number(part.value)}, 95 % over {part.interval_over} {_number(part.low)} to "
        f"{_number(part.high)}"
    ]
    for name in ("reference", "threshold", "p_value", "p_adjusted", "paper_value"):
        number, label = getattr(part, name), _LABELS.get(name, name)
        figures += [] if number is None else [f"{label} {_number(number)}"]
    return "; ".join(figures)


def findings_table(title: str, claims: Sequence[JudgedClaim]) -> Table:
    """Judged claims for a terminal, however narrow: a section a claim, its statistics below it."""
    table = Table(
        Column("", no_wrap=True), Column("claim and statistics", ratio=1),
        Column("verdict", no_wrap=True), title=title, title_justify="left", expand=True,
    )  # fmt: skip
    for claim in claims:
        about = claim.about
        table.add_section()
        heading = f"[bold]{escape(about.claim)}[/] [dim]{escape(about.source)}[/]"
        table.add_row(str(about.id), heading, _coloured(claim.verdict))
        for part in claim.parts:
            lines = escape(part.statistic), _figures(part), f"[dim]{escape(part.explanation)}[/]"
            table.add_row("", "\n".join(filter(None, lines)), _coloured(part.verdict))
    return table


def findings_tables(
    storage: Storage, project: Project, names: Sequence[str]
) -> Iterator[Table | Text]:
    """The findings of every model, then of the comparisons named or that have one of them, or why
    there are none.

    Raises ConfigurationError for an unknown name, ReleaseError for a model without a release.
    """
    known = [*project.models, *project.comparisons]
    for name in names:
        if name not in known:
            raise ConfigurationError(
                f"no model or comparison named {name}{near_miss(name, known)}",
                repair="rnnvis list",
            )
    for model in filter(project.models.__contains__, names):
        with open_release(model, storage=storage) as release:
            yield findings_table(model, release.findings())
    for name in project.comparisons:
        if {name, *chain.from_iterable(project.compared(name).values())} & set(names):
            yield _comparison_table(storage, name)


def _comparison_table(storage: Storage, name: str) -> Table | Text:
    try:
        with open_comparison(storage, name) as comparison:
            compared = ", ".join(
                _with_seeds(f"{role} {family[0]}", len(family))
                for role, family in comparison.compared().items()
            )
            return findings_table(f"{name} ({compared})", comparison.findings())
    except ReleaseError as error:
        return Text(f"{name}: {error}", "yellow")
