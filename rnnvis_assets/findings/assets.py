"""The findings in Dagster: of one model, and of several compared."""

from rnnvis_assets.findings import comparison_stage
from rnnvis_assets.findings.registry import FINDINGS
from rnnvis_assets.findings.stage import STAGE
from rnnvis_assets.pictures import draw_measurements
from rnnvis_assets.stage_assets import CheckOutcome, StageAsset, StageCheck, schema_checks
from rnnvis_assets.stages import Manifest, Workplace
from warehouse.comparisons import open_comparison
from warehouse.findings import JudgedClaim, Measurement, judged_claims
from warehouse.schema import FINDING
from warehouse.tables import read_table


def _claims(workplace: Workplace, partition: str) -> tuple[JudgedClaim, ...]:
    return judged_claims(read_table(workplace.storage.table(partition, FINDING.name)))


def _every_claim_is_judged(workplace: Workplace, manifest: Manifest) -> CheckOutcome:
    model = manifest.partition
    found = {claim.about.id for claim in _claims(workplace, model)}
    expected = {each.about.id for each in FINDINGS if each.applies(workplace.project, model)}
    return CheckOutcome(found == expected, {"found": sorted(found), "expected": sorted(expected)})


def _opens_for_a_reader(workplace: Workplace, manifest: Manifest) -> CheckOutcome:
    with open_comparison(workplace.storage, manifest.partition) as comparison:
        found, claims = dict(comparison.compared()), len(comparison.findings())
    expected = workplace.project.comparisons[manifest.partition].models
    return CheckOutcome(found == expected and claims > 0, {"compared": found, "claims": claims})


def _figure(value: float | None) -> str:
    return "" if value is None else f"{value:.4g}"


def _line(claim: JudgedClaim, part: Measurement) -> str:
    interval = "" if part.value is None else f"{_figure(part.low)} to {_figure(part.high)}"
    figures = (_figure(part.value), interval, _figure(part.reference), _figure(part.threshold))
    cells = (
        str(claim.about.id), part.statistic, *figures, f"**{part.verdict}**", part.explanation,
    )  # fmt: skip
    return f"| {' | '.join(cells)} |"


def _preview(workplace: Workplace, partition: str) -> str:
    """The table in Markdown, a row a statistic."""
    lines = [
        "| | statistic | value | 95 % interval | reference | threshold | verdict | explanation |",
        "| --- " * 8 + "|",
        *(_line(c, part) for c in _claims(workplace, partition) for part in c.parts),
    ]
    return "\n".join(lines)


def _picture(workplace: Workplace, partition: str) -> bytes:
    claims = _claims(workplace, partition)
    return draw_measurements([(f"{c.about.id}", part) for c in claims for part in c.parts])


ASSET = StageAsset(
    stage=STAGE,
    description="What the paper says of such networks, measured on this one, with a verdict each.",
    kinds=frozenset({"numpy", "parquet"}),
    tables=(FINDING.name,),
    checks=(
        *schema_checks(FINDING.name),
        StageCheck(
            "every_claim_is_judged",
            "Each claim about such a model has a verdict.",
            True,
            _every_claim_is_judged,
        ),
    ),
    picture=_picture,
    preview=_preview,
    automated=True,
)

COMPARISON_ASSET = StageAsset(
    stage=comparison_stage.STAGE,
    description="What the paper says of several networks together, measured, with a verdict each.",
    kinds=frozenset({"numpy", "duckdb"}),
    checks=(
        StageCheck(
            "opens_for_a_reader",
            "A reader finds the compared models and what was found.",
            True,
            _opens_for_a_reader,
        ),
    ),
    picture=_picture,
    preview=_preview,
    partitioned_by="comparison",
    automated=True,
)
