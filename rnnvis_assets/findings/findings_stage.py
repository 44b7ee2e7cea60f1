"""The stage ``findings``: what the paper says of a single model, measured and judged."""

from collections.abc import Sequence
from typing import Any

from rnnvis_assets.configuration.project import Project
from rnnvis_assets.engine.stage import Figure, RunContext, Stage, StageOutput, Upstream
from rnnvis_assets.findings.finding_inputs import FindingInputs
from rnnvis_assets.findings.findings_registry import FINDINGS
from rnnvis_assets.model_kinds.model_kinds import reads_model
from warehouse.findings_table import Claim, JudgedClaim, Measurements, finding_columns
from warehouse.parquet_tables import write_table
from warehouse.schema import FINDING


def evidence_settings(project: Project, model: str) -> Any:
    """The part of the configuration that decides what inputs is read of a model."""
    analysis, dataset = project.analysis_of(model), project.dataset_of(model)
    return {
        "split": analysis.recording.split,
        "minimum_count": analysis.co_clusters.minimum_count,
        "glyphs": analysis.glyphs.model_dump(mode="json"),
        "tokenizer": dataset and dataset.tokenizer.model_dump(mode="json"),
    }


def _settings(project: Project, model: str) -> Any:
    applied = [found.about.id for found in FINDINGS if found.applies(project, model)]
    seeds = project.analysis_of(model).co_clusters.seeds
    return {**evidence_settings(project, model), "seeds": seeds, "findings": applied}


def judge(context: RunContext, about: Claim, parts: Measurements) -> JudgedClaim:
    """A claim with its statistics; reports the verdict."""
    claim = JudgedClaim(about, parts)
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


def _run(context: RunContext, model: str) -> StageOutput:
    inputs = FindingInputs(context, model)
    claims = [
        judge(context, finding.about, finding.measure(inputs))
        for finding in FINDINGS
        if finding.applies(context.project, model)
    ]
    return write_findings(context, model, claims)


STAGE = Stage(
    name="findings",
    upstream=(
        Upstream("corpus", of="dataset"),
        Upstream("checkpoint"),
        Upstream("recording"),
        Upstream("expected_response"),
        Upstream("co_clusters"),
    ),
    settings=_settings,
    run=_run,
    tables=(FINDING.name,),
    libraries=("numpy", "scipy", "torch"),
    code=reads_model(_run),
)
