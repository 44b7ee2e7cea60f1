"""The stage ``comparison``: what the paper says of several models together, measured and judged."""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from rnnvis_assets.configuration.analysis_config import Kind
from rnnvis_assets.engine.stage import RunContext, StageOutput
from rnnvis_assets.findings import multi_model
from rnnvis_assets.findings.finding_inputs import FindingInputs
from rnnvis_assets.findings.findings_registry import COMPARED_FINDINGS
from rnnvis_assets.findings.findings_stage import judge, write_findings
from rnnvis_assets.findings.model_similarity import write_similarity
from rnnvis_assets.findings.seed_intervals import claims_over_seeds
from warehouse.comparison_files import publish_comparison
from warehouse.findings_table import JudgedClaim, Measurements, judged_claims
from warehouse.parquet_tables import read_table, write_table
from warehouse.schema import FINDING, FINDING_BY_SEED, MODEL_SIMILARITY

Claims = Sequence[JudgedClaim]
MEASURES: Mapping[tuple[int, Kind], Callable[..., Measurements]] = MappingProxyType(
    {
        (4, "cells"): multi_model.measure_strength,
        (5, "cells"): multi_model.measure_distributions,
        (6, "cells"): multi_model.measure_preserved,
        (6, "mamba"): multi_model.measure_preserved_by_mamba,
        (9, "class_balance"): multi_model.measure_class_balance,
        (14, "seeds"): multi_model.measure_agreement,
    }
)
"""By the claim's number and the kind of comparison. Each takes the inputs of the compared models,
in the order of the finding's roles; what is measured over all seeds at once, those of every network
in the role."""


def compare_models(context: RunContext, name: str) -> StageOutput:
    """The stage ``comparison``: measures and judges the claims about several models, seed by seed
    where they have several."""
    kind, families = context.project.comparisons[name].kind, context.project.compared(name)
    compared = {
        role: [FindingInputs(context, model) for model in family]
        for role, family in families.items()
    }
    by_seed = [
        _claims_of_seed(context, kind, dict(zip(compared, inputs, strict=True)))
        for inputs in zip(*compared.values(), strict=True)
    ]
    found = by_seed[0] if len(by_seed) == 1 else claims_over_seeds(by_seed)
    if kind == "seeds":
        found = (*found, *_measured(kind, compared))
    claims = [judge(context, claim.about, claim.parts) for claim in found]
    outcome = write_findings(context, name, claims)
    seeds = [inputs.seed for inputs in next(iter(compared.values()))]
    by_seed_path, similarity = (
        context.storage.table(name, table.name) for table in (FINDING_BY_SEED, MODEL_SIMILARITY)
    )
    rows = write_table(by_seed_path, FINDING_BY_SEED, _columns(seeds, by_seed))
    write_similarity(similarity, _networks(compared))
    tables = (*outcome.files, by_seed_path, similarity)
    path = publish_comparison(context.storage, name, _compared_rows(compared), *tables)
    return StageOutput(
        (*tables, path),
        identity=tables,
        row_counts={**outcome.row_counts, FINDING_BY_SEED.name: rows},
        figures=outcome.figures,
    )


def _networks(compared: Mapping[str, Sequence[FindingInputs]]) -> Mapping[str, FindingInputs]:
    """What is compared two by two: the first seed in every role, or of a single role all seeds, by
    name."""
    if len(compared) > 1:
        return {role: family[0] for role, family in compared.items()}
    (family,) = compared.values()
    return {inputs.model: inputs for inputs in family}


def _claims_of_seed(
    context: RunContext, kind: Kind, compared: Mapping[str, FindingInputs]
) -> Claims:
    """What is found of one network in every role, or by the stage ``findings`` of a single one."""
    if kind == "seeds":
        (inputs,) = compared.values()
        return judged_claims(read_table(context.storage.table(inputs.model, FINDING.name)))
    return _measured(kind, compared)


def _measured(kind: Kind, compared: Mapping[str, Any]) -> Claims:
    return [
        JudgedClaim(
            finding.about,
            MEASURES[finding.about.id, kind](*(compared[role] for role in finding.roles)),
        )
        for finding in COMPARED_FINDINGS
        if finding.kind == kind
    ]


def _columns(seeds: Sequence[int], by_seed: Sequence[Claims]) -> Mapping[str, Sequence[Any]]:
    """Columns of the table ``finding_by_seed``."""
    return FINDING_BY_SEED.columns_of(
        {"seed": seed, "id": claim.about.id, **vars(part)}
        for seed, claims in zip(seeds, by_seed, strict=True)
        for claim in claims
        for part in claim.parts
    )


def _compared_rows(compared: Mapping[str, Sequence[FindingInputs]]) -> list[Mapping[str, Any]]:
    return [
        {"role": role, "model": inputs.model, "weights_sha256": inputs.reading.model.weights_sha256}
        for role, family in compared.items()
        for inputs in family
    ]
