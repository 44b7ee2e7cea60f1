"""The text of an external recording: its words, and where sequences and sentences begin.

The state restarts at each sequence, so a sequence's first change is checked differently. Where the
boundaries are faulty or cannot be read, the rows in which a sequence may begin are known at least.
All arrays of one number per token are held in memory, as a corpus is; the states are not.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from rnnvis_assets.recording.sequence_offsets import Offsets
from rnnvis_assets.recording_import.recording_files import (
    SENTENCE_ARRAYS,
    TOKEN_NUMBERS,
    RecordingFiles,
    to_whole_numbers,
)

Rows = npt.NDArray[np.int64]
LONGEST_SENTENCE = 100
"""Tokens after which a sentence is cut where nothing states how to cut it."""

_SEQUENCE_ARRAYS = ("sequence_lengths", "sequence", "position")


@dataclass(frozen=True)
class SequenceBoundaries:
    """``offsets``: of all sequences, None where they are faulty or unreadable.

    ``starts``: rows in which a sequence begins, ascending, repeated for one without tokens;
    ``possible``: further rows in which one may begin, ascending.
    """

    offsets: Offsets | None
    starts: Rows
    possible: Rows

    @classmethod
    def known(cls, offsets: Offsets) -> "SequenceBoundaries":
        return cls(offsets, offsets[:-1], np.empty(0, np.int64))

    @classmethod
    def uncertain(cls, possible: Rows) -> "SequenceBoundaries":
        """The first row begins a sequence, the others may."""
        return cls(None, np.zeros(1, np.int64), possible[possible > 0])

    @classmethod
    def anywhere(cls, rows: int) -> "SequenceBoundaries":
        """Nothing is known of ``rows`` rows."""
        return cls.uncertain(np.arange(rows))

    def within(self, first: int, stop: int) -> tuple[Rows, Rows]:
        """``starts`` and ``possible`` of the rows from ``first`` to ``stop``, from ``first``."""
        return _between(self.starts, first, stop), _between(self.possible, first, stop)


def _between(rows: Rows, first: int, stop: int) -> Rows:
    begin, end = np.searchsorted(rows, [first, stop])
    return rows[begin:end] - first


@dataclass(frozen=True)
class RecordedText:
    """``word_ids`` int32[tokens], and the offsets of ``sequences`` and of ``sentences``, which are
    shown one by one; a sentence lies in one sequence."""

    word_ids: npt.NDArray[np.int32]
    sequences: Offsets
    sentences: Offsets

    @property
    def num_tokens(self) -> int:
        return len(self.word_ids)


def read_text(
    files: RecordingFiles, rows: int, *, documents: bool
) -> tuple[RecordedText | None, SequenceBoundaries]:
    """The text of ``rows`` tokens, None where it is unusable; faults are added to ``files``.

    ``documents``: every sequence is a sentence, as a classifier's documents are.
    """
    words = _read_words(files, rows)
    if not rows:
        return None, SequenceBoundaries.uncertain(np.empty(0, np.int64))
    _check_token_numbers(files, rows)
    boundaries = read_boundaries(files, rows, documents=documents)
    sequences = boundaries.offsets
    if documents:
        sentences = sequences
    else:
        sentences = _read_sentences(files, words, sequences, rows)
    _check_sentence_arrays(files, sentences)
    if words is None or sequences is None or sentences is None:
        return None, boundaries
    return RecordedText(words.astype(np.int32), sequences, sentences), boundaries


def _read_words(files: RecordingFiles, rows: int) -> Rows | None:
    """The ids; those of unknown words are faults, and, of a file of floats, what is no id."""
    words = files.read("word_id")
    if words is None:
        return None
    source, known = files.arrays["word_id"], len(files.words) or np.iinfo(np.int32).max
    repair = "list every word in the vocabulary, in the order of the ids"
    is_id = words == np.floor(words) if words.dtype.kind == "f" else np.ones(len(words), bool)
    files.reject(source, ~is_id, words, "whole numbers, the ids of words", repair)
    expected = f"ids from 0 to {known - 1:,}, for a vocabulary of {known:,} words"
    files.reject(source, is_id & ((words < 0) | (words >= known)), words, expected, repair)
    return to_whole_numbers(words) if len(words) == rows else None


def _check_token_numbers(files: RecordingFiles, rows: int) -> None:
    """Tokens are numbered by row, and every layer of Parquet has the same tokens in order."""
    tokens = files.read("token", rows)
    if tokens is not None:
        repair = "number the tokens 0, 1, 2 … in the order of their rows, none left out"
        expected = "the number of its row"
        files.reject(files.arrays["token"], tokens != np.arange(rows), tokens, expected, repair)
    for repeated, source in files.arrays.items():
        name, _, of_layer = repeated.partition(" ")
        if of_layer and name in TOKEN_NUMBERS and name in files.arrays:
            found, first = files.read(repeated, rows), files.read(name, rows)
            if found is not None and first is not None:
                expected = f"what {files.arrays[name].place} has"
                files.reject(source, found != first, found, expected, "sort all layers alike")


def read_boundaries(files: RecordingFiles, rows: int, *, documents: bool) -> SequenceBoundaries:
    """The sequences of ``rows`` tokens, one or more; faults are added to ``files``.

    A classifier's may be stated by the lengths of its sentences.
    """
    before, by_sentences = len(files.faults), documents and files.lacks(*_SEQUENCE_ARRAYS)
    name = "sentence_lengths" if by_sentences else "sequence_lengths"
    if files.lacks(name, *_SEQUENCE_ARRAYS):
        return SequenceBoundaries.known(np.array([0, rows]))
    offsets = lengths = _read_offsets(files, name, rows)
    sequence, position = (files.read_whole_numbers(each, rows) for each in ("sequence", "position"))
    if lengths is not None:
        _check_against_lengths(files, name, lengths, sequence, position)
    elif sequence is not None or position is not None:
        offsets = _offsets_of_numbers(files, sequence, position, rows)
    possible = _possible_starts(rows, lengths, sequence, position)
    if documents and not by_sentences and not files.lacks("sentence_lengths"):
        sentences = _read_offsets(files, "sentence_lengths", rows)
        if sentences is None:
            return SequenceBoundaries.uncertain(possible)
        if offsets is not None and not np.array_equal(np.unique(sentences), np.unique(offsets)):
            place = files.arrays["sentence_lengths"].place
            expected = "each sentence to be a sequence, as a classifier's documents are"
            repair = "give the same lengths, or write task: language_model in recording.yaml"
            files.report(place, "other lengths", expected, repair)
            possible = np.union1d(possible, sentences[:-1])
        offsets = sentences  # they may end in documents without tokens
    if offsets is None or len(files.faults) > before:
        return SequenceBoundaries.uncertain(possible)
    return SequenceBoundaries.known(offsets)


def _possible_starts(
    rows: int, lengths: Offsets | None, sequence: Rows | None, position: Rows | None
) -> Rows:
    """Rows in which any of these begins something new; all rows where there is none of them."""
    if lengths is None and sequence is None and position is None:
        return np.arange(rows)
    new = np.zeros(rows + 1, bool)
    if lengths is not None:
        new[lengths] = True
    if sequence is not None:
        new[1:rows] |= np.diff(sequence) != 0
    if position is not None:
        new[1:rows] |= np.diff(position) != 1
    return np.flatnonzero(new[:rows])


def _read_offsets(files: RecordingFiles, name: str, rows: int) -> Offsets | None:
    """The offsets of pieces of these lengths; None, with a fault, where they do not add up."""
    lengths = files.read(name)
    if lengths is None:
        return None
    source, before = files.arrays[name], len(files.faults)
    expected, repair = "lengths of 0 tokens or more", "count the tokens of each again"
    files.reject(source, ~(lengths >= 0), lengths, expected, repair)
    if len(files.faults) > before:
        return None
    total = int(lengths.sum(dtype=np.int64))
    if total != rows:
        found, expected = f"lengths that add up to {total:,}", f"{rows:,}, the number of tokens"
        repair = "count the tokens of each again; padding counts only where it was recorded"
        files.report(source.place, found, expected, repair)
        return None
    return np.concatenate([[0], np.cumsum(lengths, dtype=np.int64)])


def _check_against_lengths(
    files: RecordingFiles, name: str, offsets: Offsets, sequence: Rows | None, position: Rows | None
) -> None:
    """Numbers and positions agree with the lengths."""
    lengths, place = np.diff(offsets), files.arrays[name].place
    number = np.repeat(np.arange(len(lengths)), lengths)
    for which, values, expected, what in (
        ("sequence", sequence, number, "the number, from 0, of its sequence"),
        ("position", position, np.arange(len(number)) - offsets[number], "its step, from 0,"),
    ):
        if values is not None:
            repair = "correct one of the two, or leave it out"
            what = f"{what} as {place} counts them"
            files.reject(files.arrays[which], values != expected, values, what, repair)


def _offsets_of_numbers(
    files: RecordingFiles, sequence: Rows | None, position: Rows | None, rows: int
) -> Offsets | None:
    """From a number and a position per token. A sequence without tokens keeps its number."""
    before, row = len(files.faults), np.arange(rows)
    if sequence is not None:
        _check_order(files, sequence)
    else:
        sequence = np.cumsum((position == 0) & (row > 0))
    if position is not None:
        steps = np.diff(sequence, prepend=sequence[0])
        starts = (steps > 0) | (row == 0) | ((steps < 0) & (position == 0))
        expected = row - np.maximum.accumulate(np.where(starts, row, 0))
        files.reject(
            files.arrays["position"], position != expected, position,
            "the number of steps since its sequence began",
            "count positions from 0 in every sequence, none left out, and sort the rows by them",
        )  # fmt: skip
    if len(files.faults) > before:
        return None
    return np.concatenate([[0], np.cumsum(np.bincount(sequence))])


def _check_order(files: RecordingFiles, sequence: Rows) -> None:
    source, first = files.arrays["sequence"], sequence[0]
    falls = np.diff(sequence, prepend=first) < 0
    files.reject(
        source, (sequence < 0) | falls | (sequence - first > 2 * len(sequence)), sequence,
        "numbers from 0 that never fall, few left out",
        "sort the rows by sequence, then position, and number sequences from 0",
    )  # fmt: skip
    if sequence.min() > 0:
        found, expected = f"{first} at row 0", "0: sequences count from 0"
        repair = (
            f"subtract {first} from all; where the first sequences have no tokens, write "
            "sequence_lengths.npy, which states so"
        )
        files.report(source.place, found, expected, repair)


def _read_sentences(
    files: RecordingFiles, words: Rows | None, sequences: Offsets | None, rows: int
) -> Offsets | None:
    """By their lengths, or guessed: after the word that ends one, or cut where they get long."""
    if "sentence_lengths" not in files.arrays:
        return None if words is None or sequences is None else _cut(files, words, sequences)
    offsets = _read_offsets(files, "sentence_lengths", rows)
    if offsets is None or sequences is None:
        return offsets
    inside = sequences[~np.isin(sequences, offsets)]
    if len(inside):
        sentence = int(np.searchsorted(offsets, inside[0], side="right")) - 1
        found = f"sentence {sentence:,}, in which a sequence ends at token {inside[0]:,}"
        expected = "sentences that end where their sequence does"
        place = files.arrays["sentence_lengths"].place
        files.report(place, found, expected, "cut the sentence there too")
    return offsets


def _cut(files: RecordingFiles, words: Rows, sequences: Offsets) -> Offsets:
    end, cuts = files.description.end_of_sentence, np.unique(sequences)
    if end in files.words:
        after = np.flatnonzero(words == files.words.index(end)) + 1
        cuts = np.union1d(cuts, after)
    pieces = -(-np.diff(cuts) // LONGEST_SENTENCE)
    number = np.arange(pieces.sum()) - np.repeat(np.cumsum(pieces) - pieces, pieces)
    starts = np.repeat(cuts[:-1], pieces) + number * LONGEST_SENTENCE
    if len(starts) >= len(cuts):
        files.notes.append(
            f"sentences of more than {LONGEST_SENTENCE} tokens are shown in pieces of that length; "
            "give sentence_lengths to cut them otherwise"
        )
    return np.append(starts, len(words))


def _check_sentence_arrays(files: RecordingFiles, sentences: Offsets | None) -> None:
    """Every array of sentences has a row for each."""
    lengths = files.arrays.get("sentence_lengths")
    if sentences is None and lengths is None:
        return
    count = len(lengths) if lengths is not None else len(sentences) - 1
    for name in SENTENCE_ARRAYS:
        if name in files.arrays and len(files.arrays[name]) != count:
            source = files.arrays[name]
            found, expected = f"{len(source):,} rows", f"{count:,}, one for each sentence"
            repair = "give sentence_lengths too, or one row for each sequence of a classifier"
            files.report(source.place, found, expected, repair)
