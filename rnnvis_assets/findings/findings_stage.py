"""The stage ``findings``: what the paper says of a single model, measured and judged."""

from collections.abc import Sequence

from rnnvis_assets.engine.stage import Figure, RunContext, StageOutput
from rnnvis_assets.findings.finding_inputs import FindingInputs
from rnnvis_assets.findings.findings_registry import FINDINGS
from rnnvis_assets.findings.interval_estimates import adjust
from rnnvis_assets.findings.measures import MODEL_MEASURES
from warehouse.findings_table import Claim, JudgedClaim, Measurements, finding_columns
from warehouse.parquet_tables import write_table
from warehouse.schema import FINDING


def judge(context: RunContext, about: Claim, parts: Measurements) -> JudgedClaim:
    """A claim with its statistics, adjusted to each other; reports the verdict."""
    claim = JudgedClaim(about, adjust(parts))
    context.report(f"finding {about.id} {claim.verdict}: {about.claim}")
    return claim


def write_findings(
    context: RunContext, partition: str, claims: Sequence[JudgedClaim]
) -> StageOutput:
    """Writes the table ``finding``, and counts the claims by verdict."""
    path = context.storage.table(partition, FINDING.name)
    rows = write_table(path, FINDING, finding_columns(claims))
    verdicts = [claim.verdict for claim in claims]
    figures: dict[str, Figure] = {
        f"claims, {verdict}": verdicts.count(verdict) for verdict in sorted(set(verdicts))
    }
    return StageOutput((path,), row_counts={FINDING.name: rows}, figures=figures)


def measure_findings(context: RunContext, model: str) -> StageOutput:
    """The stage ``findings``: measures and judges every claim that applies to the model."""
    inputs = FindingInputs(context, model)
    claims = [
        judge(context, finding.about, MODEL_MEASURES[finding.about.id](inputs))
        for finding in FINDINGS
        if finding.applies(context.project, model)
    ]
    return write_findings(context, model, claims)
