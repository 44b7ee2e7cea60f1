"""Annotations of an external recording: a category or a number per token, and what words carry."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from rnnvis_assets.recording.recording_plan import sequence_and_position
from rnnvis_assets.recording_import.recording_description import AnnotationSettings
from rnnvis_assets.recording_import.recording_faults import Array, Mask
from rnnvis_assets.recording_import.recording_files import ANNOTATION, RecordingFiles
from rnnvis_assets.recording_import.sequence_boundaries import RecordedText
from warehouse.parquet_tables import open_table_writer
from warehouse.schema import ANNOTATION as TOKEN_TABLE
from warehouse.schema import WORD_ANNOTATION as WORD_TABLE

Floats = npt.NDArray[np.float64]


@dataclass
class TokenAnnotation:
    """One annotation. ``categories`` maps names to indices, in the order in which reading meets
    them; it stays empty for a numeric one."""

    name: str
    settings: AnnotationSettings
    is_text: bool
    categories: dict[str, int] = field(default_factory=dict)

    @property
    def is_categorical(self) -> bool:
        named = self.is_text or self.settings.names is not None
        return named if self.settings.kind is None else self.settings.kind == "categorical"

    def read(self, files: RecordingFiles) -> Floats:
        """float64[tokens]: numbers, or indices of ``categories``; NaN for none.

        Shorter where the file cannot be read to its end. Faults are added to ``files``.
        """
        blocks = files.checked_blocks(f"{ANNOTATION}{self.name}", self._rejected, *self._rule())
        return np.concatenate([np.empty(0), *map(self._values, blocks)])

    def _rule(self) -> tuple[str, str]:
        """The expected values, and the repair of others."""
        names = self.settings.names
        if names is not None:
            expected = f"numbers below {len(names)}, for the names {', '.join(names[:5])} …"
            return expected, "give every category a name in recording.yaml"
        if self.is_categorical:
            return "text or whole numbers", "write kind: numeric in recording.yaml"
        return "finite numbers, or NaN for none", "write NaN where there is no number"

    def _rejected(self, block: Array) -> Mask:
        if not self.is_categorical:
            return np.isinf(block.astype(np.float64))
        if self.is_text:
            return np.zeros(len(block), bool)
        names = self.settings.names
        if names is not None:
            return np.asarray(block >= len(names), bool)
        fractions = (block != np.floor(block)) & ~np.isnan(block)
        return np.asarray(np.isinf(block) | fractions, bool)

    def _values(self, block: Array) -> Floats:
        if not self.is_categorical:
            return block.astype(np.float64)
        return np.array([self._index(value) for value in block.tolist()], np.float64)

    def _index(self, value: Any) -> float:
        """The index of a category; NaN for none, which negative numbers stand for."""
        names = self.settings.names
        if not self.is_text:
            known = 0 <= value < (np.inf if names is None else len(names))
            value = (int(value) if names is None else names[int(value)]) if known else None
        if value is None or value == "":
            return np.nan
        return self.categories.setdefault(str(value), len(self.categories))


def token_annotations(files: RecordingFiles) -> list[TokenAnnotation]:
    """All annotations, in alphabetical order."""
    described = files.description
    return [
        TokenAnnotation(name, described.annotation(name), source.is_text)
        for name, source in files.annotations.items()
    ]


def write_annotations(files: RecordingFiles, text: RecordedText, path: Path, by_word: Path) -> None:
    """Writes the tables of tokens and of words; faults are added to ``files``."""
    sentence, position = sequence_and_position(text.sentences, 0, text.num_tokens)
    with (
        open_table_writer(path, TOKEN_TABLE) as tokens,
        open_table_writer(by_word, WORD_TABLE) as words,
    ):
        for annotation in token_annotations(files):
            values = annotation.read(files)
            annotated = np.flatnonzero(~np.isnan(values))
            values, categories = values[annotated], list(annotation.categories)
            categorical = annotation.is_categorical
            names = np.array(categories, object)
            tokens.write({
                "sentence_id": sentence[annotated], "position": position[annotated],
                "track": [annotation.name] * len(values),
                "category": names[values.astype(np.int64)].tolist() if categorical else None,
                "value": None if categorical else values,
            })  # fmt: skip
            word_ids = text.word_ids[annotated]
            words.write({
                "track": [annotation.name] * len(np.unique(word_ids)),
                "category": None, "share": None, "mean": None,
                **_columns_of_words(word_ids, values, categories if categorical else None),
            })  # fmt: skip


def _columns_of_words(
    word_ids: npt.NDArray[np.int32], values: Floats, categories: list[str] | None
) -> dict[str, Any]:
    """Each annotated word's number of annotated tokens, and their mean, or the most frequent
    category; of equally frequent ones, that which the recording has first."""
    words, index, counts = np.unique(word_ids, return_inverse=True, return_counts=True)
    columns: dict[str, Any] = {"word_id": words, "count": counts}
    if categories is None:
        return columns | {"mean": np.bincount(index, values, len(words)) / counts}
    pairs, times = np.unique(np.stack([index, values.astype(np.int64)]), axis=1, return_counts=True)
    order = np.lexsort((pairs[1], -times, pairs[0]))
    first = order[np.unique(pairs[0][order], return_index=True)[1]]
    names = [categories[category] for category in pairs[1][first].tolist()]
    return columns | {"category": names, "share": times[first] / counts}
