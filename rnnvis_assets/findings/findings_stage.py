"""The stage ``findings``: what the paper says of a single model, measured and judged."""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

from rnnvis_assets.engine.stage import Figure, RunContext, StageOutput
from rnnvis_assets.findings import single_model
from rnnvis_assets.findings.finding_inputs import FindingInputs
from rnnvis_assets.findings.findings_registry import FINDINGS
from rnnvis_assets.findings.interval_estimates import adjust
from warehouse.findings_table import Claim, JudgedClaim, Measurements, finding_columns
from warehouse.parquet_tables import write_table
from warehouse.schema import FINDING

MEASURES: Mapping[int, Callable[[FindingInputs], Measurements]] = MappingProxyType(
    {
        1: single_model.measure_word_families,
        2: single_model.measure_alike_words,
        3: single_model.measure_paired_units,
        7: single_model.measure_sentiment,
        8: single_model.measure_context,
        10: single_model.measure_languages,
        11: single_model.measure_layers,
        12: single_model.measure_stability,
        13: single_model.measure_chips,
    }
)
"""By the claim's number."""


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
        judge(context, finding.about, MEASURES[finding.about.id](inputs))
        for finding in FINDINGS
        if finding.applies(context.project, model)
    ]
    return write_findings(context, model, claims)
