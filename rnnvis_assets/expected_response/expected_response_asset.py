"""The expected responses in Dagster."""

import numpy as np
import pyarrow.compute as pc

from rnnvis_assets.corpus.corpus_files import load_corpus
from rnnvis_assets.engine.manifest import Manifest, read_manifest
from rnnvis_assets.engine.previews import draw_response_bands
from rnnvis_assets.engine.stage import RunContext, open_recorded
from rnnvis_assets.engine.stage_asset import CheckOutcome, StageAsset, StageCheck, schema_checks
from rnnvis_assets.expected_response.expected_response_stage import STAGE
from rnnvis_assets.expected_response.response_tables import load_expected_response
from warehouse.parquet_tables import read_table

PICTURED_WORDS = ("he", "she", "for")
"""The words of the paper's Fig. 5."""


def _counts_add_up(context: RunContext, manifest: Manifest) -> CheckOutcome:
    path = context.storage.table(manifest.partition, "expected_response")
    table = read_table(path, columns=["layer", "state", "count"])
    totals = table.group_by(["layer", "state"]).aggregate([("count", "sum")])
    found = set(totals["count_sum"].to_pylist())
    recording = read_manifest(context.storage, "recording", manifest.partition)
    expected = recording.figures.get("tokens") if recording else None
    return CheckOutcome(found == {expected}, {"counted": sorted(found), "recorded": expected})


def _responses_are_finite(context: RunContext, manifest: Manifest) -> CheckOutcome:
    path = context.storage.table(manifest.partition, "expected_response")
    means = read_table(path, columns=["mean"])["mean"].combine_chunks().flatten()
    finite = pc.all(pc.is_finite(means)).as_py()
    return CheckOutcome(bool(finite), {"values": len(means)})


def _picture(context: RunContext, model: str) -> bytes:
    top = open_recorded(context, model).analysed[-1]
    response = load_expected_response(context.storage, model, *top)
    corpus = context.storage.corpus(context.project.corpus_of(model))
    words = load_corpus(corpus).vocabulary.words
    rows = {words[word_id]: row for row, word_id in enumerate(response.word_ids)}
    common = [words[response.word_ids[row]] for row in np.argsort(-response.counts, kind="stable")]
    chosen = [word for word in PICTURED_WORDS if word in rows] or common[:3]
    picked = [rows[word] for word in chosen]
    return draw_response_bands(chosen, response.mean[picked], response.quantiles[:, picked])


ASSET = StageAsset(
    stage=STAGE,
    description="How each word changes each unit: means and quantiles; and every unit's summary.",
    kinds=frozenset({"numpy", "parquet"}),
    checks=(
        *schema_checks("expected_response", "unit_summary"),
        StageCheck("counts_add_up", "Counts add up to the recorded tokens.", True, _counts_add_up),
        StageCheck("responses_are_finite", "No mean is NaN.", True, _responses_are_finite),
    ),
    picture=_picture,
)
