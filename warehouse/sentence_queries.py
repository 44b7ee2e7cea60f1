"""Questions about the sentences that were read, and the shapes of their answers."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from warehouse.errors import ReleaseError
from warehouse.response_queries import ResponseQueries
from warehouse.schema import CONTRIBUTION, GLYPH, SENTENCE, TOKEN

_LISTS = ("positive", "negative", "positive_change", "negative_change", "preserved")


@dataclass(frozen=True, eq=False)
class SentenceGlyphs:
    """What a sentence's words did to each unit cluster: float32[positions, k] each.

    ``positive`` and ``negative`` are sums over a cluster's units, the changes are theirs;
    ``preserved`` and ``keep`` are shares; ``keep`` is None without a gate or for an LSTM's h.
    """

    affinity: str
    num_clusters: int
    positive: npt.NDArray[np.float32]
    negative: npt.NDArray[np.float32]
    positive_change: npt.NDArray[np.float32]
    negative_change: npt.NDArray[np.float32]
    preserved: npt.NDArray[np.float32]
    keep: npt.NDArray[np.float32] | None


class SentenceQueries(ResponseQueries):
    """Answers from the tables of sentences, tokens, glyphs and contributions.

    All raise ReleaseError where the sentence, word, layer, state or cluster does not exist.
    """

    def find_sentences(
        self, text: str = "", *, word: str | int | None = None, limit: int = 50, offset: int = 0
    ) -> pa.Table:
        """Sentences, by id, that hold ``text`` (in any case) and the word ``word``."""
        word_id = None if word is None else self.word_id(word)
        return self.select(
            """
            SELECT sentence_id, label, predicted, probability, num_tokens, text FROM sentence
            WHERE contains(lower(text), lower($text)) AND ($word IS NULL OR sentence_id IN (
                SELECT sentence_id FROM token WHERE word_id = $word))
            ORDER BY sentence_id LIMIT $limit OFFSET $offset
            """,
            {"text": text, "word": word_id, "limit": limit, "offset": offset},
        )

    def sentence(self, sentence_id: int) -> dict[str, object]:
        """One sentence: label, predicted, probability, num_tokens, text."""
        rows: list[dict[str, object]] = self.rows(SENTENCE, sentence_id=sentence_id).to_pylist()
        if not rows:
            count = self.select("SELECT count(*) AS count FROM sentence")["count"][0]
            raise ReleaseError(f"found sentence {sentence_id}, expected one below {count}")
        return rows[0]

    def tokens(self, sentence_id: int) -> pa.Table:
        """A sentence's words in order, and what a language model expected to follow each."""
        self.sentence(sentence_id)
        return self.rows(TOKEN, sentence_id=sentence_id)

    def expected_first(self, sentence_id: int) -> float | None:
        """The probability that a language model gave a sentence's first word, from what it had
        read before; None for the first word of all, and for a classifier."""
        rows = self.select(
            """
            SELECT before.next_probability FROM token AS first
            JOIN token AS before ON before.token = first.token - 1
            WHERE first.sentence_id = $sentence_id AND first.position = 0
            """,
            {"sentence_id": sentence_id},
        )
        return rows["next_probability"][0].as_py() if rows.num_rows else None

    def contexts(self, tokens: Sequence[int], *, reach: int = 8) -> pa.Table:
        """The words about tokens of the recording, within their sentences: token, sentence_id,
        num_tokens, place, position, word_id, by token and position.

        ``place`` is the token's own position; words stand at most ``reach`` before or after it.
        """
        return self.select(
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
        self.sentence(sentence_id)
        return self.rows(CONTRIBUTION, sentence_id=sentence_id)

    def glyphs(self, sentence_id: int, *, layer: int, state: str) -> SentenceGlyphs:
        """What a sentence's words did to each unit cluster, for the analysis' own clustering."""
        rows = self.rows(GLYPH, **self.at(layer, state, sentence_id=sentence_id))
        if not rows.num_rows:
            raise ReleaseError(f"sentence {sentence_id} has no glyphs: it is empty or unknown")
        affinity, clusters = (rows[name][0].as_py() for name in ("affinity", "num_clusters"))
        lists = {name: _matrix(rows[name], clusters) for name in _LISTS}
        keep = None if rows["keep"].null_count else _matrix(rows["keep"], clusters)
        return SentenceGlyphs(affinity=affinity, num_clusters=clusters, keep=keep, **lists)

    def strongest_moves(self, cluster: int, *, layer: int, state: str, limit: int = 20) -> pa.Table:
        """Where a unit cluster moves most: sentence_id, position, word, change, text.

        ``change`` is the sum of the changes of both signs; the largest in size come first.
        """
        at = self.at(layer, state)
        clusters = self.select(
            "SELECT max(num_clusters) AS count FROM glyph WHERE layer = $layer AND state = $state",
            at,
        )["count"][0].as_py()
        if not 0 <= cluster < clusters:
            raise ReleaseError(f"found cluster {cluster}, expected one from 0 to {clusters - 1}")
        return self.select(
            """
            SELECT sentence_id, position, word, change, text
            FROM (
                SELECT sentence_id, position,
                    positive_change[$place] + negative_change[$place] AS change
                FROM glyph WHERE layer = $layer AND state = $state
                ORDER BY abs(change) DESC, sentence_id, position LIMIT $limit
            )
            JOIN token USING (sentence_id, position) JOIN vocabulary USING (word_id)
            JOIN sentence USING (sentence_id)
            ORDER BY abs(change) DESC, sentence_id, position
            """,
            {**at, "place": cluster + 1, "limit": limit},
        )


def _matrix(column: pa.ChunkedArray, width: int) -> npt.NDArray[np.float32]:
    """A column of lists as float32[rows, width]."""
    flat = column.combine_chunks().flatten().to_numpy(zero_copy_only=False)
    array: npt.NDArray[np.float32] = flat.reshape(len(column), width)
    return array
