"""A release with made-up responses to real English words: what the viewer's tests look at.

Word classes (``words.txt``: a universal tag and the words of one class a line) meet planted groups
of units, so that clusters, links and clouds look as they do on a trained network.
"""

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache, partial
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

import duckdb
import numpy as np
import numpy.typing as npt

from tests.warehouse.synthetic import (
    SOMETIMES,
    Columns,
    Synthetic,
    card,
    columns_of,
    keyed,
    stacked,
    write_content,
)
from tests.warehouse.synthetic_states import (
    log_columns,
    split_of,
    states_of,
    summary_columns,
)
from warehouse import publish_release as publishing
from warehouse.build_release import Rows, insert_rows, write_release
from warehouse.publish_release import Publication, publish_release
from warehouse.schema import MODEL
from warehouse.storage import Storage

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float32]

_LINES = (Path(__file__).parent / "words.txt").read_text("utf-8").splitlines()
_CLASSES = [line.split()[1:] for line in _LINES]
_TAGS = [line.split()[0] for line in _LINES]
_WORDS = [(word, row) for row, words in enumerate(_CLASSES) for word in words]
_CLASS_OF_WORD = np.array([row for _, row in _WORDS])
NEVER = "never-seen"
MINIMUM_COUNT = 5
# Determiner, adjective, noun, verb, pronoun, verb, verb, preposition, determiner, noun ...
_TEMPLATE = (2, 15, 8, 6, 1, 4, 5, 0, 2, 10, 18, 7)


@dataclass(frozen=True)
class MadeUp(Synthetic):
    """``num_units`` and the like are free; the words are those of ``words.txt`` and one more."""

    name: str = "ptb-lstm"
    dataset: str = "text"
    num_words: int = len(_WORDS) + 1
    num_units: int = 60
    num_tokens: int = 2400
    cluster_counts: tuple[int, ...] = (2, 5, 20, 10)
    affinities: tuple[str, ...] = ("positive",)
    empty_word_cluster: bool = False
    tagged: bool = True

    def words(self) -> list[str]:
        return [*(word for word, _ in _WORDS), NEVER]

    def word_ids(self) -> npt.NDArray[np.int32]:
        """Sentences after one template, then every word once."""
        classes = np.resize(_TEMPLATE, self.num_tokens)
        starts = np.cumsum([0, *map(len, _CLASSES)])
        sizes = np.diff(starts)[classes]
        shares = self.random("words").random(self.num_tokens) ** 2
        ids = starts[classes] + (shares * sizes).astype(int)
        ids[-len(_WORDS) :] = np.arange(len(_WORDS))
        return ids.astype(np.int32)

    def groups(self) -> Ints:
        """int64[units]: the planted group of every unit; sizes differ."""
        shares = np.sort(self.random("sizes").dirichlet(np.full(len(_CLASSES), 3.0)))
        middles = (np.arange(self.num_units) + 0.5) / self.num_units
        return np.minimum(np.searchsorted(np.cumsum(shares), middles), len(_CLASSES) - 1)

    def responses(self, layer: int, state: str) -> Floats:
        """Strong where a class meets its own group, weak elsewhere."""
        random = self.random("response", layer, state)
        shape = (len(_CLASSES), self.num_units)
        own = self.groups()[None, :] == np.arange(len(_CLASSES))[:, None]
        pattern = random.normal(0, 0.09, shape) + own * random.normal(0.25, 0.25, shape)
        strength = random.uniform(0.6, 1.4, (len(_WORDS), 1))
        noise = random.normal(0, 0.05, (len(_WORDS), self.num_units))
        return (pattern[_CLASS_OF_WORD] * strength + noise).astype(np.float32)

    def clusters(self, k: int) -> tuple[Ints, Ints]:
        """Cluster of every unit and of every word, ascending in number of units."""
        merged = np.arange(len(_CLASSES)) * k // len(_CLASSES)
        units, words = merged[self.groups()], merged[_CLASS_OF_WORD]
        order = np.argsort(np.argsort(np.bincount(units, minlength=k), kind="stable"))
        if self.empty_word_cluster:
            words = np.where(words == 1, 0, words)
        return order[units], order[words]


@dataclass(frozen=True)
class OtherWords(MadeUp):
    """The same, twice as strong, with every word one id further and "zebra" in the place of
    "she"."""

    name: str = "other-gru"
    dataset: str = "other"
    cell: str = "gru"
    num_layers: int = 1

    def words(self) -> list[str]:
        *known, never = super().words()
        moved = [known[-1], *known[:-1]]
        return ["zebra" if word == "she" else word for word in moved] + [never]

    def responses(self, layer: int, state: str) -> Floats:
        return 2 * super().responses(layer, state)


def _links(mean: Floats, words: Ints, units: Ints, k: int) -> Columns:
    pairs = list(product(range(k), range(k)))
    blocks = [mean[words == w][:, units == u] for w, u in pairs]
    parts = {"weight": np.asarray, "positive": lambda b: np.maximum(b, 0),
             "negative": lambda b: np.minimum(b, 0)}  # fmt: skip
    means = {
        name: np.array([part(block).mean() if block.size else 0.0 for block in blocks])
        for name, part in parts.items()
    }
    return {"word_cluster": [w for w, _ in pairs], "unit_cluster": [u for _, u in pairs], **means}


def _centrality(mean: Floats, words: Ints) -> Floats:
    centres = {cluster: mean[words == cluster].mean(axis=0) for cluster in np.unique(words)}
    away = np.array([np.linalg.norm(row - centres[c]) for row, c in zip(mean, words, strict=True)])
    return (1 - away / away.max()).astype(np.float32)


def _cells(key: Columns, clusters: Ints) -> Columns:
    units = np.arange(len(clusters))
    if key["affinity"] != "signed":
        return {"unit": units, "direction": np.zeros_like(units), "cluster": clusters}
    # A falling unit is in the cluster after that of the rising one.
    return {
        "unit": np.tile(units, 2),
        "direction": np.repeat([1, -1], len(units)),
        "cluster": np.concatenate((clusters, (clusters + 1) % key["num_clusters"])),
    }


def _co_clustering(spec: MadeUp, key: Columns) -> dict[str, Columns]:
    k = key["num_clusters"]
    units, words = spec.clusters(k)
    mean = spec.responses(key["layer"], key["state"])
    tables: dict[str, Columns] = {
        "unit_cluster": _cells(key, units),
        "word_cluster": {
            "word_id": np.arange(len(words)), "cluster": words,
            "centrality": _centrality(mean, words),
            "strength": _centrality(mean, words),
        },
        "cluster_link": _links(mean, words, units, k),
        "clustering": {
            "num_words": [len(words)], "seed": [0], "normalized_cut": [0.31 * k],
            "stability": [0.88], "sign_coherence": [0.71],
            "empty_word_clusters": [k - len(np.unique(words))],
            "chance_cut": [0.62 * k], "chance_stability": [0.12], "chance_coherence": [0.29],
            "invariance": [1.0], "head_agreement": [0.4 if spec.heads else None],
        },
    }  # fmt: skip
    return {name: keyed(key, columns) for name, columns in tables.items()}


def _co_clusterings(spec: MadeUp) -> dict[str, Columns]:
    names = ("layer", "state", "affinity", "num_clusters")
    keys = product(range(spec.num_layers), spec.states, spec.affinities, spec.cluster_counts)
    parts = [_co_clustering(spec, dict(zip(names, key, strict=True))) for key in keys]
    return {name: stacked([part[name] for part in parts]) for name in parts[0]}


def _summed(values: Floats, units: Ints, k: int) -> Floats:
    """float32[tokens, k]: sums over the units of every cluster."""
    return values @ (units[:, None] == np.arange(k)).astype(np.float32)


def glyph_lists(spec: MadeUp, layer: int, state: str) -> dict[str, Floats]:
    """float32[tokens, k] for every list of the glyph table, from states that slowly fade."""
    states = states_of(spec, layer, state)
    k = spec.cluster_counts[-1]
    units, _ = spec.clusters(k)
    up, down = (_summed(part(states, 0), units, k) for part in (np.maximum, np.minimum))
    first = (np.arange(len(states)) % spec.sentence_length == 0)[:, None]
    before = {name: np.where(first, 0, np.roll(sums, 1, axis=0)) for name, sums in
              (("up", up), ("down", down))}  # fmt: skip
    preserved = np.minimum(before["up"] - before["down"], up - down) / np.maximum(up - down, 1e-6)
    lists = {
        "positive": up, "negative": down, "preserved": preserved,
        "positive_change": up - before["up"], "negative_change": down - before["down"],
    }  # fmt: skip
    if not (spec.heads and state == "cell"):
        return lists
    written, lost = (_summed(part, units, k) for part in split_of(spec, layer))
    return lists | {"written": written, "lost": lost}


@cache
def made_up_columns(spec: MadeUp) -> dict[str, Columns]:
    """Every table but ``model``, as columns; only to be read."""
    columns = columns_of(spec) | _co_clusterings(spec)
    metric = "accuracy" if spec.classes else "perplexity"
    columns |= {"unit_summary": summary_columns(spec), "training_log": log_columns(spec, metric)}
    glyph = columns["glyph"]
    for layer, state in spec.analysed:
        rows = (np.asarray(glyph["layer"]) == layer) & (np.asarray(glyph["state"]) == state)
        for name, values in glyph_lists(spec, layer, state).items():
            if name in SOMETIMES:
                values = list(values)
                for row, value in zip(np.flatnonzero(rows), values, strict=True):
                    glyph[name][row] = value
            else:
                glyph[name][rows] = values
    if spec.tagged:
        tags = [*(_TAGS[row] for _, row in _WORDS), None]
        columns["vocabulary"] |= {"pos": tags, "pos_share": [1.0] * len(tags)}
    return columns


def publish_made_up(storage: Storage, spec: MadeUp = MadeUp(), **model: str) -> Publication:
    """Publishes the release of ``spec``, through the same checks as a real one; ``model`` replaces
    columns of its model row."""
    glyphs = {"affinity": spec.affinities[0], "num_clusters": spec.cluster_counts[-1]}
    analysis = {"glyphs": glyphs, "co_clusters": {"minimum_count": MINIMUM_COUNT}}
    columns = made_up_columns(replace(spec, name=""))  # made once for all that differ in the name
    content = write_content(storage.table(spec.name, "any").parent, spec, columns)
    dataset = {"tokenizer": {"kind": "whitespace", "end_of_sentence": False}}
    hybrid = {"attention_layers": [1, 3]} if spec.heads else {}
    stated = {
        "spec": json.dumps({"analysis": analysis, "dataset": dataset, **hybrid}),
        "dataset": spec.dataset,
    }
    described = card(spec) | stated | model
    write = partial(_write_release, replace(spec, name=""))
    with patch.object(publishing, "write_release", write):
        return publish_release(storage, described, content, keep=3)


_WRITTEN: dict[MadeUp, Path] = {}
_KEPT = TemporaryDirectory()


def _write_release(
    spec: MadeUp, path: Path, tables: Mapping[str, Rows], units: int | None
) -> list[str]:
    """Copies what was written and verified before of the same numbers, but for its model's row."""
    if spec not in _WRITTEN:
        if faults := write_release(path, tables, units):
            return faults
        _WRITTEN[spec] = Path(shutil.copy(path, Path(_KEPT.name) / f"{len(_WRITTEN)}.duckdb"))
        return []
    shutil.copy(_WRITTEN[spec], path)
    with duckdb.connect(str(path)) as connection:
        connection.execute("DELETE FROM model")
        insert_rows(connection, MODEL, tables[MODEL.name])
    return []
