"""The stage ``comparison``: what the paper says of several models together, measured and judged."""

from rnnvis_assets.engine.stage import RunContext, StageOutput
from rnnvis_assets.findings.finding_inputs import FindingInputs
from rnnvis_assets.findings.findings_registry import COMPARED_FINDINGS
from rnnvis_assets.findings.findings_stage import judge, write_findings
from rnnvis_assets.findings.measures import COMPARED_MEASURES
from warehouse.comparison_files import publish_comparison


def compare_models(context: RunContext, name: str) -> StageOutput:
    """The stage ``comparison``: measures and judges the claims about several models."""
    comparison = context.project.comparisons[name]
    compared = {role: FindingInputs(context, model) for role, model in comparison.models.items()}
    claims = [
        judge(
            context,
            finding.about,
            COMPARED_MEASURES[finding.about.id](*(compared[role] for role in finding.roles)),
        )
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
