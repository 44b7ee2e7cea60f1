"""What ``rnnvis findings`` prints: every claim with its verdict, and the numbers behind it."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from rich.markup import escape
from rich.table import Column, Table

from rnnvis_assets.configuration.project import Project
from rnnvis_assets.findings.measurement import DOES_NOT_HOLD, HOLDS, combined
from warehouse.comparisons import open_comparison
from warehouse.errors import ConfigurationError, ReleaseError, near_miss
from warehouse.reader import open_release
from warehouse.storage import Storage

COLOURS: Mapping[str, str] = {HOLDS: "green", DOES_NOT_HOLD: "red"}
Row = Mapping[str, Any]


def _coloured(verdict: str) -> str:
    colour = COLOURS.get(verdict, "yellow")
    return f"[{colour}]{verdict}[/]"


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.3g}"


def _interval(row: Row) -> str:
    if row["value"] is None:
        return ""
    return f"{_number(row['interval_low'])} to {_number(row['interval_high'])}"


def findings_table(title: str, rows: Sequence[Row]) -> Table:
    """Rows of the table ``finding`` for a terminal: a section a claim, a line a statistic."""
    table = Table(
        Column("", no_wrap=True), Column("claim and statistics", ratio=1),
        Column("value", justify="right", no_wrap=True),
        Column("95 % interval", justify="right", no_wrap=True),
        Column("reference", justify="right"), Column("threshold", justify="right"),
        Column("verdict", no_wrap=True), title=title, title_justify="left", expand=True,
    )  # fmt: skip
    for number, parts in groupby(rows, lambda row: row["id"]):
        measured = list(parts)
        table.add_section()
        claim = f"[bold]{escape(measured[0]['claim'])}[/] [dim]{escape(measured[0]['source'])}[/]"
        verdict = combined([row["verdict"] for row in measured])
        table.add_row(str(number), claim, "", "", "", "", _coloured(verdict))
        for row in measured:
            told = f"{escape(row['statistic'])}\n[dim]{escape(row['explanation'])}[/]"
            figures = (_number(row[name]) for name in ("reference_value", "threshold"))
            table.add_row("", told, _number(row["value"]), _interval(row), *figures,
                          _coloured(row["verdict"]))  # fmt: skip
    return table


def tell_findings(storage: Storage, project: Project, models: Sequence[str]) -> Iterator[Table]:
    """The findings of every model, then of the published comparisons that have one of them.

    Raises ConfigurationError for an unknown model, ReleaseError for one without a release.
    """
    for model in models:
        if model not in project.models:
            raise ConfigurationError(
                f"no model named {model}{near_miss(model, project.models)}", repair="rnnvis list"
            )
        with open_release(model, storage=storage) as release:
            yield findings_table(model, release.findings().to_pylist())
    for name, comparison in project.comparisons.items():
        if set(comparison.models.values()) & set(models):
            yield _comparison_table(storage, name)


def _comparison_table(storage: Storage, name: str) -> Table:
    try:
        with open_comparison(storage, name) as comparison:
            compared = ", ".join(f"{role} {m}" for role, m in comparison.compared().items())
            return findings_table(f"{name} ({compared})", comparison.findings().to_pylist())
    except ReleaseError as error:
        return Table(title=f"{name}: {error}", title_justify="left")
