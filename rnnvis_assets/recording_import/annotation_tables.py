"""The tables of annotations: what each token carries, and what that says of each word."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from rnnvis_assets.recording.sequence_offsets import sequence_and_position
from rnnvis_assets.recording_import.contents.annotation_tracks import TrackReader, track_readers
from rnnvis_assets.recording_import.contents.recorded_text import ForeignText
from rnnvis_assets.recording_import.contents.recording_contents import Prepared
from warehouse.parquet_tables import TableWriter, open_table_writer
from warehouse.schema import ANNOTATION, WORD_ANNOTATION

Floats = npt.NDArray[np.float64]
_ROWS = 1 << 16


@dataclass
class WordSums:
    """What one track says of every word, summed up block by block.

    ``counts`` int64[words] the tokens that carry anything, ``totals`` float64[words] the sum of
    their numbers; ``pairs`` counts (word, category) instead, where the track is categorical.
    """

    counts: npt.NDArray[np.int64]
    totals: Floats
    pairs: Counter[tuple[int, int]] = field(default_factory=Counter)

    @classmethod
    def zero(cls, words: int) -> "WordSums":
        return cls(np.zeros(words, np.int64), np.zeros(words))

    def add(self, word_ids: npt.NDArray[np.int32], values: Floats) -> None:
        """Adds tokens that carry a number."""
        self.counts += np.bincount(word_ids, minlength=len(self.counts))
        self.totals += np.bincount(word_ids, values, len(self.totals))

    def add_categories(self, word_ids: npt.NDArray[np.int32], places: npt.NDArray[Any]) -> None:
        """Adds tokens that carry a category."""
        self.counts += np.bincount(word_ids, minlength=len(self.counts))
        pairs, counts = np.unique(np.stack([word_ids, places]), axis=1, return_counts=True)
        for word, place, count in zip(*pairs.tolist(), counts.tolist(), strict=True):
            self.pairs[word, place] += count

    def columns(self, track: str, categories: list[str]) -> dict[str, Any]:
        """The rows of ``word_annotation``; of categories as frequent, the one met first."""
        words = np.flatnonzero(self.counts)
        most: dict[int, tuple[int, int]] = {}
        for (word, place), count in sorted(self.pairs.items()):
            if count > most.get(word, (0, 0))[0]:
                most[word] = count, place
        counts = self.counts[words]
        columns: dict[str, Any] = {
            "track": [track] * len(words), "word_id": words, "count": counts,
            "category": None, "share": None, "mean": None,
        }  # fmt: skip
        if not categories:
            return columns | {"mean": self.totals[words] / counts}
        found = [most[word] for word in words.tolist()]
        return columns | {
            "category": [categories[place] for _, place in found],
            "share": np.array([count for count, _ in found]) / counts,
        }


def write_annotations(prepared: Prepared, text: ForeignText, path: Path, of_words: Path) -> None:
    """Writes both tables; faults go to ``prepared``."""
    with (
        open_table_writer(path, ANNOTATION) as tokens,
        open_table_writer(of_words, WORD_ANNOTATION) as words,
    ):
        for track in track_readers(prepared.opened).values():
            sums = WordSums.zero(len(prepared.opened.words))
            for start, values in _numbered(prepared, track):
                _write_block(tokens, text, track, sums, start, values)
            words.write(sums.columns(track.name, list(track.categories)))


def _numbered(prepared: Prepared, track: TrackReader) -> Iterator[tuple[int, Floats]]:
    start = 0
    for values in track.blocks(prepared.opened, _ROWS):
        yield start, values
        start += len(values)


def _write_block(
    writer: TableWriter,
    text: ForeignText,
    track: TrackReader,
    sums: WordSums,
    start: int,
    values: Floats,
) -> None:
    """Tokens that carry nothing have no row."""
    told = ~np.isnan(values)
    sentence, position = sequence_and_position(text.sentences, start, start + len(values))
    word_ids, kept = text.word_ids[start : start + len(values)][told], values[told]
    columns: dict[str, Any] = {"category": None, "value": kept}
    if track.is_categorical:
        names = np.array(list(track.categories), object)
        columns = {"category": names[kept.astype(np.int64)].tolist(), "value": None}
        sums.add_categories(word_ids, kept.astype(np.int32))
    else:
        sums.add(word_ids, kept)
    place = {"sentence_id": sentence[told], "position": position[told]}
    writer.write({**place, "track": [track.name] * len(kept), **columns})
