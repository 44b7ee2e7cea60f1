"""The findings in Dagster: of one model, and of several compared."""

from itertools import chain
from typing import Any

from rnnvis_assets.configuration.project import Project
from rnnvis_assets.engine.manifest import Manifest
from rnnvis_assets.engine.previews import draw_measurements
from rnnvis_assets.engine.stage import Code, RunContext, Stage, StageOutput, Upstream
from rnnvis_assets.engine.stage_asset import CheckOutcome, StageAsset, schema_checks, stage_check
from rnnvis_assets.findings.findings_registry import FINDINGS
from rnnvis_assets.model_kinds.model_kinds import reads_model
from warehouse.comparison_files import open_comparison
from warehouse.findings_table import JudgedClaim, Measurement, judged_claims
from warehouse.parquet_tables import read_table
from warehouse.schema import FINDING, FINDING_BY_SEED, MODEL_SIMILARITY


def evidence_settings(project: Project, model: str) -> Any:
    """The part of the configuration that decides what inputs is read of a model."""
    analysis, dataset = project.analysis_of(model), project.dataset_of(model)
    return {
        "split": analysis.recording.split,
        "states": list(analysis.states),
        "minimum_count": analysis.co_clusters.minimum_count,
        "glyphs": analysis.glyphs.model_dump(mode="json"),
        "tokenizer": dataset and dataset.tokenizer.model_dump(mode="json"),
    }


def _settings(project: Project, model: str) -> Any:
    applied = [found.about.id for found in FINDINGS if found.applies(project, model)]
    seeds = project.analysis_of(model).co_clusters.seeds
    return {**evidence_settings(project, model), "seeds": seeds, "findings": applied}


def _run(context: RunContext, model: str) -> StageOutput:
    from rnnvis_assets.findings.findings_stage import measure_findings

    return measure_findings(context, model)


STAGE = Stage(
    name="findings",
    upstream=(
        Upstream("corpus", of="dataset"),
        Upstream("checkpoint"),
        Upstream("recording"),
        Upstream("expected_response"),
        Upstream("co_clusters"),
        Upstream("ablation"),
    ),
    settings=_settings,
    run=_run,
    tables=(FINDING.name,),
    libraries=("numpy", "scipy", "scikit-learn", "nltk", "textblob", "torch"),
    code=reads_model(_run),
)


def _comparison_settings(project: Project, name: str) -> Any:
    families = project.compared(name).items()
    return {
        "kind": project.comparisons[name].kind,
        "models": {
            role: [[model, evidence_settings(project, model)] for model in family]
            for role, family in families
        },
    }


def _compare(context: RunContext, name: str) -> StageOutput:
    from rnnvis_assets.findings.comparison_stage import compare_models

    return compare_models(context, name)


def _comparison_code(project: Project, name: str) -> Code:
    """The stage's own, and how each compared model is read."""
    models = chain.from_iterable(project.compared(name).values())
    return tuple(chain.from_iterable(reads_model(_compare)(project, model) for model in models))


COMPARISON_STAGE = Stage(
    name="comparison",
    upstream=tuple(
        Upstream(stage, of="compared")
        for stage in (
            "checkpoint",
            "recording",
            "expected_response",
            "co_clusters",
            "glyphs",
            "findings",
        )
    ),
    settings=_comparison_settings,
    run=_compare,
    tables=(FINDING.name, FINDING_BY_SEED.name, MODEL_SIMILARITY.name),
    libraries=("numpy", "scipy", "scikit-learn", "textblob", "torch", "duckdb"),
    code=_comparison_code,
)


def _claims(context: RunContext, partition: str) -> tuple[JudgedClaim, ...]:
    return judged_claims(read_table(context.storage.table(partition, FINDING.name)))


@stage_check("Each claim about such a model has a verdict.")
def _every_claim_is_judged(context: RunContext, manifest: Manifest) -> CheckOutcome:
    model = manifest.partition
    found = {claim.about.id for claim in _claims(context, model)}
    expected = {each.about.id for each in FINDINGS if each.applies(context.project, model)}
    return CheckOutcome(found == expected, {"found": sorted(found), "expected": sorted(expected)})


@stage_check("A reader finds the compared models and what was found.")
def _opens_for_a_reader(context: RunContext, manifest: Manifest) -> CheckOutcome:
    with open_comparison(context.storage, manifest.partition) as comparison:
        found, claims = dict(comparison.compared()), len(comparison.findings())
    expected = dict(context.project.compared(manifest.partition))
    return CheckOutcome(found == expected and claims > 0, {"compared": found, "claims": claims})


def _figure(value: float | None) -> str:
    return "" if value is None else f"{value:.4g}"


def _line(claim: JudgedClaim, part: Measurement) -> str:
    interval = "" if part.value is None else f"{_figure(part.low)} to {_figure(part.high)}"
    cells = (
        str(claim.about.id), part.statistic, _figure(part.value), interval,
        part.interval_over or "", _figure(part.p_adjusted), _figure(part.reference),
        _figure(part.threshold), f"**{part.verdict}**", part.explanation,
    )  # fmt: skip
    return f"| {' | '.join(cells)} |"


def _preview(context: RunContext, partition: str) -> str:
    """The table in Markdown, a row a statistic."""
    lines = [
        "| | statistic | value | 95 % interval | over | p, by Holm | reference | threshold | "
        "verdict | explanation |",
        "| --- " * 10 + "|",
        *(_line(c, part) for c in _claims(context, partition) for part in c.parts),
    ]
    return "\n".join(lines)


def _picture(context: RunContext, partition: str) -> bytes:
    claims = _claims(context, partition)
    return draw_measurements([(f"{c.about.id}", part) for c in claims for part in c.parts])


ASSET = StageAsset(
    stage=STAGE,
    description="What the paper says of such networks, measured on this one, with a verdict each.",
    kinds=frozenset({"numpy", "parquet"}),
    group="findings",
    checks=(*schema_checks(FINDING.name), _every_claim_is_judged),
    picture=_picture,
    preview=_preview,
    automated=True,
)

COMPARISON_ASSET = StageAsset(
    stage=COMPARISON_STAGE,
    description="What the paper says of several networks together, measured, with a verdict each.",
    kinds=frozenset({"numpy", "duckdb"}),
    group="findings",
    checks=(_opens_for_a_reader,),
    picture=_picture,
    preview=_preview,
    partitioned_by="comparison",
    automated=True,
)
