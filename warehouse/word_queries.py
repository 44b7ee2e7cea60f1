"""What each word does to the units of a layer, and each unit's words: ``expected_response``."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import pyarrow as pa

from warehouse.arrays import Float32Array, Int32Array, Int64Array
from warehouse.database import Database, list_matrix
from warehouse.errors import ReleaseError, near_miss
from warehouse.layer_queries import LayerQueries
from warehouse.schema import (
    EXPECTED_RESPONSE,
    QUANTILES,
    SENTENCE_START,
    UNIT_ABLATION,
    UNIT_SUMMARY,
    VOCABULARY,
    WORD_PIECE,
)


@dataclass(frozen=True, eq=False)
class WordResponse:
    """How one word changes a layer's state: mean and quantiles, each float32[units]."""

    word_id: int
    count: int
    mean: Float32Array
    q09: Float32Array
    q25: Float32Array
    q50: Float32Array
    q75: Float32Array
    q91: Float32Array


@dataclass(frozen=True, eq=False)
class ResponseMatrix:
    """Mean responses float32[words, units] with int32[words] ids and int64[words] counts."""

    word_ids: Int32Array
    counts: Int64Array
    mean: Float32Array


class WordQueries:
    """The vocabulary and the expected responses of its words.

    All raise ReleaseError where the word, layer or state does not exist.
    """

    def __init__(self, database: Database, layers: LayerQueries) -> None:
        self._database, self._layers = database, layers

    def vocabulary(self) -> pa.Table:
        """Every word, by id, with its counts and part of speech."""
        return self._database.rows(VOCABULARY)

    @cached_property
    def _ids(self) -> Mapping[str, int]:
        rows = self.vocabulary()
        return dict(zip(rows["word"].to_pylist(), rows["word_id"].to_pylist(), strict=True))

    def id(self, word: str | int) -> int:
        """The id of a word, or the id itself, checked."""
        known = self._ids
        if isinstance(word, str) and word in known:
            return known[word]
        if isinstance(word, int) and 0 <= word < len(known):
            return word
        raise ReleaseError(
            f"found the word {word!r}, expected one of the {len(known)} in the vocabulary, "
            f"or the id of one{near_miss(word, known)}"
        )

    def all_pieces(self) -> dict[int, list[str]]:
        """The pieces of every word, by id; empty where the network reads whole words."""
        rows = self._database.rows(WORD_PIECE)
        return dict(zip(rows["word_id"].to_pylist(), rows["pieces"].to_pylist(), strict=True))

    def pieces(self, word: str | int) -> tuple[str, ...]:
        """The pieces that the network reads for a word; none where it reads whole words."""
        rows = self._database.rows(WORD_PIECE, word_id=self.id(word))
        return tuple(rows["pieces"][0].as_py()) if len(rows) else ()

    def search(
        self,
        pattern: str = "",
        *,
        pos: str | None = None,
        above: int = 0,
        below: int | None = None,
    ) -> Int32Array:
        """Ids of recorded words by falling count: those that a regular expression (RE2) finds, of a
        part of speech, with more and with fewer occurrences. Raises ReleaseError for an expression
        that cannot be read."""
        rows = self._database.select(
            """
            SELECT word_id FROM vocabulary
            WHERE recorded_count > $above AND recorded_count < coalesce($below, 2**62)
                AND ($pos IS NULL OR pos = upper($pos)) AND regexp_matches(word, $pattern, 'i')
            ORDER BY recorded_count DESC, word_id
            """,
            {"pattern": pattern, "pos": pos, "above": above, "below": below},
        )
        found: Int32Array = rows["word_id"].to_numpy()
        return found

    def response(self, word: str | int, *, layer: int, state: str) -> WordResponse:
        """How a word, or the word of an id, changes the state, unit by unit."""
        word_id = self.id(word)
        keys = self._layers.keys(layer, state, word_id=word_id)
        rows = self._database.rows(EXPECTED_RESPONSE, **keys)
        if not rows.num_rows:
            raise ReleaseError(f"the word {word!r} does not occur in the recorded split")
        arrays = {name: list_matrix(rows[name])[0] for name in ("mean", *QUANTILES)}
        return WordResponse(word_id, rows["count"][0].as_py(), **arrays)

    def response_matrix(self, *, layer: int, state: str, minimum_count: int = 1) -> ResponseMatrix:
        """Mean responses of all words with at least ``minimum_count`` occurrences, by word id."""
        rows = self._database.select(
            'SELECT word_id, "count", mean FROM expected_response '
            'WHERE layer = $layer AND state = $state AND "count" >= $minimum ORDER BY word_id',
            self._layers.keys(layer, state, minimum=minimum_count),
        )
        ids, counts = (rows[name].to_numpy() for name in ("word_id", "count"))
        return ResponseMatrix(ids, counts, list_matrix(rows["mean"]))

    def quantiles(
        self,
        words: Sequence[int],
        *,
        layer: int,
        state: str,
        names: Sequence[str] = tuple(QUANTILES),
    ) -> list[Float32Array]:
        """Quantiles of the responses of words (by id), float32[words, units] each, by word id;
        ``names`` of q09, q25, q50, q75, q91."""
        columns = ", ".join(name for name in QUANTILES if name in names)
        rows = self._database.select(
            f"SELECT {columns} FROM expected_response WHERE layer = $layer AND state = $state "  # noqa: S608
            "AND word_id IN (SELECT unnest($words::INTEGER[])) ORDER BY word_id",
            self._layers.keys(layer, state, words=list(words)),
        )
        return [list_matrix(rows[name]) for name in names]

    def nearest(
        self, word: str | int, *, layer: int, state: str, limit: int = 10, minimum_count: int = 1
    ) -> pa.Table:
        """The words with the most similar responses (cosine): word_id, word, count, similarity."""
        own = self.response(word, layer=layer, state=state)
        n = len(own.mean)
        keys = self._layers.keys(layer, state, own=own.mean.tolist(), word=own.word_id)
        return self._database.select(
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
            keys | {"limit": limit, "minimum": minimum_count},
        )


class UnitQueries:
    """The units of a layer: their distributions, and the words that change each.

    All raise ReleaseError where the unit, layer or state does not exist.
    """

    def __init__(self, database: Database, layers: LayerQueries) -> None:
        self._database, self._layers = database, layers

    def summary(self, *, layer: int, state: str) -> pa.Table:
        """The distribution of every unit's states, changes and gate, by unit."""
        return self._database.rows(UNIT_SUMMARY, **self._layers.keys(layer, state))

    def sentence_start(self, *, layer: int, state: str) -> Float32Array:
        """The mean state before the first word of a sentence, float32[units]; empty for a model
        that reads every sentence from its first state."""
        rows = self._database.rows(SENTENCE_START, **self._layers.keys(layer, state))
        mean: Float32Array = rows["mean"].to_numpy()
        return mean

    def ablation(self, *, layer: int, state: str) -> pa.Table:
        """What silencing each direction by itself costs, by unit and direction; no rows where it
        was not measured."""
        return self._database.rows(UNIT_ABLATION, **self._layers.keys(layer, state))

    def saturation(self, *, layer: int, state: str) -> float | None:
        """The mean fraction of steps in which the layer's units are saturated; None without a
        bound on their state."""
        rows = self._database.select(
            "SELECT avg(saturated) AS mean FROM unit_summary "
            "WHERE layer = $layer AND state = $state",
            self._layers.keys(layer, state),
        )
        fraction: float | None = rows["mean"][0].as_py()
        return fraction

    def _index(self, unit: int, layer: int) -> int:
        """The index of a unit in SQL's arrays, which count from 1."""
        units = self._layers[layer].units
        if not 0 <= unit < units:
            raise ReleaseError(f"found unit {unit}, expected one from 0 to {units - 1}")
        return unit + 1

    def top_words(
        self, unit: int, *, layer: int, state: str, limit: int = 30, minimum_count: int = 5
    ) -> pa.Table:
        """The words that move a unit most: word_id, word, count, mean.

        The largest |mean| first, among words with at least ``minimum_count`` occurrences.
        """
        keys = self._layers.keys(layer, state, limit=limit, minimum=minimum_count)
        return self._database.select(
            """
            SELECT word_id, word, "count", mean
            FROM (
                SELECT word_id, "count", mean[$unit] AS mean FROM expected_response
                WHERE layer = $layer AND state = $state AND "count" >= $minimum
                ORDER BY abs(expected_response.mean[$unit]) DESC, word_id LIMIT $limit
            ) JOIN vocabulary USING (word_id)
            ORDER BY abs(mean) DESC, word_id
            """,
            keys | {"unit": self._index(unit, layer)},
        )

    def responses(self, unit: int, words: Sequence[int], *, layer: int, state: str) -> pa.Table:
        """How words (by id) change one unit: word_id, count, mean, q09 to q91, by word id."""
        keys = self._layers.keys(layer, state, words=list(words))
        values = ", ".join(f"{name}[$unit] AS {name}" for name in ("mean", *QUANTILES))
        return self._database.select(
            f"""
            SELECT word_id, "count", {values} FROM expected_response
            WHERE layer = $layer AND state = $state
                AND word_id IN (SELECT unnest($words::INTEGER[]))
            ORDER BY word_id
            """,  # noqa: S608 -- names come from the schema
            keys | {"unit": self._index(unit, layer)},
        )
