"""A release of any size whose tables agree with one another, as a real one's must.

Numbers are random; what the tests compare with is computed from the same arrays.
"""

from datetime import UTC, datetime
from itertools import pairwise, product
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from tests.warehouse.made_up_findings import finding_columns
from tests.warehouse.synthetic_ablation import ablation_tables
from tests.warehouse.synthetic_network import QUANTILE_SHIFTS, Columns, Synthetic, keyed, stacked
from warehouse.build_release import Rows
from warehouse.parquet_tables import arrow_table, layer_table, write_table
from warehouse.publish_release import Publication, publish_release
from warehouse.recording_schema import STATES, common_units
from warehouse.schema import (
    ANNOTATION,
    CONTRIBUTION,
    LAYER,
    MEMORY_HEAD,
    PROVENANCE,
    TABLES,
    VOCABULARY,
    WORD_ANNOTATION,
    WORD_PIECE,
)
from warehouse.storage import Storage

_USUAL = Synthetic()
SOMETIMES = ("written", "lost", "keep")
"""The lists of the glyph table that not every state has."""


def card(spec: Synthetic) -> dict[str, Any]:
    return {
        "name": spec.name, "dataset": "text", "task": spec.task, "cell": spec.cell,
        "num_layers": spec.num_layers, "hidden_size": spec.num_units,
        "embedding_size": spec.num_units, "vocabulary_size": spec.num_words,
        "num_parameters": 1234, "seed": 1, "recorded_split": "test",
        "num_tokens": spec.num_tokens, "split_tokens": spec.num_tokens,
        "precision": "float32", "largest_rounding": 0.0, "weights_sha256": "0" * 64,
        "spec": '{"analysis": {"glyphs": {"affinity": "positive", "num_clusters": 3}}}',
        "versions": '{"python": "3"}',
    }  # fmt: skip


def _sentences(spec: Synthetic) -> npt.NDArray[np.int64]:
    return np.arange(spec.num_tokens) // spec.sentence_length


def _positions(spec: Synthetic) -> npt.NDArray[np.int64]:
    return np.arange(spec.num_tokens) % spec.sentence_length


def _text_tables(spec: Synthetic) -> dict[str, Columns]:
    sentences, ids, words = _sentences(spec), spec.word_ids(), np.array(spec.words())
    lengths, count = np.bincount(sentences), sentences[-1] + 1
    starts = np.concatenate([[0], np.cumsum(lengths)])
    spoken = words[ids]
    labels = spec.random("labels").choice(spec.classes, count) if spec.classes else None
    return {
        "vocabulary": {
            "word_id": np.arange(spec.num_words), "word": words,
            "train_count": spec.counts() * 10, "recorded_count": spec.counts(),
            "pos": None, "pos_share": None,
        },
        "sentence": {
            "sentence_id": np.arange(count), "label": labels, "predicted": labels,
            "probability": None, "num_tokens": lengths,
            "text": [" ".join(spoken[a:b]) for a, b in pairwise(starts)],
        },
        "token": {
            "sentence_id": sentences, "position": _positions(spec),
            "token": np.arange(spec.num_tokens), "word_id": ids, "next_probability": None,
            "top_words": np.tile(np.arange(5), (spec.num_tokens, 1)),
            "top_probabilities": np.full((spec.num_tokens, 5), 0.1),
        },
    }  # fmt: skip


def _response_tables(spec: Synthetic) -> dict[str, Columns]:
    occurring, keys = (
        np.arange(spec.num_words - 1),
        [{"layer": layer, "state": state} for layer, state in spec.analysed],
    )
    expected, summary, starts = [], [], []
    for key in keys:
        mean = spec.responses(**key)
        quantiles = {name: mean + np.float32(s) for name, s in QUANTILE_SHIFTS.items()}
        counts = spec.counts()[:-1]
        columns = {"word_id": occurring, "count": counts, "mean": mean, **quantiles}
        expected.append(keyed(key, columns))
        names = [c.name for c in TABLES["unit_summary"].columns if c.name not in key]
        units = spec.units_of(key["layer"])
        figures = dict.fromkeys(names[1:], np.zeros(units))
        summary.append(keyed(key, {"unit": np.arange(units), **figures}))
        starts.append(keyed(key, {"unit": np.arange(units), "mean": np.full(units, 0.125)}))
    return {
        "expected_response": stacked(expected), "unit_summary": stacked(summary),
        "sentence_start": stacked(starts),
    }  # fmt: skip


def _co_clustering(spec: Synthetic, key: Columns) -> dict[str, Columns]:
    k, units = key["num_clusters"], spec.units_of(key["layer"])
    words = np.arange(min(20, spec.num_words - 1))
    pair = np.indices((k, k)).reshape(2, -1)
    weights = spec.random("links", *key.values()).standard_normal(k * k)
    tables = {
        "unit_cluster": {
            "unit": np.arange(units), "direction": np.zeros(units, np.int32),
            "cluster": np.arange(units) * k // units,
        },
        "word_cluster": {
            "word_id": words, "cluster": words % k, "centrality": 1 / (1 + words),
            "strength": 2 / (1 + words),
        },
        "cluster_link": {
            "word_cluster": pair[0], "unit_cluster": pair[1], "weight": weights,
            "positive": np.maximum(weights, 0), "negative": np.minimum(weights, 0),
        },
        "clustering": {
            "num_words": [len(words)], "seed": [0], "normalized_cut": [0.5], "stability": [0.9],
            "sign_coherence": [0.7], "empty_word_clusters": [0],
            "chance_cut": [0.8], "chance_stability": [0.2], "chance_coherence": [0.3],
            "invariance": [1.0], "head_agreement": [0.4 if spec.heads else None],
        },
    }  # fmt: skip
    return {name: keyed(key, columns) for name, columns in tables.items()}


def _cluster_tables(spec: Synthetic) -> dict[str, Columns]:
    parts = [
        _co_clustering(
            spec, {"layer": layer, "state": state, "affinity": affinity, "num_clusters": k}
        )
        for (layer, state), affinity, k in product(
            spec.analysed, spec.affinities, spec.cluster_counts
        )
    ]
    return {name: stacked([part[name] for part in parts]) for name in parts[0]}


def glyph_values(spec: Synthetic, layer: int, state: str) -> dict[str, npt.NDArray[np.float32]]:
    """float32[tokens, k] for every list of the glyph table but ``keep``."""
    shape = (spec.num_tokens, spec.cluster_counts[-1])
    names = ("positive", "negative", "positive_change", "negative_change", "preserved")
    split = ("written", "lost") if spec.heads and state == "cell" else ()
    random = spec.random("glyph", layer, state)
    return {name: random.standard_normal(shape, np.float32) for name in (*names, *split)}


def _glyph_tables(spec: Synthetic) -> dict[str, Columns]:
    place = {"sentence_id": _sentences(spec), "position": _positions(spec)}
    parts = []
    for layer, state in spec.analysed:
        lists = glyph_values(spec, layer, state)
        nulls = dict.fromkeys(SOMETIMES, [None] * spec.num_tokens)
        keep = {"keep": lists["preserved"]} if state == "cell" else {}
        key = {"layer": layer, "state": state, "affinity": spec.affinities[0],
               "num_clusters": spec.cluster_counts[-1]}  # fmt: skip
        parts.append(keyed(key, {**place, **nulls, **lists, **keep}))
    glyph = {
        name: [value for part in parts for value in part[name]]
        if name in SOMETIMES
        else np.concatenate([part[name] for part in parts])
        for name in parts[0]
    }
    ones = np.ones(spec.num_tokens)
    added = {**place, "value": ones, "integrated_gradients": ones / 2}
    contribution = [keyed({"class": name}, added) for name in spec.classes]
    nothing: Columns = {column.name: [] for column in CONTRIBUTION.columns}
    return {"glyph": glyph, "contribution": stacked(contribution) if contribution else nothing}


def _optional_tables(spec: Synthetic) -> dict[str, Columns]:
    """No annotations: only what was recorded elsewhere has any. Heads and sub-words of a matrix
    memory."""
    tables = {
        table.name: {column.name: [] for column in table.columns}
        for table in (ANNOTATION, WORD_ANNOTATION, MEMORY_HEAD, WORD_PIECE)
    }
    return tables | (_memory_tables(spec) if spec.heads else {})


def _memory_tables(spec: Synthetic) -> dict[str, Columns]:
    heads = np.arange(spec.heads)
    size = spec.num_units // spec.heads
    layers = [
        keyed({"layer": layer}, {
            "head": heads, "first_unit": heads * size, "num_units": np.full(spec.heads, size),
            "coverage": 0.9 / (1 + heads + layer), "half_life": 2.0 ** (heads + 1),
            "mean_norm": 1.0 + heads, "effective_rank": 5.0 - heads / 4,
            "first_token_share": heads / 10, "sink": heads == spec.heads - 1,
        })
        for layer in range(spec.num_layers)
    ]  # fmt: skip
    pieces = [[word[:3], word[3:]] if len(word) > 3 else [word] for word in spec.words()]
    return {
        "memory_head": stacked(layers),
        "word_piece": {"word_id": np.arange(spec.num_words), "pieces": pieces},
    }


def _provenance() -> Columns:
    return {column.name: [None] for column in PROVENANCE.columns} | {
        "stage": ["corpus"], "partition": ["text"], "data_version": ["0123"],
        "fingerprint": ['{"code": "4567"}'], "created_at": [datetime(2026, 1, 1, tzinfo=UTC)],
    }  # fmt: skip


def columns_of(spec: Synthetic) -> dict[str, Columns]:
    """Every table but ``model``, as columns."""
    split = {"split": np.array(["test", "test"])}
    log = {c.name: [1.0] for c in TABLES["training_log"].columns}
    return {
        "layer": layer_table(spec.layers, STATES).to_pydict(),
        "evaluation": {**split, "metric": ["loss", "perplexity"], "value": [4.0, 54.6]},
        "training_log": log | {"step": [10], "epoch": [0], "split": ["train"], "metric": ["loss"]},
        **_text_tables(spec),
        **_response_tables(spec),
        **_cluster_tables(spec),
        **ablation_tables(spec),
        **_glyph_tables(spec),
        "finding": finding_columns(),
        **_optional_tables(spec),
        "provenance": _provenance(),
    }


def write_content(folder: Path, spec: Synthetic, columns: dict[str, Columns]) -> dict[str, Rows]:
    """The tables as a release takes them: vocabulary and layers in memory, the others as Parquet
    files."""
    content: dict[str, Rows] = {}
    for name, values in columns.items():
        table = TABLES[name]
        if table in (LAYER, VOCABULARY):
            content[name] = arrow_table(table.arrow_schema(spec.num_units), values)
        else:
            content[name] = folder / f"{name}.parquet"
            write_table(folder / f"{name}.parquet", table, values, common_units(spec.layers))
    return content


def publish(storage: Storage, spec: Synthetic = _USUAL, keep: int = 3) -> Publication:
    """Writes and publishes the release of ``spec``."""
    folder = storage.table(spec.name, "any").parent
    return publish_release(
        storage, card(spec), write_content(folder, spec, columns_of(spec)), keep=keep
    )
