"""What ``rnnvis findings`` prints: every claim with its verdict, and the numbers behind it."""

from collections.abc import Iterator, Mapping, Sequence

from rich.markup import escape
from rich.table import Column, Table
from rich.text import Text

from rnnvis_assets.configuration.project import Project
from warehouse.comparisons import open_comparison
from warehouse.errors import ConfigurationError, ReleaseError, near_miss
from warehouse.findings import DOES_NOT_HOLD, HOLDS, UNTOLD, JudgedClaim, Measurement, Verdict
from warehouse.reader import open_release
from warehouse.storage import Storage

COLOURS: Mapping[Verdict, str] = {HOLDS: "green", DOES_NOT_HOLD: "red", UNTOLD: "yellow"}


def _coloured(verdict: Verdict) -> str:
    return f"[{COLOURS[verdict]}]{verdict}[/]"


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.3g}"


def _figures(part: Measurement) -> tuple[str, ...]:
    interval = "" if part.value is None else f"{_number(part.low)} to {_number(part.high)}"
    return _number(part.value), interval, _number(part.reference), _number(part.threshold)


def findings_table(title: str, claims: Sequence[JudgedClaim]) -> Table:
    """Judged claims for a terminal: a section a claim, a line a statistic."""
    table = Table(
        Column("", no_wrap=True), Column("claim and statistics", ratio=1),
        Column("value", justify="right", no_wrap=True),
        Column("95 % interval", justify="right", no_wrap=True),
        Column("reference", justify="right"), Column("threshold", justify="right"),
        Column("verdict", no_wrap=True), title=title, title_justify="left", expand=True,
    )  # fmt: skip
    for claim in claims:
        about = claim.about
        table.add_section()
        told = f"[bold]{escape(about.claim)}[/] [dim]{escape(about.source)}[/]"
        table.add_row(str(about.id), told, "", "", "", "", _coloured(claim.verdict))
        for part in claim.parts:
            told = f"{escape(part.statistic)}\n[dim]{escape(part.explanation)}[/]"
            table.add_row("", told, *_figures(part), _coloured(part.verdict))
    return table


def tell_findings(
    storage: Storage, project: Project, models: Sequence[str]
) -> Iterator[Table | Text]:
    """The findings of every model, then of the comparisons that have one of them, or why not.

    Raises ConfigurationError for an unknown model, ReleaseError for one without a release.
    """
    for model in models:
        if model not in project.models:
            raise ConfigurationError(
                f"no model named {model}{near_miss(model, project.models)}", repair="rnnvis list"
            )
        with open_release(model, storage=storage) as release:
            yield findings_table(model, release.findings())
    for name, comparison in project.comparisons.items():
        if set(comparison.models.values()) & set(models):
            yield _tell_comparison(storage, name)


def _tell_comparison(storage: Storage, name: str) -> Table | Text:
    try:
        with open_comparison(storage, name) as comparison:
            compared = ", ".join(f"{role} {m}" for role, m in comparison.compared().items())
            return findings_table(f"{name} ({compared})", comparison.findings())
    except ReleaseError as error:
        return Text(f"{name}: {error}", "yellow")
