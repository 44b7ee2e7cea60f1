"""Opened releases and what is derived from them, shared by all sessions of the process.

Everything is keyed by a release and scalars. A release never changes, so nothing here is ever
stale; what is handed out is only read.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from warehouse.response_queries import CoClustering, Floats, Ints, WordResponse

from warehouse.layer_queries import Layer
from warehouse.reader import Release, open_release, read_current
from warehouse.storage import Storage

CLIP_PERCENTILE = 95


@dataclass(frozen=True)
class Analysis:
    """Which co-clustering of a release is looked at."""

    layer: int
    state: str
    affinity: str
    num_clusters: int


@dataclass(frozen=True)
class Facts:
    """What a release holds: its model row, its figures, and the analyses to choose from."""

    model: Mapping[str, Any]
    figures: Mapping[str, float]
    layers: tuple[int, ...]
    layer_facts: tuple[Layer, ...]
    states: tuple[str, ...]
    affinities: tuple[str, ...]
    cluster_counts: tuple[int, ...]
    analyses: frozenset[Analysis]
    default: Analysis
    minimum_count: int
    tracks: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Vocabulary:
    """Words of a release by id, with their tags and occurrences in the recorded split."""

    words: tuple[str, ...]
    tags: tuple[str | None, ...]
    counts: npt.NDArray[np.int32]
    place: Mapping[str, int]


@dataclass(frozen=True, eq=False)
class Responses:
    """Mean responses float32[clustered words, units]; ``clip``, the one at the ends of the colour
    ramp (95th percentile of |response|); int32[units], the units by falling mean response."""

    mean: Floats
    clip: float
    unit_order: Ints


@lru_cache(maxsize=16)
def _opened(storage: Storage, model: str, release_id: str) -> Release:
    return open_release(model, release_id, storage)


def kept_release(storage: Storage, model: str, release_id: str) -> Release:
    """A release by its id, current or older. Raises ReleaseError where it cannot be read."""
    return _opened(storage, model, release_id)


def current_release(storage: Storage, model: str) -> Release:
    """The release that CURRENT names now. Raises ReleaseError where there is none to be read."""
    return _opened(storage, model, read_current(storage, model))


@lru_cache(maxsize=64)
def facts_of(release: Release) -> Facts:
    """The release's facts. The analysis to begin with: the top layer, the default state, and the
    affinity and number of clusters of the sentence glyphs."""
    spec = release.model["spec"]["analysis"]
    names = ("layer", "state", "affinity", "num_clusters")
    analyses = frozenset(
        Analysis(*(row[name] for name in names)) for row in release.clusters.quality().to_pylist()
    )
    glyphs, layers = spec["glyphs"], tuple(map(release.layer, release.layers))
    return Facts(
        model=release.model,
        figures=_test_figures(release.evaluation()),
        layers=release.layers,
        layer_facts=layers,
        states=release.layers.states,
        affinities=tuple(sorted({analysis.affinity for analysis in analyses})),
        cluster_counts=tuple(sorted({analysis.num_clusters for analysis in analyses})),
        analyses=analyses,
        default=Analysis(
            layer=len(layers) - 1,
            state=layers[-1].states[0],
            affinity=glyphs["affinity"],
            num_clusters=glyphs["num_clusters"],
        ),
        minimum_count=spec["co_clusters"]["minimum_count"],
        tracks=tuple(release.annotations),
    )


def _test_figures(evaluation: pa.Table) -> Mapping[str, float]:
    rows = evaluation.to_pylist()
    return {row["metric"]: row["value"] for row in rows if row["split"] == "test"}


@lru_cache(maxsize=64)
def vocabulary_of(release: Release) -> Vocabulary:
    """The release's words, read once."""
    rows = release.words.vocabulary()
    words = tuple(rows["word"].to_pylist())
    return Vocabulary(
        words=words,
        tags=tuple(rows["pos"].to_pylist()),
        counts=rows["recorded_count"].to_numpy().astype(np.int32),
        place={word: i for i, word in enumerate(words)},
    )


@lru_cache(maxsize=256)
def co_clustering(release: Release, analysis: Analysis) -> CoClustering:
    """One co-clustering. Raises ReleaseError where the release lacks it."""
    return release.clusters.get(
        layer=analysis.layer,
        state=analysis.state,
        affinity=analysis.affinity,
        num_clusters=analysis.num_clusters,
    )


@lru_cache(maxsize=32)
def _responses(release: Release, layer: int, state: str, word_ids: bytes) -> Responses:
    matrix = release.words.response_matrix(layer=layer, state=state)
    rows = np.searchsorted(matrix.word_ids, np.frombuffer(word_ids, np.int32))
    mean = matrix.mean[rows]
    return Responses(
        mean=mean,
        clip=float(np.percentile(np.abs(mean), CLIP_PERCENTILE)),
        unit_order=np.argsort(-mean.mean(axis=0), kind="stable").astype(np.int32),
    )


def responses_of(release: Release, analysis: Analysis) -> Responses:
    """Responses of the words that an analysis clusters."""
    word_ids = co_clustering(release, analysis).word_ids.astype(np.int32)
    return _responses(release, analysis.layer, analysis.state, word_ids.tobytes())


@lru_cache(maxsize=512)
def word_response(release: Release, layer: int, state: str, word_id: int) -> WordResponse:
    """The distribution of a word's responses. Raises ReleaseError for a word that never occurs."""
    return release.words.response(word_id, layer=layer, state=state)


def telling_words(release: Release, analysis: Analysis) -> list[int]:
    """A word to begin with: the most central of the strongest link's word cluster."""
    found = co_clustering(release, analysis)
    strongest = int(np.abs(found.weights).argmax()) // analysis.num_clusters
    members = np.flatnonzero(found.word_clusters == strongest)
    if not len(members):
        return []
    return [int(found.word_ids[members[found.centralities[members].argmax()]])]


def telling_sentences(release: Release) -> list[int]:
    """A sentence to begin with: the first that is neither short nor long, else the first."""
    found = release.sentences.find(limit=200).to_pylist()
    fitting = [row for row in found if 8 <= row["num_tokens"] <= 18]
    return [row["sentence_id"] for row in [*fitting, *found][:1]]
