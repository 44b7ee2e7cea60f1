"""The findings in Dagster: of one model, and of several compared."""

from collections.abc import Mapping
from typing import Any

from rnnvis_assets.findings import comparison_stage
from rnnvis_assets.findings.registry import FINDINGS
from rnnvis_assets.findings.stage import STAGE
from rnnvis_assets.pictures import draw_measurements
from rnnvis_assets.stage_assets import CheckOutcome, StageAsset, StageCheck, schema_checks
from rnnvis_assets.stages import Manifest, Workplace
from warehouse.comparisons import open_comparison
from warehouse.schema import FINDING
from warehouse.tables import read_table


def _rows(workplace: Workplace, partition: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = read_table(
        workplace.storage.table(partition, FINDING.name)
    ).to_pylist()
    return rows


def _every_claim_is_judged(workplace: Workplace, manifest: Manifest) -> CheckOutcome:
    model = manifest.partition
    found = {row["id"] for row in _rows(workplace, model)}
    expected = {each.about.id for each in FINDINGS if each.applies(workplace.project, model)}
    return CheckOutcome(found == expected, {"found": sorted(found), "expected": sorted(expected)})


def _opens_for_a_reader(workplace: Workplace, manifest: Manifest) -> CheckOutcome:
    with open_comparison(workplace.storage, manifest.partition) as comparison:
        found, rows = dict(comparison.compared()), comparison.findings().num_rows
    expected = workplace.project.comparisons[manifest.partition].models
    return CheckOutcome(found == expected and rows > 0, {"compared": found, "rows": rows})


def _figure(row: Mapping[str, Any], name: str) -> str:
    return "" if row[name] is None else f"{row[name]:.4g}"


def _preview(workplace: Workplace, partition: str) -> str:
    """The table in Markdown, a row a statistic."""
    lines = [
        "| | statistic | value | 95 % interval | reference | threshold | verdict | explanation |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for row in _rows(workplace, partition):
        value, low, high, reference, threshold = (
            _figure(row, name)
            for name in ("value", "interval_low", "interval_high", "reference_value", "threshold")
        )
        interval = f"{low} to {high}" if low else ""
        lines.append(
            f"| {row['id']} | {row['statistic']} | {value} | {interval} | {reference} | "
            f"{threshold} | **{row['verdict']}** | {row['explanation']} |"
        )
    return "\n".join(lines)


def _picture(workplace: Workplace, partition: str) -> bytes:
    return draw_measurements(_rows(workplace, partition))


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
