"""The stage ``comparison``: what the paper says of several models together, measured and judged."""

from rnnvis_assets.engine.stage import RunContext, StageOutput
from rnnvis_assets.findings.finding_inputs import FindingInputs
from rnnvis_assets.findings.findings_registry import COMPARED_FINDINGS
from rnnvis_assets.findings.findings_stage import judge, write_findings
from rnnvis_assets.findings.measures import COMPARED_MEASURES
from rnnvis_assets.findings.model_similarity import write_similarity
from warehouse.comparison_files import publish_comparison
from warehouse.schema import MODEL_SIMILARITY


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
    similarity = write_similarity(context.storage.table(name, MODEL_SIMILARITY.name), compared)
    tables = (*outcome.files, similarity)
    path = publish_comparison(context.storage, name, rows, *tables)
    return StageOutput(
        (*tables, path), identity=tables, row_counts=outcome.row_counts, figures=outcome.figures
    )
