"""Opened releases and what is derived from them, shared by all sessions of the process.

Everything is keyed by a release and scalars. A release never changes, so nothing here is ever
stale; what it returns is not to be changed.
"""

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from threading import Lock
from typing import Any
from weakref import WeakValueDictionary

import numpy as np

from rnnvis_assets.expected_response.unit_dynamics import state_that_is_read
from viewer.data.release_cache import cached_by_release
from warehouse.arrays import Float32Array, Int32Array
from warehouse.cluster_queries import ReleasedCoClustering
from warehouse.layer_queries import ReleasedLayer
from warehouse.reader import Release, open_release, read_current
from warehouse.storage import Storage
from warehouse.word_queries import WordResponse

CLIP_PERCENTILE = 95
KEYS = ("layer", "state", "affinity", "num_clusters")
"""What a release knows a co-clustering by."""
FITTING_TOKENS = (8, 18)
"""Lengths of a sentence that fits on the screen and says something."""
SOUGHT = 1_000
"""Sentences among which the first to show is chosen."""
READ_BEFORE = 10
"""Sentences after which a language model's memory is as when it reads."""


@dataclass(frozen=True)
class Analysis:
    """Which co-clustering of a release is shown; ``order``, the release's clusters as they are
    numbered on the screen, is empty where that is the release's own order."""

    layer: int
    state: str
    affinity: str
    num_clusters: int
    order: tuple[int, ...] = ()

    @property
    def key(self) -> dict[str, Any]:
        """What a release knows the co-clustering by."""
        return {name: getattr(self, name) for name in KEYS}

    @property
    def released(self) -> "Analysis":
        """The same in the release's own order."""
        return replace(self, order=())

    def to_shown(self, cluster: int) -> int:
        """The number on the screen of a cluster of the release, both from 0."""
        return self.order.index(cluster) if self.order else cluster

    def to_released(self, cluster: int) -> int:
        """The inverse of ``to_shown``."""
        return self.order[cluster] if self.order else cluster


@dataclass(frozen=True)
class ReleaseFacts:
    """What a release holds: its model row, its test figures, and the analyses to choose from;
    ``run_id`` of the Dagster run that published it, if any."""

    model: Mapping[str, Any]
    figures: Mapping[str, float]
    layers: tuple[ReleasedLayer, ...]
    states: tuple[str, ...]
    affinities: tuple[str, ...]
    cluster_counts: tuple[int, ...]
    analyses: frozenset[Analysis]
    default: Analysis
    minimum_count: int
    tracks: tuple[str, ...]
    run_id: str | None


@dataclass(frozen=True, eq=False)
class ReleaseVocabulary:
    """Words of a release by id, with their tags and occurrences in the recorded split.

    ``tagger`` names what tagged them, or says after ``none:`` why nothing did; ``language`` is that
    of the dataset. Each is empty where nobody knows it.
    """

    words: tuple[str, ...]
    tags: tuple[str | None, ...]
    counts: Int32Array
    place: Mapping[str, int]
    tagger: str = ""
    language: str = ""

    def occurring(self, words: Iterable[str]) -> list[int]:
        """The ids of those words that the recorded text holds."""
        found = (self.place.get(word) for word in words)
        return [word_id for word_id in found if word_id is not None and self.counts[word_id]]


@dataclass(frozen=True, eq=False)
class ClusteredResponses:
    """Mean responses float32[clustered words, units]; ``clip``, the one at the ends of the colour
    ramp (95th percentile of |response|)."""

    mean: Float32Array
    clip: float


_OPENED: WeakValueDictionary[tuple[Storage, str, str], Release] = WeakValueDictionary()
_LATEST: deque[Release] = deque(maxlen=2)
"""Stay open when their last session ends: most often their page is being loaded again."""
_OPENING = Lock()


def kept_release(storage: Storage, model: str, release_id: str) -> Release:
    """A release by its id, current or older, which closes once no session shows it.

    Raises ReleaseError where it cannot be read.
    """
    key = storage, model, release_id
    with _OPENING:
        release = _OPENED.get(key)
        if release is None:
            release = _OPENED[key] = open_release(model, release_id, storage)
            _LATEST.append(release)
    return release


def current_release(storage: Storage, model: str) -> Release:
    """The release that CURRENT names now. Raises ReleaseError where there is none to be read."""
    return kept_release(storage, model, read_current(storage, model))


@cached_by_release
def facts_of(release: Release) -> ReleaseFacts:
    """The release's facts. The analysis to begin with: the top layer, its first state, and the
    affinity and number of clusters of the sentence glyphs."""
    spec, layers = release.model["spec"]["analysis"], tuple(release.layers)
    rows = release.clusters.quality().select(list(KEYS)).to_pylist()
    analyses = frozenset(Analysis(**row) for row in rows)
    figures, made_of = release.evaluation().to_pylist(), release.provenance().to_pylist()
    return ReleaseFacts(
        model=release.model,
        figures={row["metric"]: row["value"] for row in figures if row["split"] == "test"},
        layers=layers,
        states=release.layers.states,
        affinities=tuple(sorted({analysis.affinity for analysis in analyses})),
        cluster_counts=tuple(sorted({analysis.num_clusters for analysis in analyses})),
        analyses=analyses,
        default=Analysis(
            layer=len(layers) - 1,
            state=first_state(release, len(layers) - 1),
            **release.clusters.shown(),
        ),
        minimum_count=spec["co_clusters"]["minimum_count"],
        tracks=tuple(release.annotations.kinds),
        run_id=next((r["run_id"] for r in made_of if r["stage"] == "release"), None),
    )


def first_state(release: Release, layer: int) -> str:
    """The state of a layer to begin with: one that the network reads (``state_that_is_read``)."""
    states = release.layers[layer].states
    return state_that_is_read(
        {state: release.units.saturation(layer=layer, state=state) for state in states}
    )


@cached_by_release
def vocabulary_of(release: Release) -> ReleaseVocabulary:
    """The release's words, read once."""
    rows = release.words.vocabulary()
    words = tuple(rows["word"].to_pylist())
    dataset = release.model["spec"]["dataset"] or {}
    return ReleaseVocabulary(
        words=words,
        tags=tuple(rows["pos"].to_pylist()),
        counts=rows["recorded_count"].to_numpy().astype(np.int32),
        place={word: i for i, word in enumerate(words)},
        tagger=release.model["versions"].get("tagger", ""),
        language=dataset.get("language", "").removeprefix("none"),
    )


@cached_by_release
def co_clustering(release: Release, analysis: Analysis) -> ReleasedCoClustering:
    """One co-clustering. Raises ReleaseError where the release lacks it."""
    if analysis.order:
        return co_clustering(release, analysis.released).reordered(analysis.order)
    return release.clusters.get(**analysis.key)


def clustered_words(release: Release, analysis: Analysis) -> list[str]:
    """The words that an analysis clusters, by word id."""
    words = vocabulary_of(release).words
    return [words[word_id] for word_id in co_clustering(release, analysis).word_ids]


def strongest_words(release: Release, analysis: Analysis) -> list[list[str]]:
    """The words of every cluster, the strongest first."""
    found, words = co_clustering(release, analysis), clustered_words(release, analysis)
    clusters: list[list[str]] = [[] for _ in range(analysis.num_clusters)]
    for i in np.argsort(-found.strengths, kind="stable").tolist():
        clusters[found.word_clusters[i]].append(words[i])
    return clusters


@cached_by_release
def _responses(release: Release, layer: int, state: str, word_ids: bytes) -> ClusteredResponses:
    matrix = release.words.response_matrix(layer=layer, state=state)
    rows = np.searchsorted(matrix.word_ids, np.frombuffer(word_ids, np.int32))
    mean = matrix.mean[rows]
    return ClusteredResponses(
        mean=mean,
        clip=float(np.percentile(np.abs(mean), CLIP_PERCENTILE)),
    )


def responses_of(release: Release, analysis: Analysis) -> ClusteredResponses:
    """Responses of the words that an analysis clusters."""
    word_ids = co_clustering(release, analysis).word_ids.astype(np.int32)
    return _responses(release, analysis.layer, analysis.state, word_ids.tobytes())


@cached_by_release
def word_response(release: Release, layer: int, state: str, word_id: int) -> WordResponse:
    """The distribution of a word's responses. Raises ReleaseError for a word that never occurs."""
    return release.words.response(word_id, layer=layer, state=state)


def first_words(release: Release, analysis: Analysis) -> list[int]:
    """A word to begin with: the strongest of those that are written in letters, if there are any;
    a mark such as <eos> says less."""
    found, known = co_clustering(release, analysis), vocabulary_of(release).words
    by_strength = found.word_ids[np.argsort(-found.strengths, kind="stable")].tolist()
    written = (word_id for word_id in by_strength if known[word_id].isalpha())
    return [next(written, by_strength[0])] if by_strength else []


def first_sentences(release: Release) -> list[int]:
    """A sentence to begin with: the one whose words divide a classifier most, else, of those that
    come after some text and have a fitting length, the one of the strongest words, else the first.
    """
    turning = release.sentences.most_divided(FITTING_TOKENS)
    if turning is not None:
        return [turning]
    found = release.sentences.find(limit=SOUGHT).to_pylist()
    shortest, longest = FITTING_TOKENS
    fitting = [row for row in found if shortest <= row["num_tokens"] <= longest]
    after = [row for row in fitting if row["sentence_id"] >= READ_BEFORE] or fitting
    if after:
        strengths = _strengths(release)
        return [max(after, key=lambda row: _mean_strength(row["text"], strengths))["sentence_id"]]
    return [row["sentence_id"] for row in found[:1]]


def _strengths(release: Release) -> Mapping[str, float]:
    """By clustered word, in the release's own analysis."""
    found = co_clustering(release, facts_of(release).default)
    words = vocabulary_of(release).words
    return {words[i]: s for i, s in zip(found.word_ids, found.strengths.tolist(), strict=True)}


def _mean_strength(text: str, strengths: Mapping[str, float]) -> float:
    words = text.split()
    return sum(strengths.get(word, 0.0) for word in set(words)) / max(len(words), 1)
