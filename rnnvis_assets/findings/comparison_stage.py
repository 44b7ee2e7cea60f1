"""The stage ``comparison``: what the paper says of several models together, measured and judged."""

from typing import Any

from rnnvis_assets.configuration.project import Project
from rnnvis_assets.findings.evidence import Evidence
from rnnvis_assets.findings.registry import COMPARED_FINDINGS
from rnnvis_assets.findings.stage import evidence_settings, judge, write_findings
from rnnvis_assets.stages import Outcome, Stage, Upstream, Workplace
from warehouse.comparisons import publish_comparison


def _settings(project: Project, name: str) -> Any:
    comparison = project.comparisons[name]
    models = comparison.models.items()
    return {
        "kind": comparison.kind,
        "models": {role: [model, evidence_settings(project, model)] for role, model in models},
    }


def _run(workplace: Workplace, name: str) -> Outcome:
    comparison = workplace.project.comparisons[name]
    compared = {role: Evidence(workplace, model) for role, model in comparison.models.items()}
    claims = [
        judge(
            workplace, finding.about, finding.measure(*(compared[role] for role in finding.roles))
        )
        for finding in COMPARED_FINDINGS
        if finding.kind == comparison.kind
    ]
    outcome = write_findings(workplace, name, claims)
    rows = [
        {
            "role": role,
            "model": evidence.model,
            "weights_sha256": evidence.reading.recording.source["weights_sha256"],
        }
        for role, evidence in compared.items()
    ]
    (table,) = outcome.files
    path = publish_comparison(workplace.storage, name, rows, table)
    return Outcome(
        (table, path), identity=(table,), row_counts=outcome.row_counts, figures=outcome.figures
    )


STAGE = Stage(
    name="comparison",
    code_version="1",
    upstream=tuple(
        Upstream(stage, of="compared")
        for stage in ("checkpoint", "recording", "expected_response", "co_clusters", "glyphs")
    ),
    settings=_settings,
    run=_run,
)
