"""The committed tables of results: between two marks of docs/findings.md, and as JSON."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

from rnnvis_assets.checkpoint.training_progress import duration
from rnnvis_assets.findings.findings_registry import CLAIMS
from tests.benchmarks.paper.model_results import Findings, ModelResult
from warehouse.atomic_files import atomic_file, write_json
from warehouse.errors import ConfigurationError
from warehouse.findings_table import SUPPORTED, JudgedClaim, Measurement

BEGIN = "<!-- results: written by `python -m tests.benchmarks.paper` -->"
END = "<!-- end of results -->"
PAGE = Path("docs") / "findings.md"
RESULTS = Path("tests") / "benchmarks" / "paper" / "results.json"
NOT_TRAINED = "not trained"
_FORMS = {"perplexity": "{:.1f}", "accuracy": "{:.1%}"}


def _figure(result: ModelResult, value: float | None) -> str:
    return "" if value is None else _FORMS[result.metric].format(value)


def _model_row(result: ModelResult) -> str:
    validation, test, paper = (
        _figure(result, value) for value in (result.validation, result.test, result.paper_test)
    )
    if result.recall is not None:
        test += f" (recall of negative {result.recall:.1%})"
    trained = (
        f"{result.parameters:,}" if result.parameters else "",
        str(result.epochs or ""),
        duration(result.seconds) if result.seconds else "",
        f"{result.tokens_per_second:,.0f}" if result.tokens_per_second else "",
        result.machine or "",
    )
    cells = (
        result.model, result.network, result.metric, paper, test or NOT_TRAINED, validation,
        *trained, f"`{result.command}`",
    )  # fmt: skip
    return f"| {' | '.join(cells)} |"


def _model_lines(results: Sequence[ModelResult]) -> Iterator[str]:
    yield (
        "| model | network | metric | paper, test | here, test | here, validation | parameters | "
        "epochs | training | tokens/s | machine | command |"
    )
    yield "| --- " * 12 + "|"
    yield from map(_model_row, results)


def _finding_lines(findings: Findings) -> Iterator[str]:
    yield "| | claim | in the paper | verdict |\n| --- | --- | --- | --- |"
    for number, about in CLAIMS.items():
        judged = [_verdict(name, claim) for name, claim in _claims_on(findings, number)]
        verdicts = "<br>".join(judged) or "inconclusive: no trained model measures it"
        yield f"| {number} | {about.claim} | {about.source} | {verdicts} |"


def _claims_on(findings: Findings, number: int) -> Iterator[tuple[str, JudgedClaim]]:
    """The answers to one claim, with the model or comparison that each is of."""
    for name, claims in findings.items():
        yield from ((name, claim) for claim in claims if claim.about.id == number)


def _verdict(name: str, claim: JudgedClaim) -> str:
    """A verdict, and where it is mixed, how many parts of the claim are supported."""
    found, parts = sum(part.verdict == SUPPORTED for part in claim.parts), len(claim.parts)
    mixed = f" ({found} of {parts} parts supported)" if 0 < found < parts else ""
    return f"{name}: **{claim.verdict}**{mixed}"


def _number_lines(findings: Findings) -> Iterator[str]:
    yield "<details><summary>Every number behind the verdicts</summary>\n"
    yield (
        "| | statistic | network | value | 95 % interval | over | p, by Holm | compared with | "
        "threshold | with `positive` | verdict |"
    )
    yield "| --- " * 11 + "|"
    for number in CLAIMS:
        for name, claim in _claims_on(findings, number):
            for part in claim.parts:
                yield f"| {number} | {' | '.join(_number_cells(name, part))} |"
    yield "\n</details>"


def _number_cells(name: str, part: Measurement) -> tuple[str, ...]:
    numbers = (
        part.value, part.low, part.high, part.p_adjusted, part.reference, part.threshold,
        part.paper_value,
    )  # fmt: skip
    value, low, high, p, reference, threshold, paper = (
        "" if number is None else f"{number:.3g}" for number in numbers
    )
    interval = f"{low} to {high}" if low else ""
    statistic = part.statistic.replace("|", "\\|")
    over = part.interval_over or ""
    return (
        statistic, name, value, interval, over, p, reference, threshold, paper, part.verdict,
    )  # fmt: skip


def results_text(models: Sequence[ModelResult], findings: Findings) -> str:
    """All tables, in Markdown."""
    lines = [*_model_lines(models), "", *_finding_lines(findings), "", *_number_lines(findings)]
    return "\n".join(lines)


def write_results(
    folder: Path, models: Sequence[ModelResult], findings: Findings
) -> tuple[Path, Path]:
    """Writes the tables into the page and the JSON file of the checkout ``folder``; returns both.

    Raises ConfigurationError where the page lacks the two marks.
    """
    page, machine_readable = folder / PAGE, folder / RESULTS
    before, begin, rest = page.read_text("utf-8").partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ConfigurationError(
            f"{page} lacks the lines between which the tables stand",
            repair=f"put {BEGIN} and {END} into it, each on a line of its own",
        )
    with atomic_file(page) as temporary:
        text = f"{before}{begin}\n{results_text(models, findings)}\n{end}{after}"
        temporary.write_text(text, "utf-8")
    judged = {
        name: [{**asdict(claim), "verdict": claim.verdict} for claim in claims]
        for name, claims in findings.items()
    }
    write_json(machine_readable, {"models": [*map(asdict, models)], "findings": judged})
    return page, machine_readable
