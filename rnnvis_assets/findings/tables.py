"""The table ``finding``: measurements to rows."""

from collections.abc import Iterable, Mapping
from typing import Any

from rnnvis_assets.findings.measurement import Measurement
from rnnvis_assets.findings.registry import Claim
from warehouse.schema import FINDING


def finding_columns(
    measured: Iterable[tuple[Claim, tuple[Measurement, ...]]],
) -> Mapping[str, list[Any]]:
    """Columns of the table ``finding``, a row a measurement."""
    rows = [
        {
            "id": claim.id,
            "claim": claim.claim,
            "source": claim.source,
            "statistic": found.statistic,
            "value": found.value,
            "interval_low": found.low,
            "interval_high": found.high,
            "reference_value": found.reference,
            "threshold": found.threshold,
            "verdict": found.verdict,
            "explanation": found.explanation,
        }
        for claim, measurements in measured
        for found in measurements
    ]
    return {column.name: [row[column.name] for row in rows] for column in FINDING.columns}
