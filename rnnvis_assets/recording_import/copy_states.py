"""Copying an external recording: its states into a recording of ours, its text into a corpus."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from rnnvis_assets.configuration.dataset_config import SplitName
from rnnvis_assets.corpus.corpus import Corpus, Split, Vocabulary
from rnnvis_assets.recording.recorder import Progress, Report
from rnnvis_assets.recording.sequence_offsets import sequence_and_position
from rnnvis_assets.recording_import.check_recording import RecordingContents, read_layers
from rnnvis_assets.recording_import.sequence_boundaries import RecordedText
from rnnvis_assets.recording_import.state_checks import ExternalLayer
from warehouse.recording_schema import LayerShape
from warehouse.recording_writer import RecordingWriter, write_recording
from warehouse.recordings import Recording, open_recording

_SPLITS: tuple[SplitName, ...] = ("train", "validation", "test")


def corpus_of(contents: RecordingContents, name: str, split: SplitName) -> Corpus:
    """The text of an external recording as a corpus, all of it in ``split``.

    Raises RecordingError, with every fault so far, where there is one.
    """
    text, words = contents.require_sound(), contents.files.words
    vocabulary = Vocabulary(
        words=words,
        train_counts=np.zeros(len(words), np.int64),
        tags=(None,) * len(words),
        tag_shares=np.full(len(words), np.nan, np.float32),
    )
    labels = contents.labels.labels if contents.task == "classification" else None
    classes, nothing = () if labels is None else contents.labels.classes, np.empty(0, np.int32)
    empty = Split(nothing, np.zeros(1, np.int64), nothing, None if labels is None else nothing, ())
    sequence = np.searchsorted(text.sequences, text.sentences[:-1], side="right") - 1
    filled = Split(
        word_ids=text.word_ids,
        sentence_offsets=text.sentences,
        documents=sequence.astype(np.int32),
        labels=labels,
        texts=_texts(contents, text),
    )
    splits = dict.fromkeys(_SPLITS, empty) | {split: filled}
    return Corpus(name, contents.task, classes, vocabulary, splits)


def _texts(contents: RecordingContents, text: RecordedText) -> tuple[str, ...]:
    """The given sentences, or their words joined by blanks."""
    given = contents.files.arrays.get("text")
    if given is not None:
        return tuple("" if sentence is None else str(sentence) for sentence in given.read())
    spelled = np.array(contents.files.words, object)[text.word_ids]
    return tuple(" ".join(spelled[start:stop]) for start, stop in pairwise(text.sentences))


@dataclass(frozen=True)
class ImportedStates:
    """The recording in the storage. ``largest_hidden`` is None where hidden states are not bounded;
    ``largest_error`` is that of a given change."""

    recording: Recording
    largest_hidden: float | None
    largest_error: float


def import_states(
    contents: RecordingContents,
    folder: Path,
    source: Mapping[str, Any],
    report: Report = lambda _: None,
) -> ImportedStates:
    """Streams the states into a recording at ``folder``, checking them on the way.

    Written atomically: raises RecordingError with every fault, StorageError where the disk is full.
    """
    text, layers = contents.require_sound(), contents.layers()
    described = contents.files.description
    rows, tokens = contents.rows_of_a_part, text.num_tokens
    part_rows = [min(rows, tokens - done) for done in range(0, tokens, rows)]
    names = described.layers or [f"layer {layer.number}" for layer in layers]
    shapes = [
        LayerShape(name, layer.units, layer.arrays, described.cell or _guess_cell(layer))
        for name, layer in zip(names, layers, strict=True)
    ]
    with write_recording(folder, layers=shapes, part_rows=part_rows, source=source) as writer:
        copy = _StateCopy(contents, text, writer, Progress(tokens, report))
        read_layers(layers, contents.files, copy.copy_layer)
        contents.require_sound()
    return ImportedStates(
        recording=open_recording(folder),
        largest_hidden=max(each.largest_hidden for each in layers) if described.bounded else None,
        largest_error=max(each.largest_error for each in layers),
    )


def _guess_cell(layer: ExternalLayer) -> str:
    if "cell" in layer.states:
        return "lstm"
    return "gru" if "keep_gate" in layer.arrays else "rnn"


@dataclass(frozen=True)
class _StateCopy:
    """Writes layers block by block, one after another or several at once."""

    contents: RecordingContents
    text: RecordedText
    writer: RecordingWriter
    progress: Progress

    def copy_layer(self, layer: ExternalLayer) -> None:
        """Copies a layer; after a first fault it is only read on, to find the others."""
        start = 0
        for block in layer.blocks(self.contents.rows_of_a_block):
            rows = len(next(iter(block.values())))
            if not layer.faults:
                self._write(layer.number, start, rows, block)
            if layer.number == 0:  # the others are about as far
                self.progress.advance(rows)
            start += rows

    def _write(self, layer: int, start: int, rows: int, block: Mapping[str, Any]) -> None:
        sequence, position = sequence_and_position(self.text.sequences, start, start + rows)
        columns = {
            "sequence": sequence,
            "position": position,
            "token": np.arange(start, start + rows),
            "word_id": self.text.word_ids[start : start + rows],
            **block,
        }
        step, part = self.contents.rows_of_a_group, start // self.contents.rows_of_a_part
        for begin in range(0, rows, step):
            group = {name: values[begin : begin + step] for name, values in columns.items()}
            self.writer.append(layer, part, group)
