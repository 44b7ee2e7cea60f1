"""Taking a foreign recording in: its states into a recording of ours, its text into a corpus."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from rnnvis_assets.configuration.dataset_config import SplitName
from rnnvis_assets.corpus.corpus import Corpus, Split, Vocabulary
from rnnvis_assets.recording.recorder import RecordingProgress, Report
from rnnvis_assets.recording.sequence_offsets import sequence_and_position
from rnnvis_assets.recording_import.checks.check_recording import for_each_layer
from rnnvis_assets.recording_import.checks.recording_faults import refuse
from rnnvis_assets.recording_import.checks.state_checks import LayerReader
from rnnvis_assets.recording_import.contents.recorded_text import ForeignText
from rnnvis_assets.recording_import.contents.recording_contents import Prepared
from rnnvis_assets.recording_import.contents.sentence_labels import Claims
from warehouse.recording_schema import LayerShape
from warehouse.recording_writer import RecordingWriter, write_recording
from warehouse.recordings import Recording, open_recording

_SPLITS: tuple[SplitName, ...] = ("train", "validation", "test")


@dataclass(frozen=True)
class ImportedStates:
    """The recording as it now lies in the storage. ``largest_hidden`` is None where hidden states
    may be of any size; ``largest_error`` is that of a change that was given."""

    recording: Recording
    largest_hidden: float | None
    largest_error: float


def corpus_of(prepared: Prepared, name: str, split: SplitName) -> Corpus:
    """The text of a foreign recording as a corpus, all of it in ``split``.

    Raises RecordingError, naming every fault so far, where there is one.
    """
    text = sound_text(prepared)
    words, claims = prepared.opened.words, prepared.claims
    vocabulary = Vocabulary(
        words=words,
        train_counts=np.zeros(len(words), np.int64),
        tags=(None,) * len(words),
        tag_shares=np.full(len(words), np.nan, np.float32),
    )
    labelled = prepared.task == "classification" and claims.labels is not None
    empty = _empty_split(labelled=labelled)
    splits = dict.fromkeys(_SPLITS, empty) | {split: _split(prepared, text, claims)}
    return Corpus(name, prepared.task, claims.classes if labelled else (), vocabulary, splits)


def sound_text(prepared: Prepared) -> ForeignText:
    """The text. Raises RecordingError with every fault found so far, where there is one."""
    if prepared.faults or prepared.text is None:
        raise refuse(prepared.opened.folder, prepared.faults, what="not imported")
    return prepared.text


def _empty_split(*, labelled: bool) -> Split:
    nothing = np.empty(0, np.int32)
    return Split(nothing, np.zeros(1, np.int64), nothing, nothing if labelled else None, ())


def _split(prepared: Prepared, text: ForeignText, claims: Claims) -> Split:
    sentences = text.sentences
    sequence = np.searchsorted(text.sequences, sentences[:-1], side="right") - 1
    return Split(
        word_ids=text.word_ids,
        sentence_offsets=sentences,
        documents=sequence.astype(np.int32),
        labels=claims.labels if prepared.task == "classification" else None,
        texts=_texts(prepared, text),
    )


def _texts(prepared: Prepared, text: ForeignText) -> tuple[str, ...]:
    """The sentences as they are told, or their words joined by blanks."""
    told = prepared.opened.of_sentences.get("text")
    if told is not None:
        return tuple("" if sentence is None else str(sentence) for sentence in told.read())
    spelled = np.array(prepared.opened.words, object)[text.word_ids]
    return tuple(" ".join(spelled[start:stop]) for start, stop in pairwise(text.sentences))


def shapes_of(prepared: Prepared) -> tuple[LayerShape, ...]:
    """What is recorded of each layer, lowest first."""
    described, readers = prepared.opened.description, prepared.readers()
    names = described.layers or [f"layer {reader.layer}" for reader in readers]
    return tuple(
        LayerShape(name, reader.units, reader.arrays, described.cell or _guess_cell(reader))
        for name, reader in zip(names, readers, strict=True)
    )


def _guess_cell(reader: LayerReader) -> str:
    if "cell" in reader.states:
        return "lstm"
    return "gru" if "keep_gate" in reader.arrays else "rnn"


def import_states(
    prepared: Prepared,
    folder: Path,
    source: Mapping[str, Any],
    report: Report = lambda _: None,
) -> ImportedStates:
    """Streams the states into a recording at ``folder``, checking them on the way.

    Nothing is there unless all is sound: raises RecordingError with every fault, StorageError where
    the disk is full.
    """
    text, readers = sound_text(prepared), prepared.readers()
    rows = prepared.rows_of_a_part
    part_rows = [min(rows, text.num_tokens - done) for done in range(0, text.num_tokens, rows)]
    shapes = shapes_of(prepared)
    with write_recording(folder, layers=shapes, part_rows=part_rows, source=source) as writer:
        copy = LayerCopy(prepared, text, writer, RecordingProgress(text.num_tokens, report))
        for_each_layer(readers, copy.copy_layer)
        for reader in readers:
            prepared.faults.extend(reader.faults)
        sound_text(prepared)
    bounded = prepared.opened.description.bounded
    return ImportedStates(
        recording=open_recording(folder),
        largest_hidden=max(each.largest_hidden for each in readers) if bounded else None,
        largest_error=max(each.largest_error for each in readers),
    )


@dataclass(frozen=True)
class LayerCopy:
    """Writes one layer after another, or several at once, block by block."""

    prepared: Prepared
    text: ForeignText
    writer: RecordingWriter
    progress: RecordingProgress

    def copy_layer(self, reader: LayerReader) -> None:
        """Copies a layer; once something is found wrong, it is only read on, to find the rest."""
        start = 0
        for block in reader.blocks(self.prepared.rows_of_a_block):
            rows = len(next(iter(block.values())))
            if not reader.faults:
                self._write(reader.layer, start, rows, block)
            if reader.layer == 0:  # the others are about as far
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
        step, part = self.prepared.rows_of_a_group, start // self.prepared.rows_of_a_part
        for begin in range(0, rows, step):
            group = {name: values[begin : begin + step] for name, values in columns.items()}
            self.writer.append(layer, part, group)
