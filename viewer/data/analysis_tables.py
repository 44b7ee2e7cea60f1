"""All words, units and chips of an analysis as tables to sort, filter and save."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Literal

import numpy as np

from viewer.data.cluster_moves import cluster_moves
from viewer.data.detail_data import direction_costs
from viewer.data.named_clusters import names_of
from viewer.data.release_cache import cached_by_release
from viewer.data.release_store import (
    Analysis,
    co_clustering,
    facts_of,
    strongest_words,
    vocabulary_of,
)
from viewer.data.silencing_costs import SilencingCosts, silencing_costs
from viewer.data.unit_chips import SIGNS
from viewer.theme_colours import TAG_NAMES
from warehouse.arrays import AnyArray, Float64Array, Int64Array
from warehouse.cluster_queries import ReleasedCoClustering
from warehouse.ranked_words import driving_words, nearest_words
from warehouse.reader import Release
from warehouse.word_queries import ResponseMatrix

LISTED = 4
"""Words that a cell of a table names."""
LONGEST_ROWS = 800
EXPECTED_ROWS = 'nothing, or as {"sort":["count","desc"],"filter":{"word":"un"}}'
Form = Literal["text", "words", "name", "sign", "count", "number", "fraction"]


@dataclass(frozen=True, eq=False)
class TableColumn:
    """A heading and a value a row, None where there is none. ``form``: how a value is written; of
    "name" it can be changed."""

    title: str
    form: Form
    values: Sequence[Any]


@dataclass(frozen=True, eq=False)
class AnalysisTable:
    """``ids``, what a row stands for: a word id, a unit, a cluster."""

    ids: Sequence[int]
    columns: tuple[TableColumn, ...]


@cached_by_release
def _matrix(release: Release, layer: int, state: str) -> ResponseMatrix:
    return release.words.response_matrix(layer=layer, state=state)


def plain(values: AnyArray) -> list[Any]:
    """Numbers, None for NaN."""
    return [None if value != value else value for value in values.tolist()]


def _spread(values: AnyArray, places: Int64Array, length: int) -> list[Any]:
    """Values at their places among ``length``, None at all others."""
    found: list[Any] = [None] * length
    for place, value in zip(places.tolist(), plain(values), strict=True):
        found[place] = value
    return found


def _joined(rows: Iterable[Iterable[int]], words: Sequence[str]) -> list[str]:
    return [" ".join(words[i] for i in row) for row in rows]


def _named(clusters: Sequence[int | None], names: Sequence[str]) -> list[TableColumn]:
    """The column of clusters' names, if any has one."""
    if not any(names):
        return []
    values = ["" if cluster is None else names[cluster - 1] for cluster in clusters]
    return [TableColumn("name", "text", values)]


def words_table(release: Release, analysis: Analysis) -> AnalysisTable:
    """All recorded words by falling count. ``stability``: the fraction of the cells of a word's
    chip that three quarters of its occurrences or more drive; ``nearest``: the words with the most
    similar responses (cosine), among those that are not rare."""
    known, found = vocabulary_of(release), co_clustering(release, analysis)
    nearest = _nearest(release, analysis.layer, analysis.state)
    order = np.array(list(nearest), np.int64)
    order = order[np.argsort(-known.counts[order], kind="stable")]
    place = {word: row for row, word in enumerate(order.tolist())}
    rows = np.array([place[word] for word in found.word_ids.tolist()], np.int64)
    clusters = _spread(found.word_clusters + 1, rows, len(order))
    ids = order.tolist()
    return AnalysisTable(ids, (
        TableColumn("word", "text", [known.words[i] for i in ids]),
        TableColumn("cluster", "count", clusters),
        *_named(clusters, names_of(release, analysis)),
        TableColumn("strength", "number", _spread(found.strengths, rows, len(order))),
        TableColumn("stability", "fraction", _spread(
            _stabilities(release, analysis), rows, len(order)
        )),
        TableColumn("count", "count", known.counts[order].tolist()),
        TableColumn("tag", "text", [TAG_NAMES.get(known.tags[i] or "", "") for i in ids]),
        TableColumn("nearest", "words", [nearest[i] for i in ids]),
    ))  # fmt: skip


@cached_by_release
def _nearest(release: Release, layer: int, state: str) -> Mapping[int, str]:
    """The nearest words of every recorded word, by id."""
    matrix, known = _matrix(release, layer, state), vocabulary_of(release).words
    frequent = np.flatnonzero(matrix.counts >= facts_of(release).minimum_count)
    places = nearest_words(matrix.mean, frequent, LISTED)
    texts = _joined(matrix.word_ids[places].tolist(), known)
    return dict(zip(matrix.word_ids.tolist(), texts, strict=True))


@cached_by_release
def _stabilities(release: Release, analysis: Analysis) -> Float64Array:
    """float64[clustered words]; NaN for a word whose chip has no cells."""
    found = co_clustering(release, analysis)
    order = np.argsort(found.word_ids, kind="stable")
    low, high = release.words.quantiles(
        found.word_ids[order].tolist(), layer=analysis.layer, state=analysis.state,
        names=("q25", "q75"),
    )  # fmt: skip
    stabilities = np.full(len(order), np.nan)
    stabilities[order] = agreement(low, high, found, found.word_clusters[order])
    return stabilities


def agreement(
    low: AnyArray, high: AnyArray, found: ReleasedCoClustering, clusters: AnyArray
) -> Float64Array:
    """float64[words]: the fraction of the cells of each word's chip that three quarters of its
    occurrences drive: whose quartiles ``low`` and ``high`` float[words, units] lie on the cell's
    side of zero, of a whole unit both on one side. NaN for a chip without cells."""
    chips = found.chips
    rises, falls = (low > 0)[:, chips.units], (high < 0)[:, chips.units]
    moved = np.where(
        chips.directions == 0, rises | falls, np.where(chips.directions > 0, rises, falls)
    )
    own = chips.clusters == clusters[:, None]
    sizes = own.sum(axis=1)
    driven = (moved & own).sum(axis=1) / np.maximum(sizes, 1)
    fractions: Float64Array = np.where(sizes > 0, driven, np.nan)
    return fractions


def units_table(release: Release, analysis: Analysis) -> AnalysisTable:
    """All cells by unit: their chip, the words that drive each most, how the unit moves, and what
    silencing it costs by itself, in nats, where it was measured."""
    chips = co_clustering(release, analysis).chips
    moves = cluster_moves(release, analysis)
    costs = direction_costs(release, analysis.layer, analysis.state)
    order = np.lexsort((-chips.directions, chips.units))
    units, directions = chips.units[order].tolist(), chips.directions[order].tolist()
    clusters = (chips.clusters[order] + 1).tolist()
    measured = [costs.get(cell) for cell in zip(units, directions, strict=True)]
    return AnalysisTable(units, (
        TableColumn("unit", "count", units),
        TableColumn("direction", "sign", [SIGNS[d] if d else "" for d in directions]),
        TableColumn("cluster", "count", clusters),
        *_named(clusters, names_of(release, analysis)),
        TableColumn("half-life", "number", plain(moves.half_life[units])),
        TableColumn("top words", "words", _driving(release, analysis, order)),
        TableColumn("saturated", "fraction", plain(moves.saturated[units])),
        *(
            TableColumn(title, "number", [cost[i] if cost else None for cost in measured])
            for i, title in enumerate(("silenced, nats", "from", "to"))
            if costs
        ),
    ))  # fmt: skip


def _driving(release: Release, analysis: Analysis, order: Int64Array) -> list[str]:
    """The words that drive each cell most; of a whole unit, those that change it most."""
    chips = co_clustering(release, analysis).chips
    matrix, known = _matrix(release, analysis.layer, analysis.state), vocabulary_of(release).words
    frequent = matrix.counts >= facts_of(release).minimum_count
    oriented = chips.orient(matrix.mean[frequent])[:, order]
    whole = chips.directions[order] == 0
    oriented[:, whole] = np.abs(oriented[:, whole])
    return _joined(matrix.word_ids[frequent][driving_words(oriented, LISTED)].tolist(), known)


def chips_table(release: Release, analysis: Analysis) -> AnalysisTable:
    """All chips by number, with their clouds' strongest words, how their units move, and what
    silencing them costs, next to random sets of as many cells."""
    found = co_clustering(release, analysis)
    numbers = list(range(found.chips.num_clusters))
    moves = {chip["cluster"]: chip for chip in cluster_moves(release, analysis).chips}
    strongest = [" ".join(words[:LISTED]) for words in strongest_words(release, analysis)]
    half_life, saturated = (
        [moves.get(number, {}).get(name) for number in numbers]
        for name in ("half_life", "saturated")
    )
    return AnalysisTable(numbers, (
        TableColumn("chip", "count", [number + 1 for number in numbers]),
        TableColumn("name", "name", names_of(release, analysis)),
        TableColumn("half-life", "number", half_life),
        TableColumn("saturated", "fraction", saturated),
        *_of_silencing(silencing_costs(release, analysis), numbers),
        TableColumn("cells", "count", found.chips.sizes.tolist()),
        TableColumn("words", "count", np.bincount(
            found.word_clusters, minlength=len(numbers)
        ).tolist()),
        TableColumn("strongest words", "words", strongest),
    ))  # fmt: skip


def _of_silencing(costs: SilencingCosts, numbers: Sequence[int]) -> list[TableColumn]:
    """Nothing where no chip was silenced."""
    names: Sequence[tuple[str, str, Form]] = (
        ("cost", costs.where, "number"), ("low", "random, least", "number"),
        ("high", "random, most", "number"), ("rank", "rank", "count"), ("ranked", "of", "count"),
    )  # fmt: skip
    return [
        TableColumn(title, form, [getattr(costs.chips.get(n), name, None) for n in numbers])
        for name, title, form in names
        if costs.chips
    ]


TABLES: Mapping[str, Callable[[Release, Analysis], AnalysisTable]] = MappingProxyType(
    {"words": words_table, "units": units_table, "chips": chips_table}
)


def rows_problem(text: str) -> str:
    """What is wrong with a text that says how rows are sorted and filtered, or "". Columns that a
    table lacks are allowed: they are ignored."""
    if text and not (len(text) <= LONGEST_ROWS and _is_arrangement(text)):
        return f"found “{text[:80]}”, expected {EXPECTED_ROWS}"
    return ""


def _is_arrangement(text: str) -> bool:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return False
    if not isinstance(found, dict) or not set(found) <= {"sort", "filter"}:
        return False
    match found.get("sort", ["", "asc"]), found.get("filter", {}):
        case [str(), "asc" | "desc"], dict(filters):
            return all(isinstance(typed, str) for typed in filters.values())
    return False
