"""The sentences that were recorded: their words, glyphs, predictions and annotations."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pyarrow as pa

from warehouse.arrays import Float32Array, Int32Array
from warehouse.database import Database, list_matrix
from warehouse.errors import ReleaseError, near_miss
from warehouse.layer_queries import LayerQueries
from warehouse.schema import ANNOTATION, CONTRIBUTION, GLYPH, SENTENCE, TOKEN, WORD_ANNOTATION
from warehouse.word_queries import WordQueries

_LISTS = (
    "positive", "negative", "positive_change", "negative_change", "written", "lost", "preserved",
    "keep",
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class SentenceGlyphs:
    """What a sentence's words did to each unit cluster: float32[positions, k] each.

    ``positive`` and ``negative`` are sums over a cluster's units, the changes are theirs;
    ``written`` and ``lost``, its parts, are None but of a matrix memory's cell; ``preserved`` and
    ``keep`` are fractions; ``keep`` is None without a gate or for an LSTM's h.
    """

    affinity: str
    num_clusters: int
    positive: Float32Array
    negative: Float32Array
    positive_change: Float32Array
    negative_change: Float32Array
    written: Float32Array | None
    lost: Float32Array | None
    preserved: Float32Array
    keep: Float32Array | None


class SentenceQueries:
    """All raise ReleaseError where the sentence, word, layer or state does not exist."""

    def __init__(self, database: Database, layers: LayerQueries, words: WordQueries) -> None:
        self._database, self._layers, self._words = database, layers, words

    def find(
        self, text: str = "", *, word: str | int | None = None, limit: int = 50, offset: int = 0
    ) -> pa.Table:
        """Sentences, by id, that hold ``text`` (in any case) and the word ``word``."""
        return self._database.select(
            """
            SELECT sentence_id, label, predicted, probability, num_tokens, text FROM sentence
            WHERE contains(lower(text), lower($text)) AND ($word IS NULL OR sentence_id IN (
                SELECT sentence_id FROM token WHERE word_id = $word))
            ORDER BY sentence_id LIMIT $limit OFFSET $offset
            """,
            {
                "text": text,
                "word": None if word is None else self._words.id(word),
                "limit": limit,
                "offset": offset,
            },
        )

    def most_divided(self, num_tokens: tuple[int, int]) -> int | None:
        """The sentence, of a length within ``num_tokens``, whose words speak most for and against
        one class: the largest minimum of both sums of contributions. None without contributions."""
        found = self._database.select(
            """
            SELECT sentence_id, least(sum(greatest(added, 0)), sum(greatest(-added, 0))) AS divided
            FROM (SELECT *, coalesce(value, integrated_gradients) AS added FROM contribution)
                JOIN sentence USING (sentence_id)
            WHERE num_tokens BETWEEN $shortest AND $longest AND added IS NOT NULL
            GROUP BY sentence_id, class ORDER BY divided DESC, sentence_id LIMIT 1
            """,
            dict(zip(("shortest", "longest"), num_tokens, strict=True)),
        )
        return found["sentence_id"][0].as_py() if len(found) else None

    def get(self, sentence_id: int) -> dict[str, Any]:
        """One sentence: label, predicted, probability, num_tokens, text."""
        rows: list[dict[str, Any]] = self._database.rows(
            SENTENCE, sentence_id=sentence_id
        ).to_pylist()
        if not rows:
            count = self._database.select("SELECT count(*) AS count FROM sentence")["count"][0]
            raise ReleaseError(f"found sentence {sentence_id}, expected one below {count}")
        return rows[0]

    def tokens(self, sentence_id: int) -> pa.Table:
        """A sentence's words in order, and what a language model expected to follow each."""
        self.get(sentence_id)
        return self._database.rows(TOKEN, sentence_id=sentence_id)

    def of_tokens(self) -> Int32Array:
        """int32[tokens]: the sentence of every token of the recording."""
        rows = self._database.select("SELECT sentence_id FROM token ORDER BY token")
        sentences: Int32Array = rows["sentence_id"].to_numpy()
        return sentences

    def first_probability(self, sentence_id: int) -> float | None:
        """The probability that a language model gave a sentence's first word, from what it had
        read before; None for the first word of all, and for a classifier."""
        rows = self._database.select(
            """
            SELECT before.next_probability FROM token AS first
            JOIN token AS before ON before.token = first.token - 1
            WHERE first.sentence_id = $sentence_id AND first.position = 0
            """,
            {"sentence_id": sentence_id},
        )
        return rows["next_probability"][0].as_py() if rows.num_rows else None

    def contexts(self, tokens: Sequence[int], *, reach: int = 8) -> pa.Table:
        """The words around tokens of the recording, within their sentences: token, sentence_id,
        num_tokens, place, position, word_id, by token and position.

        ``place`` is the token's own position; words are at most ``reach`` before or after it.
        """
        return self._database.select(
            """
            SELECT found.token, sentence_id, num_tokens, found.position AS place, near.position,
                near.word_id
            FROM token AS found JOIN token AS near USING (sentence_id)
                JOIN sentence USING (sentence_id)
            WHERE found.token IN (SELECT unnest($tokens::BIGINT[]))
                AND abs(near.position - found.position) <= $reach
            ORDER BY found.token, near.position
            """,
            {"tokens": list(tokens), "reach": reach},
        )

    def contributions(self, sentence_id: int) -> pa.Table:
        """What each word adds to each class: position, class, value. Empty for a language model."""
        self.get(sentence_id)
        return self._database.rows(CONTRIBUTION, sentence_id=sentence_id)

    def glyphs(self, sentence_id: int, *, layer: int, state: str) -> SentenceGlyphs:
        """What a sentence's words did to each unit cluster, for the analysis' own clustering."""
        rows = self._database.rows(
            GLYPH, **self._layers.keys(layer, state, sentence_id=sentence_id)
        )
        if not rows.num_rows:
            raise ReleaseError(f"sentence {sentence_id} has no glyphs: it is empty or unknown")
        affinity, clusters = (rows[name][0].as_py() for name in ("affinity", "num_clusters"))
        lists: list[Any] = [
            None if rows[name].null_count else list_matrix(rows[name]) for name in _LISTS
        ]
        return SentenceGlyphs(affinity, clusters, *lists)


class AnnotationQueries:
    """The annotations that came with a recording. All raise ReleaseError for an unknown one."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @cached_property
    def kinds(self) -> Mapping[str, str]:
        """Every annotation by name: ``categorical`` or ``numeric``."""
        rows = self._database.select(
            "SELECT track, CASE WHEN any_value(category) IS NULL THEN 'numeric' "
            "ELSE 'categorical' END AS kind FROM word_annotation GROUP BY track ORDER BY track"
        )
        return dict(zip(rows["track"].to_pylist(), rows["kind"].to_pylist(), strict=True))

    def words(self, track: str) -> pa.Table:
        """What an annotation says of each word: word_id, count, category, share, mean."""
        self._require(track)
        return self._database.rows(WORD_ANNOTATION, track=track)

    def tokens(self, sentence_id: int, track: str) -> pa.Table:
        """A sentence's annotated tokens: position, category, value."""
        self._require(track)
        return self._database.rows(ANNOTATION, sentence_id=sentence_id, track=track)

    def _require(self, track: str) -> None:
        if track not in self.kinds:
            raise ReleaseError(
                f"found the annotation {track!r}, expected one of {', '.join(self.kinds) or 'none'}"
                f"{near_miss(track, self.kinds)}"
            )
