"""A release with made-up responses to real English words, built like a true one.

Word classes (``words.txt``: a universal tag and the words of one class a line) meet planted groups
of units, so that clusters, links and clouds look as they do on a trained network.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from warehouse.schema import QUANTILES

Floats = npt.NDArray[np.float32]
Columns = dict[str, Any]

_CLASSES = [line.split() for line in (Path(__file__).parent / "words.txt").read_text().splitlines()]
_WORDS = [(word, tag, row) for row, (tag, *words) in enumerate(_CLASSES) for word in words]
_SPREADS = {"q09": -1.34, "q25": -0.67, "q50": 0.0, "q75": 0.67, "q91": 1.34}
_SENTENCES = ("the company said it planned to offer a number of shares", "he could not find her")
MADE_UP_CLASSES = len(_CLASSES)


@dataclass(frozen=True)
class MadeUp:
    """What the release is to hold."""

    name: str = "ptb-lstm"
    units: int = 600
    num_layers: int = 2
    states: tuple[str, ...] = ("cell", "hidden")
    affinities: tuple[str, ...] = ("positive", "negative", "absolute", "shifted")
    clusters: tuple[int, ...] = tuple(range(2, 21))
    glyph_clusters: int = 10
    words_without_cluster: int = 20
    empty_word_cluster: bool = False
    release_id: str = "20260101T000000Z-made-up"


def _random(*key: object) -> np.random.Generator:
    return np.random.default_rng(list("|".join(map(str, key)).encode()))


def unit_groups(spec: MadeUp) -> npt.NDArray[np.int64]:
    """int64[units]: the planted group of every unit; group sizes differ widely."""
    shares = np.sort(_random(spec.name, "sizes").dirichlet(np.full(MADE_UP_CLASSES, 3.0)))
    groups = np.searchsorted(np.cumsum(shares), (np.arange(spec.units) + 0.5) / spec.units)
    return np.minimum(groups, MADE_UP_CLASSES - 1)


def responses(spec: MadeUp, layer: int, state: str) -> Floats:
    """float32[words, units]: strong where a class meets its own group, noise elsewhere."""
    random = _random(spec.name, layer, state)
    classes = np.array([row for _, _, row in _WORDS])
    groups = unit_groups(spec)
    own = random.normal(0.25, 0.25, (MADE_UP_CLASSES, spec.units)) * (
        groups[None, :] == np.arange(MADE_UP_CLASSES)[:, None]
    )
    other = random.normal(0, 0.09, (MADE_UP_CLASSES, spec.units))
    strength = random.uniform(0.6, 1.4, (len(_WORDS), 1))
    noise = random.normal(0, 0.05, (len(_WORDS), spec.units))
    return ((own + other)[classes] * strength + noise).astype(np.float32)


def _merged(k: int) -> npt.NDArray[np.int64]:
    """int64[classes]: k clusters out of the planted classes."""
    return np.arange(MADE_UP_CLASSES) * k // MADE_UP_CLASSES


def _labels(spec: MadeUp, k: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Clusters of the units and of the clustered words, ascending in number of units."""
    merged = _merged(k)
    units = merged[unit_groups(spec)]
    words = merged[[row for _, _, row in _WORDS[: len(_WORDS) - spec.words_without_cluster]]]
    order = np.argsort(np.argsort(np.bincount(units, minlength=k), kind="stable"))
    if spec.empty_word_cluster:
        words = np.where(words == 1, 0, words)
    return order[units], order[words]


def _links(mean: Floats, units: npt.NDArray[np.int64], words: npt.NDArray[np.int64], k: int) -> Any:
    for part in (mean, np.maximum(mean, 0), np.minimum(mean, 0)):
        yield [
            float(block.mean()) if (block := part[words == w][:, units == u]).size else 0.0
            for w, u in product(range(k), range(k))
        ]


def _clustering(spec: MadeUp, layer: int, state: str, affinity: str, k: int) -> dict[str, Columns]:
    units, words = _labels(spec, k)
    mean = responses(spec, layer, state)
    centres = {c: mean[: len(words)][words == c].mean(axis=0) for c in np.unique(words)}
    away = np.array([np.linalg.norm(mean[i] - centres[c]) for i, c in enumerate(words)])
    pairs = list(product(range(k), range(k)))
    weight, positive, negative = _links(mean[: len(words)], units, words, k)
    constant = {"layer": layer, "state": state, "affinity": affinity, "num_clusters": k}
    tables: dict[str, Columns] = {
        "unit_cluster": {"unit": range(spec.units), "cluster": units},
        "word_cluster": {
            "word_id": range(len(words)), "cluster": words, "centrality": 1 - away / away.max(),
        },
        "cluster_link": {
            "word_cluster": [w for w, _ in pairs], "unit_cluster": [u for _, u in pairs],
            "weight": weight, "positive": positive, "negative": negative,
        },
        "clustering": {
            "num_words": [len(words)], "seed": [0], "normalized_cut": [0.31 * k],
            "stability": [0.88], "sign_coherence": [0.71],
            "empty_word_clusters": [k - len(np.unique(words))],
        },
    }  # fmt: skip
    for columns in tables.values():
        rows = len(next(iter(columns.values())))
        columns |= {name: [value] * rows for name, value in constant.items()}
    return tables


def _joined(parts: list[Columns]) -> Columns:
    return {name: [v for part in parts for v in part[name]] for name in parts[0]}


def _expected_response(spec: MadeUp) -> Columns:
    pairs = list(product(range(spec.num_layers), spec.states))
    means = [responses(spec, layer, state) for layer, state in pairs]
    widths = [np.abs(_random(state).normal(0, 0.08, mean.shape)) + 0.02 for mean, (_, state) in
              zip(means, pairs, strict=True)]  # fmt: skip
    quantiles = {
        name: np.concatenate([m + spread * w for m, w in zip(means, widths, strict=True)]).astype(
            np.float32
        )
        for name, spread in _SPREADS.items()
    }
    assert quantiles.keys() == QUANTILES.keys()
    count = len(_WORDS)
    return {
        "layer": np.repeat([layer for layer, _ in pairs], count),
        "state": [state for _, state in pairs for _ in range(count)],
        "word_id": np.tile(np.arange(count), len(pairs)),
        "count": np.tile(_counts(), len(pairs)),
        "mean": np.concatenate(means),
    } | quantiles


def _counts() -> npt.NDArray[np.int64]:
    return (2000 / (1 + np.arange(len(_WORDS)))).astype(np.int64) + 3


def _glyphs(spec: MadeUp, state: str) -> Columns:
    layer, k = spec.num_layers - 1, spec.glyph_clusters
    units, _ = _labels(spec, k)
    ids = {word: i for i, (word, _, _) in enumerate(_WORDS)}
    mean, parts = responses(spec, layer, state), []
    for sentence, text in enumerate(_SENTENCES):
        before = np.zeros(spec.units)
        for position, word in enumerate(text.split()):
            now = 0.8 * before + mean[ids.get(word, 400)]
            parts.append(_glyph(units, before, now, k) | {
                "sentence_id": [sentence], "position": [position], "layer": [layer],
                "state": [state], "affinity": ["positive"], "num_clusters": [k],
            })  # fmt: skip
            before = now
    return _joined(parts)


def _glyph(units: npt.NDArray[np.int64], before: Any, now: Any, k: int) -> Columns:
    def summed(values: Any) -> Any:
        return np.bincount(units, values, minlength=k)

    up, down = summed(np.maximum(now, 0)), summed(np.minimum(now, 0))
    ratio = np.divide(now, before, out=np.zeros_like(now), where=before != 0)
    kept = summed(np.abs(before) * np.clip(ratio, 0, 1)) / np.maximum(up - down, 1e-9)
    return {
        "positive": [up], "negative": [down], "preserved": [kept], "keep": [kept * 0.9],
        "positive_change": [up - summed(np.maximum(before, 0))],
        "negative_change": [down - summed(np.minimum(before, 0))],
    }  # fmt: skip


def _unit_summary(spec: MadeUp, columns: tuple[str, ...]) -> Columns:
    pairs = list(product(range(spec.num_layers), spec.states, range(spec.units)))
    keys = {
        "layer": [layer for layer, _, _ in pairs],
        "state": [state for _, state, _ in pairs],
        "unit": [unit for _, _, unit in pairs],
    }
    return keys | {name: np.zeros(len(pairs), np.float32) for name in columns if name not in keys}


def made_up_tables(spec: MadeUp, column_names: Mapping[str, tuple[str, ...]]) -> dict[str, Columns]:
    """All tables of the release as columns; ``column_names`` gives those of ``unit_summary``."""
    clusterings = [
        _clustering(spec, *key)
        for key in product(range(spec.num_layers), spec.states, spec.affinities, spec.clusters)
    ]
    names = ("unit_cluster", "word_cluster", "cluster_link", "clustering")
    words = [text.split() for text in _SENTENCES]
    rows = [(s, p, word) for s, sentence in enumerate(words) for p, word in enumerate(sentence)]
    ids = {word: i for i, (word, _, _) in enumerate(_WORDS)}
    return {name: _joined([part[name] for part in clusterings]) for name in names} | {
        "model": {
            "name": [spec.name], "dataset": ["ptb"], "task": ["language_model"], "cell": ["lstm"],
            "num_layers": [spec.num_layers], "hidden_size": [spec.units],
            "embedding_size": [spec.units], "vocabulary_size": [len(_WORDS)],
            "num_parameters": [2_088_000], "seed": [1], "recorded_split": ["test"],
            "num_tokens": [82_430], "release_id": [spec.release_id],
            "created_at": [datetime.now(UTC)], "weights_sha256": ["0" * 64],
            "spec": ["{}"], "versions": ["{}"],
        },
        "evaluation": {
            "split": ["test", "test"], "metric": ["loss", "perplexity"], "value": [4.62, 101.7],
        },
        "training_log": {
            "step": [100], "epoch": [0], "split": ["train"], "loss": [5.0],
            "metric": ["perplexity"], "value": [148.4], "learning_rate": [0.003],
            "gradient_norm": [0.2], "gradient_norm_embedding": [0.1], "gradient_norm_rnn": [0.1],
            "gradient_norm_decoder": [0.1], "tokens_per_second": [3000.0], "seconds": [60.0],
        },
        "vocabulary": {
            "word_id": range(len(_WORDS)), "word": [word for word, _, _ in _WORDS],
            "train_count": _counts() * 10, "recorded_count": _counts(),
            "pos": [tag for _, tag, _ in _WORDS],
            "pos_share": np.ones(len(_WORDS), np.float32),
        },
        "sentence": {
            "sentence_id": range(len(_SENTENCES)), "label": None, "predicted": None,
            "probability": None, "num_tokens": [len(sentence) for sentence in words],
            "text": _SENTENCES,
        },
        "token": {
            "sentence_id": [s for s, _, _ in rows], "position": [p for _, p, _ in rows],
            "token": range(len(rows)), "word_id": [ids.get(word, 400) for _, _, word in rows],
            "next_probability": np.full(len(rows), 0.1, np.float32),
            "top_words": np.tile(np.arange(5, dtype=np.int32), (len(rows), 1)),
            "top_probabilities": np.tile(np.float32([0.2, 0.1, 0.05, 0.02, 0.01]), (len(rows), 1)),
        },
        "expected_response": _expected_response(spec),
        "unit_summary": _unit_summary(spec, column_names["unit_summary"]),
        "glyph": _joined([_glyphs(spec, state) for state in spec.states]),
    }  # fmt: skip
