"""Questions about words, units and clusters, and the shapes of their answers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from warehouse.database import unit_array
from warehouse.errors import ReleaseError, near_miss
from warehouse.layer_queries import LayerQueries
from warehouse.schema import (
    CLUSTER_LINK,
    CLUSTERING,
    EXPECTED_RESPONSE,
    QUANTILES,
    UNIT_CLUSTER,
    UNIT_SUMMARY,
    VOCABULARY,
    WORD_CLUSTER,
)

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class WordResponse:
    """How one word changes a layer's state: mean and quantiles, each float32[units]."""

    word_id: int
    count: int
    mean: Floats
    q09: Floats
    q25: Floats
    q50: Floats
    q75: Floats
    q91: Floats


@dataclass(frozen=True, eq=False)
class ResponseMatrix:
    """Mean responses float32[words, units], beside int32[words] ids and int64[words] counts."""

    word_ids: Ints
    counts: npt.NDArray[np.int64]
    mean: Floats


@dataclass(frozen=True, eq=False)
class CoClustering:
    """One co-clustering: ``unit_clusters`` int32[units]; ``word_ids``, ``word_clusters`` int32 and
    ``centralities`` float32, each [clustered words]; the links ``weights``, ``positive`` and
    ``negative`` float64[k, k], a row a word cluster; ``quality`` what ``clustering`` says of it."""

    unit_clusters: Ints
    word_ids: Ints
    word_clusters: Ints
    centralities: Floats
    weights: npt.NDArray[np.float64]
    positive: npt.NDArray[np.float64]
    negative: npt.NDArray[np.float64]
    quality: Mapping[str, Any]


class ResponseQueries(LayerQueries):
    """Answers from the tables of responses, units and co-clusters.

    All raise ReleaseError where the layer, state, unit, word or co-clustering does not exist.
    """

    def vocabulary(self) -> pa.Table:
        """Every word, by id, with its counts and part of speech."""
        return self.rows(VOCABULARY)

    @cached_property
    def _word_ids(self) -> Mapping[str, int]:
        rows = self.vocabulary()
        return dict(zip(rows["word"].to_pylist(), rows["word_id"].to_pylist(), strict=True))

    def word_id(self, word: str | int) -> int:
        """The id of a word, or the id itself, checked."""
        known = self._word_ids
        if isinstance(word, str) and word in known:
            return known[word]
        if isinstance(word, int) and 0 <= word < len(known):
            return word
        raise ReleaseError(
            f"found the word {word!r}, expected one of the {len(known)} in the vocabulary, "
            f"or the id of one{near_miss(word, known)}"
        )

    def word_response(self, word: str | int, *, layer: int, state: str) -> WordResponse:
        """How a word, or the word of an id, changes the state, unit by unit."""
        word_id = self.word_id(word)
        rows = self.rows(EXPECTED_RESPONSE, **self.at(layer, state, word_id=word_id))
        if not rows.num_rows:
            raise ReleaseError(f"the word {word!r} does not occur in the recorded split")
        arrays = {name: unit_array(rows[name])[0] for name in ("mean", *QUANTILES)}
        return WordResponse(word_id, rows["count"][0].as_py(), **arrays)

    def response_matrix(self, *, layer: int, state: str, minimum_count: int = 1) -> ResponseMatrix:
        """Mean responses of all words with at least ``minimum_count`` occurrences, by word id."""
        rows = self.select(
            'SELECT word_id, "count", mean FROM expected_response '
            'WHERE layer = $layer AND state = $state AND "count" >= $minimum ORDER BY word_id',
            self.at(layer, state, minimum=minimum_count),
        )
        ids, counts = (rows[name].to_numpy() for name in ("word_id", "count"))
        return ResponseMatrix(ids, counts, unit_array(rows["mean"]))

    def _place(self, unit: int, layer: int) -> int:
        """Where SQL, which counts from 1, finds a unit in an array."""
        units = self.layer(layer).units
        if not 0 <= unit < units:
            raise ReleaseError(f"found unit {unit}, expected one from 0 to {units - 1}")
        return unit + 1

    def top_words(
        self, unit: int, *, layer: int, state: str, limit: int = 30, minimum_count: int = 5
    ) -> pa.Table:
        """The words that move a unit most: word_id, word, count, mean.

        The largest |mean| first, among words with at least ``minimum_count`` occurrences.
        """
        at = self.at(layer, state, limit=limit, minimum=minimum_count)
        return self.select(
            """
            SELECT word_id, word, "count", mean
            FROM (
                SELECT word_id, "count", mean[$place] AS mean FROM expected_response
                WHERE layer = $layer AND state = $state AND "count" >= $minimum
                ORDER BY abs(expected_response.mean[$place]) DESC, word_id LIMIT $limit
            ) JOIN vocabulary USING (word_id)
            ORDER BY abs(mean) DESC, word_id
            """,
            {**at, "place": self._place(unit, layer)},
        )

    def unit_responses(
        self, unit: int, words: Sequence[int], *, layer: int, state: str
    ) -> pa.Table:
        """How words (by id) change one unit: word_id, count, mean, q09 to q91, by word id."""
        at = self.at(layer, state, words=list(words))
        return self.select(
            """
            SELECT word_id, "count", mean[$place] AS mean, q09[$place] AS q09, q25[$place] AS q25,
                q50[$place] AS q50, q75[$place] AS q75, q91[$place] AS q91
            FROM expected_response
            WHERE layer = $layer AND state = $state
                AND word_id IN (SELECT unnest($words::INTEGER[]))
            ORDER BY word_id
            """,
            {**at, "place": self._place(unit, layer)},
        )

    def nearest_words(
        self, word: str | int, *, layer: int, state: str, limit: int = 10, minimum_count: int = 1
    ) -> pa.Table:
        """The words with the most similar responses (cosine): word_id, word, count, similarity."""
        own = self.word_response(word, layer=layer, state=state)
        n = len(own.mean)
        return self.select(
            f"""
            SELECT word_id, word, "count", similarity
            FROM (
                SELECT word_id, "count",
                    array_cosine_similarity(mean::FLOAT[{n}], $own::FLOAT[{n}]) AS similarity
                FROM expected_response
                WHERE layer = $layer AND state = $state AND "count" >= $minimum
                    AND word_id <> $word
                ORDER BY similarity DESC, word_id LIMIT $limit
            ) JOIN vocabulary USING (word_id)
            ORDER BY similarity DESC, word_id
            """,  # noqa: S608 -- a number
            self.at(layer, state, own=own.mean.tolist(), word=own.word_id, limit=limit,
                    minimum=minimum_count),
        )  # fmt: skip

    def unit_summary(self, *, layer: int, state: str) -> pa.Table:
        """The distribution of every unit's states, changes and gate, by unit."""
        return self.rows(UNIT_SUMMARY, **self.at(layer, state))

    def clusterings(self) -> pa.Table:
        """Every co-clustering that there is, and its quality."""
        return self.rows(CLUSTERING)

    def co_clustering(
        self, *, layer: int, state: str, affinity: str, num_clusters: int
    ) -> CoClustering:
        """One co-clustering: who belongs where, how strong the links are, and its quality."""
        at = self.at(layer, state, affinity=affinity, num_clusters=num_clusters)
        quality = self.rows(CLUSTERING, **at).to_pylist()
        if not quality:
            there = self.rows(CLUSTERING, **self.at(layer, state))
            affinities, counts = (set(there[n].to_pylist()) for n in ("affinity", "num_clusters"))
            raise ReleaseError(
                f"found affinity {affinity!r} with {num_clusters!r} clusters, expected one of "
                f"{sorted(affinities)} with a number of {sorted(counts)}"
                f"{near_miss(affinity, affinities)}"
            )
        words, links = self.rows(WORD_CLUSTER, **at), self.rows(CLUSTER_LINK, **at)
        square = (num_clusters, num_clusters)
        return CoClustering(
            unit_clusters=self.rows(UNIT_CLUSTER, **at)["cluster"].to_numpy(),
            word_ids=words["word_id"].to_numpy(),
            word_clusters=words["cluster"].to_numpy(),
            centralities=words["centrality"].to_numpy(),
            weights=links["weight"].to_numpy().reshape(square),
            positive=links["positive"].to_numpy().reshape(square),
            negative=links["negative"].to_numpy().reshape(square),
            quality=quality[0],
        )
