"""The stage ``findings``: what the paper says of one model alone, measured and judged."""

from collections.abc import Sequence
from typing import Any

from rnnvis_assets.configuration.project import Project
from rnnvis_assets.findings.evidence import Evidence
from rnnvis_assets.findings.measurement import Measurement, Verdict, combined
from rnnvis_assets.findings.registry import FINDINGS, Claim
from rnnvis_assets.findings.tables import finding_columns
from rnnvis_assets.stages import Figure, Outcome, Stage, Upstream, Workplace
from warehouse.schema import FINDING
from warehouse.tables import write_table

Measured = Sequence[tuple[Claim, tuple[Measurement, ...]]]


def evidence_settings(project: Project, model: str) -> Any:
    """The part of the configuration that decides what evidence is read of a model."""
    analysis = project.analysis_of(model)
    return {
        "split": analysis.recording.split,
        "minimum_count": analysis.co_clusters.minimum_count,
        "glyphs": analysis.glyphs.model_dump(mode="json"),
        "tokenizer": project.dataset_of(model).tokenizer.model_dump(mode="json"),
    }


def _settings(project: Project, model: str) -> Any:
    applied = [found.about.id for found in FINDINGS if found.applies(project, model)]
    seeds = project.analysis_of(model).co_clusters.seeds
    return {**evidence_settings(project, model), "seeds": seeds, "findings": applied}


def _verdict(found: Sequence[Measurement]) -> Verdict:
    return combined([part.verdict for part in found])


def tell(workplace: Workplace, about: Claim, found: Sequence[Measurement]) -> None:
    """Reports one claim's verdict."""
    workplace.report(f"finding {about.id} {_verdict(found)}: {about.claim}")


def publish_table(workplace: Workplace, partition: str, measured: Measured) -> Outcome:
    """Writes the table ``finding``, and counts the claims by verdict."""
    path = workplace.storage.table(partition, FINDING.name)
    rows = write_table(path, FINDING, finding_columns(measured))
    verdicts = [_verdict(found) for _, found in measured]
    figures: dict[str, Figure] = {
        f"claims, {verdict}": verdicts.count(verdict) for verdict in sorted(set(verdicts))
    }
    return Outcome((path,), row_counts={FINDING.name: rows}, figures=figures)


def _run(workplace: Workplace, model: str) -> Outcome:
    evidence, measured = Evidence(workplace, model), []
    for finding in FINDINGS:
        if finding.applies(workplace.project, model):
            found = finding.measure(evidence)
            tell(workplace, finding.about, found)
            measured.append((finding.about, found))
    return publish_table(workplace, model, measured)


STAGE = Stage(
    name="findings",
    code_version="1",
    upstream=(
        Upstream("corpus", of="dataset"),
        Upstream("checkpoint"),
        Upstream("recording"),
        Upstream("expected_response"),
        Upstream("co_clusters"),
    ),
    settings=_settings,
    run=_run,
)
