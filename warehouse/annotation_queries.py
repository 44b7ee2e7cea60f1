"""Questions about the annotations that came with a recording."""

from collections.abc import Mapping
from functools import cached_property

import pyarrow as pa

from warehouse.errors import ReleaseError, near_miss
from warehouse.schema import ANNOTATION, WORD_ANNOTATION
from warehouse.sentence_queries import SentenceQueries


class AnnotationQueries(SentenceQueries):
    """Answers from the tables of annotations. All raise ReleaseError where there is no such one."""

    @cached_property
    def annotations(self) -> Mapping[str, str]:
        """Every annotation by name, and whether it is ``categorical`` or ``numeric``."""
        rows = self.select(
            "SELECT track, CASE WHEN any_value(category) IS NULL THEN 'numeric' "
            "ELSE 'categorical' END AS kind FROM word_annotation GROUP BY track ORDER BY track"
        )
        return dict(zip(rows["track"].to_pylist(), rows["kind"].to_pylist(), strict=True))

    def word_annotations(self, track: str) -> pa.Table:
        """What an annotation says of each word: word_id, count, category, share, mean."""
        self._require_annotation(track)
        return self.rows(WORD_ANNOTATION, track=track)

    def token_annotations(self, sentence_id: int, track: str) -> pa.Table:
        """What a sentence's tokens carry: position, category, value; those that carry anything."""
        self._require_annotation(track)
        return self.rows(ANNOTATION, sentence_id=sentence_id, track=track)

    def _require_annotation(self, track: str) -> None:
        known = self.annotations
        if track not in known:
            raise ReleaseError(
                f"found the annotation {track!r}, expected one of {', '.join(known) or 'none'}"
                f"{near_miss(track, known)}"
            )
