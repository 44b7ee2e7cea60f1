"""The numbers behind the screen: the clusters, the selected words' responses, the glyphs shown."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from viewer.state.explorer_state import ExplorerState
from warehouse.exports import archive, cluster_tables, response_table

GLYPHS = (
    "positive", "negative", "positive_change", "negative_change", "written", "lost", "preserved",
    "keep",
)  # fmt: skip
"""What a sentence's glyphs are drawn from, a value a word and unit cluster."""


def stem_of(state: ExplorerState) -> str:
    """The name of every file of an export, without its ending: what is looked at, and where."""
    parts = (state.model, state.release_id, f"layer{state.layer}", state.state, state.affinity)
    return re.sub(r"[^\w.-]+", "-", "_".join([*map(str, parts), f"k{state.num_clusters}"]))


def glyph_table(sentences: Sequence[Mapping[str, Any]], order: Sequence[int] = ()) -> pa.Table:
    """The glyphs as they are drawn (``views.component``), one row a word and unit cluster; no
    column where no sentence has any. Bars are means over the units of a cluster; ``order`` as of
    ``Analysis``."""
    shown = [(i, sentence) for i, sentence in enumerate(sentences) if sentence["k"]]
    parts = [_glyph_rows(i, sentence, order) for i, sentence in shown]
    return pa.concat_tables(parts, promote_options="default") if parts else pa.table({})


def _glyph_rows(place: int, sentence: Mapping[str, Any], order: Sequence[int]) -> pa.Table:
    words, k = sentence["words"], sentence["k"]
    rows = len(words) * k
    lists = {name: sentence[name] for name in GLYPHS if len(sentence.get(name, ())) == rows}
    return pa.table(
        {
            "sentence": np.full(rows, place, np.int32),
            "position": np.repeat(np.arange(len(words), dtype=np.int32), k),
            "word": pa.array([word for word in words for _ in range(k)], pa.string()),
            "cluster": np.tile(np.array(order or range(k), np.int32), len(words)),
            **lists,
        }
    )


def numbers(state: ExplorerState, sentences: Sequence[Mapping[str, Any]], form: str) -> bytes:
    """The archive of all tables, each as ``form`` ("csv" or "parquet").

    Raises ReleaseError where the release cannot be read.
    """
    release, at = state.release, {"layer": state.layer, "state": state.state}
    tables = {
        **cluster_tables(release, **state.analysis.key),
        "responses": response_table(release, state.words, **at),
        "glyphs": glyph_table(sentences, state.analysis.order),
    }
    about = {
        "model": state.model, "release": state.release_id,
        "published": release.model["created_at"], **state.analysis.key,
        "sentences": {i: " ".join(shown["words"]) for i, shown in enumerate(sentences)},
    }  # fmt: skip
    return archive(tables, form, about)
