"""The sentence glyphs in Dagster."""

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from rnnvis_assets.configuration.project import Project
from rnnvis_assets.corpus.corpus_files import load_vocabulary
from rnnvis_assets.engine.manifest import Manifest, read_manifest
from rnnvis_assets.engine.previews import draw_glyph_strip
from rnnvis_assets.engine.stage import RunContext, Stage, StageOutput, Upstream, open_recorded
from rnnvis_assets.engine.stage_asset import CheckOutcome, StageAsset, schema_checks, stage_check
from rnnvis_assets.model_kinds.model_kinds import reads_model
from warehouse.parquet_tables import read_table, row_blocks, where
from warehouse.schema import CONTRIBUTION, GLYPH, SENTENCE, SENTENCE_START, TOKEN

GLYPH_ROWS = 65_536
"""Rows of the table glyph that are checked at a time."""
PICTURED_TOKENS = (5, 12)
"""The picture shows the first sentence of at least, and at most, so many tokens."""
TABLES = (SENTENCE.name, SENTENCE_START.name, TOKEN.name, GLYPH.name, CONTRIBUTION.name)


def _settings(project: Project, model: str) -> Any:
    analysis = project.analysis_of(model)
    return {
        "split": analysis.recording.split,
        "states": list(analysis.states),
        "glyphs": analysis.glyphs.model_dump(mode="json"),
    }


def _run(context: RunContext, model: str) -> StageOutput:
    from rnnvis_assets.glyphs.glyphs_stage import make_glyphs

    return make_glyphs(context, model)


STAGE = Stage(
    name="glyphs",
    upstream=(
        Upstream("recording"),
        Upstream("co_clusters"),
        Upstream("checkpoint"),
        Upstream("corpus", of="dataset"),
    ),
    settings=_settings,
    run=_run,
    tables=TABLES,
    libraries=("numpy", "torch"),
    code=reads_model(_run),
)


@stage_check("The table token covers the recording.")
def _every_token_has_a_row(context: RunContext, manifest: Manifest) -> CheckOutcome:
    found = manifest.row_counts.get("token")
    recording = read_manifest(context.storage, "recording", manifest.partition)
    expected = recording.figures.get("tokens") if recording else None
    return CheckOutcome(found == expected, {"rows": found, "recorded": expected})


@stage_check("Preserved information lies between 0 and 1.")
def _preserved_is_a_share(context: RunContext, manifest: Manifest) -> CheckOutcome:
    path = context.storage.table(manifest.partition, "glyph")
    low, high = 1.0, 0.0
    for _, block in row_blocks(path, ["preserved"], rows=GLYPH_ROWS):
        least, most = pc.min_max(pc.list_flatten(block["preserved"])).as_py().values()
        low, high = min(low, least), max(high, most)
    return CheckOutcome(low >= 0 and high <= 1, {"lowest": low, "highest": high})


def _pictured_sentence(context: RunContext, model: str) -> int:
    table = read_table(context.storage.table(model, "sentence"), ["sentence_id", "num_tokens"])
    low, high = PICTURED_TOKENS
    fitting = table.filter((pc.field("num_tokens") >= low) & (pc.field("num_tokens") <= high))
    chosen = fitting if fitting.num_rows else table
    return int(chosen["sentence_id"][0].as_py())


def _matrix(column: pa.ChunkedArray) -> np.ndarray:
    return np.asarray(column.to_pylist(), np.float32)


def _picture(context: RunContext, model: str) -> bytes:
    storage = context.storage
    sentence = where(sentence_id=_pictured_sentence(context, model))
    layer, state = open_recorded(context, model).analysed[-1]
    top = where(layer=layer, state=state)
    glyphs = read_table(storage.table(model, "glyph"), filters=sentence & top)
    words = load_vocabulary(storage.corpus(context.project.corpus_of(model))).words
    tokens = read_table(storage.table(model, "token"), ["word_id"], filters=sentence)
    ids = tokens["word_id"].to_pylist()
    shown = slice(0, PICTURED_TOKENS[1])
    return draw_glyph_strip(
        [words[word_id] for word_id in ids[shown]],
        _matrix(glyphs["positive"])[shown],
        _matrix(glyphs["negative"])[shown],
    )


ASSET = StageAsset(
    stage=STAGE,
    description="Sentence by sentence: information per cluster, predictions and contributions.",
    kinds=frozenset({"numpy", "parquet"}),
    group="analysis",
    checks=(*schema_checks(*TABLES), _every_token_has_a_row, _preserved_is_a_share),
    picture=_picture,
    automated=True,
)
