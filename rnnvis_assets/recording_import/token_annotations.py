"""Annotations of an external recording: a category or a number per token, and what words carry."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from rnnvis_assets.recording.sequence_offsets import sequence_and_position
from rnnvis_assets.recording_import.array_source import ArraySource
from rnnvis_assets.recording_import.recording_description import AnnotationSettings
from rnnvis_assets.recording_import.recording_faults import (
    Array,
    RejectedValues,
    UnreadableError,
)
from rnnvis_assets.recording_import.recording_files import RecordingFiles
from rnnvis_assets.recording_import.sequence_boundaries import RecordedText
from warehouse.parquet_tables import TableWriter, open_table_writer
from warehouse.schema import ANNOTATION, WORD_ANNOTATION

Floats = npt.NDArray[np.float64]
_ROWS = 1 << 16


@dataclass
class TokenAnnotation:
    """One annotation. ``categories`` maps names to indices, in the order in which reading meets
    them; it stays empty for a numeric one."""

    name: str
    source: ArraySource
    settings: AnnotationSettings
    categories: dict[str, int] = field(default_factory=dict)

    @property
    def is_categorical(self) -> bool:
        named = self.source.is_text or self.settings.names is not None
        return named if self.settings.kind is None else self.settings.kind == "categorical"

    def blocks(self, files: RecordingFiles, rows: int = _ROWS) -> Iterator[Floats]:
        """float64[rows]: numbers, or indices of ``categories``; NaN for none.

        Ends early where the file cannot be read further. Faults are added to ``files`` at the end.
        """
        rejected, first = RejectedValues(self.source.place, *self._rule()), 0
        try:
            for block in self.source.blocks(rows):
                if self.is_categorical:
                    values, wrong = self._categorise(block)
                else:
                    values = block.astype(np.float64)
                    wrong = np.isinf(values)
                rejected.add(wrong, block, first)
                yield values
                first += len(block)
        except UnreadableError as error:
            files.faults.append(error.fault)
        files.faults += rejected.faults

    def _rule(self) -> tuple[str, str]:
        """The expected values, and the repair of others."""
        names = self.settings.names
        if names is not None:
            expected = f"numbers below {len(names)}, for the names {', '.join(names[:5])} …"
            return expected, "give every category a name in recording.yaml"
        if self.is_categorical:
            return "text or whole numbers", "write kind: numeric in recording.yaml"
        return "finite numbers, or NaN for none", "write NaN where there is no number"

    def _categorise(self, block: Array) -> tuple[Floats, npt.NDArray[np.bool_]]:
        names, wrong = self.settings.names, np.zeros(len(block), bool)
        if self.source.is_text:
            texts = [None if value is None else str(value) for value in block.tolist()]
        elif names is None:
            wrong = block != np.floor(block)
            texts = [str(int(value)) if value >= 0 else None for value in block.tolist()]
        else:
            wrong = block >= len(names)
            kept = np.where(wrong, -1, block).astype(np.int64).tolist()
            texts = [names[value] if value >= 0 else None for value in kept]
        return np.array([self._index(text) for text in texts], np.float64), wrong

    def _index(self, text: str | None) -> float:
        return self.categories.setdefault(text, len(self.categories)) if text else np.nan


def token_annotations(files: RecordingFiles) -> list[TokenAnnotation]:
    """All annotations, in alphabetical order."""
    described = files.description
    return [
        TokenAnnotation(name, source, described.annotation(name))
        for name, source in files.annotations.items()
    ]


@dataclass
class _WordTotals:
    """What one annotation says of every word, summed block by block.

    ``counts`` int64[words]: annotated tokens; ``totals`` float64[words]: the sum of their numbers;
    ``pairs`` counts (word, category) instead where the annotation is categorical.
    """

    counts: npt.NDArray[np.int64]
    totals: Floats
    pairs: Counter[tuple[int, int]] = field(default_factory=Counter)

    def add(self, word_ids: npt.NDArray[np.int32], values: Floats, *, categorical: bool) -> None:
        self.counts += np.bincount(word_ids, minlength=len(self.counts))
        if not categorical:
            self.totals += np.bincount(word_ids, values, len(self.totals))
            return
        pairs = np.stack([word_ids, values.astype(np.int32)])
        pairs, counts = np.unique(pairs, axis=1, return_counts=True)
        for word, category, count in zip(*pairs.tolist(), counts.tolist(), strict=True):
            self.pairs[word, category] += count

    def columns(self, annotation: TokenAnnotation) -> dict[str, Any]:
        """Rows of ``word_annotation``; of equally frequent categories, the one met first."""
        words = np.flatnonzero(self.counts)
        counts, categories = self.counts[words], list(annotation.categories)
        columns: dict[str, Any] = {
            "track": [annotation.name] * len(words), "word_id": words, "count": counts,
            "category": None, "share": None, "mean": None,
        }  # fmt: skip
        if not categories:
            return columns | {"mean": self.totals[words] / counts}
        most: dict[int, tuple[int, int]] = {}
        for (word, category), count in sorted(self.pairs.items()):
            if count > most.get(word, (0, 0))[0]:
                most[word] = count, category
        found = [most[word] for word in words.tolist()]
        return columns | {
            "category": [categories[category] for _, category in found],
            "share": np.array([count for count, _ in found]) / counts,
        }


def write_annotations(files: RecordingFiles, text: RecordedText, path: Path, of_words: Path) -> None:
    """Writes the tables of tokens and of words; faults are added to ``files``."""
    num_words = len(files.words)
    with (
        open_table_writer(path, ANNOTATION) as tokens,
        open_table_writer(of_words, WORD_ANNOTATION) as words,
    ):
        for annotation in token_annotations(files):
            totals, start = _WordTotals(np.zeros(num_words, np.int64), np.zeros(num_words)), 0
            for values in annotation.blocks(files):
                _write_block(tokens, text, annotation, totals, start, values)
                start += len(values)
            words.write(totals.columns(annotation))


def _write_block(
    writer: TableWriter,
    text: RecordedText,
    annotation: TokenAnnotation,
    totals: _WordTotals,
    start: int,
    values: Floats,
) -> None:
    """Tokens without an annotation have no row."""
    annotated, stop = ~np.isnan(values), start + len(values)
    sentence, position = sequence_and_position(text.sentences, start, stop)
    kept, categorical = values[annotated], annotation.is_categorical
    totals.add(text.word_ids[start:stop][annotated], kept, categorical=categorical)
    names = np.array(list(annotation.categories), object)
    writer.write({
        "sentence_id": sentence[annotated], "position": position[annotated],
        "track": [annotation.name] * len(kept),
        "category": names[kept.astype(np.int64)].tolist() if categorical else None,
        "value": None if categorical else kept,
    })  # fmt: skip
