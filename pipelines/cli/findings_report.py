"""What ``rnnvis findings`` prints: every claim with its verdict, and the numbers behind it."""

from collections.abc import Iterator, Mapping, Sequence

from rich.markup import escape
from rich.table import Column, Table
from rich.text import Text

from rnnvis_assets.configuration.project import Project
from warehouse.comparison_files import open_comparison
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

COLOURS: Mapping[Verdict, str] = {SUPPORTED: "green", NOT_SUPPORTED: "red", INCONCLUSIVE: "yellow"}


def _coloured(verdict: Verdict) -> str:
    return f"[{COLOURS[verdict]}]{verdict}[/]"


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.3g}"


def _figures(part: Measurement) -> str:
    """Value, interval, reference and threshold of a statistic, as far as there are such."""
    if part.value is None:
        return ""
    told = [f"{_number(part.value)}, 95 % {_number(part.low)} to {_number(part.high)}"]
    for name in ("reference", "threshold"):
        number = getattr(part, name)
        told += [] if number is None else [f"{name} {_number(number)}"]
    return "; ".join(told)


def findings_table(title: str, claims: Sequence[JudgedClaim]) -> Table:
    """Judged claims for a terminal, however narrow: a section a claim, its statistics below it."""
    table = Table(
        Column("", no_wrap=True), Column("claim and statistics", ratio=1),
        Column("verdict", no_wrap=True), title=title, title_justify="left", expand=True,
    )  # fmt: skip
    for claim in claims:
        about = claim.about
        table.add_section()
        told = f"[bold]{escape(about.claim)}[/] [dim]{escape(about.source)}[/]"
        table.add_row(str(about.id), told, _coloured(claim.verdict))
        for part in claim.parts:
            lines = escape(part.statistic), _figures(part), f"[dim]{escape(part.explanation)}[/]"
            table.add_row("", "\n".join(filter(None, lines)), _coloured(part.verdict))
    return table


def tell_findings(
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
    for name, comparison in project.comparisons.items():
        if {name, *comparison.models.values()} & set(names):
            yield _tell_comparison(storage, name)


def _tell_comparison(storage: Storage, name: str) -> Table | Text:
    try:
        with open_comparison(storage, name) as comparison:
            compared = ", ".join(f"{role} {m}" for role, m in comparison.compared().items())
            return findings_table(f"{name} ({compared})", comparison.findings())
    except ReleaseError as error:
        return Text(f"{name}: {error}", "yellow")
