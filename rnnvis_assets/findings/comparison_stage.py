"""The stage ``comparison``: what the paper says of several models together, measured and judged."""

from itertools import chain
from typing import Any

from rnnvis_assets.configuration.project import Project
from rnnvis_assets.engine.stage import Code, RunContext, Stage, StageOutput, Upstream
from rnnvis_assets.findings.finding_inputs import FindingInputs
from rnnvis_assets.findings.findings_registry import COMPARED_FINDINGS
from rnnvis_assets.findings.findings_stage import evidence_settings, judge, write_findings
from rnnvis_assets.model_kinds.model_kinds import reads_model
from warehouse.comparison_files import publish_comparison
from warehouse.schema import FINDING


def _settings(project: Project, name: str) -> Any:
    comparison = project.comparisons[name]
    models = comparison.models.items()
    return {
        "kind": comparison.kind,
        "models": {role: [model, evidence_settings(project, model)] for role, model in models},
    }


def _run(context: RunContext, name: str) -> StageOutput:
    comparison = context.project.comparisons[name]
    compared = {role: FindingInputs(context, model) for role, model in comparison.models.items()}
    claims = [
        judge(context, finding.about, finding.measure(*(compared[role] for role in finding.roles)))
        for finding in COMPARED_FINDINGS
        if finding.kind == comparison.kind
    ]
    outcome = write_findings(context, name, claims)
    rows = [
        {
            "role": role,
            "model": inputs.model,
            "weights_sha256": inputs.reading.recording.source["weights_sha256"],
        }
        for role, inputs in compared.items()
    ]
    (table,) = outcome.files
    path = publish_comparison(context.storage, name, rows, table)
    return StageOutput(
        (table, path), identity=(table,), row_counts=outcome.row_counts, figures=outcome.figures
    )


def _code(project: Project, name: str) -> Code:
    """The stage's own, and how each compared model is read."""
    models = project.comparisons[name].models.values()
    return tuple(chain.from_iterable(reads_model(_run)(project, model) for model in models))


STAGE = Stage(
    name="comparison",
    upstream=tuple(
        Upstream(stage, of="compared")
        for stage in ("checkpoint", "recording", "expected_response", "co_clusters", "glyphs")
    ),
    settings=_settings,
    run=_run,
    tables=(FINDING.name,),
    libraries=("numpy", "duckdb"),
    code=_code,
)
