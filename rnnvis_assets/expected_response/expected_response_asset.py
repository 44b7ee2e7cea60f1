"""The expected responses in Dagster."""

from typing import Any

import numpy as np
import pyarrow.compute as pc

from rnnvis_assets.configuration.project import Project
from rnnvis_assets.corpus.corpus_files import load_vocabulary
from rnnvis_assets.engine.manifest import Manifest, read_manifest
from rnnvis_assets.engine.previews import draw_response_bands
from rnnvis_assets.engine.stage import RunContext, Stage, StageOutput, Upstream, open_recorded
from rnnvis_assets.engine.stage_asset import CheckOutcome, StageAsset, schema_checks, stage_check
from rnnvis_assets.expected_response.unit_dynamics import MOSTLY
from warehouse.parquet_tables import read_table, row_blocks
from warehouse.schema import EXPECTED_RESPONSE, QUANTILES, UNIT_SUMMARY
from warehouse.stored_responses import open_responses

PICTURED_WORDS = ("he", "she", "for")
"""The words of the paper's Fig. 5."""
TABLES = (EXPECTED_RESPONSE.name, UNIT_SUMMARY.name)


def _settings(project: Project, model: str) -> Any:
    analysis = project.analysis_of(model)
    return {"split": analysis.recording.split, "states": list(analysis.states)}


def _run(context: RunContext, model: str) -> StageOutput:
    from rnnvis_assets.expected_response.expected_response_stage import measure_responses

    return measure_responses(context, model)


STAGE = Stage(
    name="expected_response",
    upstream=(Upstream("recording"),),
    settings=_settings,
    run=_run,
    tables=TABLES,
    libraries=("numpy", "torch"),
)


@stage_check("Counts add up to the recorded tokens.")
def _counts_add_up(context: RunContext, manifest: Manifest) -> CheckOutcome:
    path = context.storage.table(manifest.partition, "expected_response")
    table = read_table(path, columns=["layer", "state", "count"])
    totals = table.group_by(["layer", "state"]).aggregate([("count", "sum")])
    found = set(totals["count_sum"].to_pylist())
    recording = read_manifest(context.storage, "recording", manifest.partition)
    expected = recording.figures.get("tokens") if recording else None
    return CheckOutcome(found == {expected}, {"counted": sorted(found), "recorded": expected})


@stage_check("No mean is NaN.")
def _responses_are_finite(context: RunContext, manifest: Manifest) -> CheckOutcome:
    path = context.storage.table(manifest.partition, "expected_response")
    finite, values = True, 0
    for _, block in row_blocks(path, ["mean"]):
        means = pc.list_flatten(block["mean"])
        finite, values = finite and pc.all(pc.is_finite(means)).as_py(), values + len(means)
    return CheckOutcome(bool(finite), {"values": values})


@stage_check(
    "Of each state, at most half of the values are saturated (|h| or |tanh c| over 0.99): the "
    "network reads little more of them than their signs.",
    blocking=False,
)
def _states_are_not_saturated(context: RunContext, manifest: Manifest) -> CheckOutcome:
    path = context.storage.table(manifest.partition, "unit_summary")
    table = read_table(path, columns=["layer", "state", "saturated"])
    means = table.group_by(["layer", "state"]).aggregate([("saturated", "mean")]).to_pylist()
    found = {f"layer {row['layer']}, {row['state']}": row["saturated_mean"] for row in means}
    passed = all(value is None or value <= MOSTLY for value in found.values())
    return CheckOutcome(passed, {**found, "limit": MOSTLY})


def _picture(context: RunContext, model: str) -> bytes:
    top = open_recorded(context, model).analysed[-1]
    response = open_responses(context.storage.table(model, EXPECTED_RESPONSE.name), *top)
    corpus = context.storage.corpus(context.project.corpus_of(model))
    words = load_vocabulary(corpus).words
    ids = {words[word_id]: word_id for word_id in response.word_ids}
    common = [words[response.word_ids[row]] for row in np.argsort(-response.counts, kind="stable")]
    chosen = [word for word in PICTURED_WORDS if word in ids] or common[:3]
    mean, *quantiles = (
        response.of(np.array([ids[word] for word in chosen]), name) for name in ("mean", *QUANTILES)
    )
    return draw_response_bands(chosen, mean, np.stack(quantiles))


ASSET = StageAsset(
    stage=STAGE,
    description="How each word changes each unit: means and quantiles; and every unit's summary.",
    kinds=frozenset({"numpy", "parquet"}),
    group="analysis",
    checks=(
        *schema_checks(*TABLES),
        _counts_add_up,
        _responses_are_finite,
        _states_are_not_saturated,
    ),
    picture=_picture,
)
