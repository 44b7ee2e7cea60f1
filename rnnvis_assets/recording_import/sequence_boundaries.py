"""The text of an external recording: its words, and where sequences and sentences begin.

Arrays of one number per token are held in memory, as a corpus is; the states are not.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from rnnvis_assets.recording.recording_plan import Offsets
from rnnvis_assets.recording_import.recording_files import (
    SENTENCE_ARRAYS,
    RecordingFiles,
    to_whole_numbers,
)

Rows = npt.NDArray[np.int64]
LONGEST_SENTENCE = 100
"""Tokens after which a sentence is cut where nothing states how to cut it."""

_SEQUENCE_ARRAYS = ("sequence_lengths", "sequence", "position")


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
) -> tuple[RecordedText | None, Offsets | None]:
    """The text of ``rows`` tokens, and the offsets of its sequences; None where faults, which are
    added to ``files``, make them unusable.

    ``documents``: every sequence is a sentence, as a classifier's documents are.
    """
    words = _read_words(files, rows)
    if not rows:
        return None, None
    _check_token_numbers(files, rows)
    sequences = _read_sequences(files, words, rows, documents=documents)
    sentences = sequences if documents else _read_sentences(files, words, sequences, rows)
    _check_sentence_rows(files, sentences)
    if words is None or sequences is None or sentences is None:
        return None, sequences
    return RecordedText(words.astype(np.int32), sequences, sentences), sequences


def _read_words(files: RecordingFiles, rows: int) -> Rows | None:
    words = files.read("word_id")
    if words is None:
        return None
    ids, known = to_whole_numbers(words), len(files.words) or np.iinfo(np.int32).max
    is_id = ids == words
    repair = "list every word in the vocabulary, in the order of the ids"
    files.reject("word_id", ~is_id, words, "whole numbers, the ids of words", repair)
    expected = f"ids from 0 to {known - 1:,}, for a vocabulary of {known:,} words"
    files.reject("word_id", is_id & ((ids < 0) | (ids >= known)), ids, expected, repair)
    return ids if len(ids) == rows else None


def _check_token_numbers(files: RecordingFiles, rows: int) -> None:
    """Tokens are numbered by row, and every layer of Parquet has the same tokens in order."""
    tokens = files.read("token", rows)
    if tokens is not None:
        repair = "number the tokens 0, 1, 2 … in the order of their rows, none left out"
        files.reject("token", tokens != np.arange(rows), tokens, "the number of its row", repair)
    for repeated in files.arrays:
        name, _, of_layer = repeated.partition(" of layer ")
        if of_layer and name in files.arrays:
            found, first = files.read(repeated, rows), files.read(name, rows)
            if found is not None and first is not None:
                expected = f"what {files.arrays[name].place} has"
                files.reject(repeated, found != first, found, expected, "sort all layers alike")


def _read_sequences(
    files: RecordingFiles, words: Rows | None, rows: int, *, documents: bool
) -> Offsets | None:
    """The offsets of sequences, which a word or nothing but their end may mark; None where they
    are faulty. A classifier's may be stated by the lengths of its sentences."""
    before, by_sentences = len(files.faults), documents and files.lacks(*_SEQUENCE_ARRAYS)
    source = "sentence_lengths" if by_sentences else "sequence_lengths"
    if files.lacks(source, *_SEQUENCE_ARRAYS):
        return _start_at_word(files, words, rows)
    offsets = _read_offsets(files, source, rows)
    sequence, position = (files.read_whole_numbers(name, rows) for name in ("sequence", "position"))
    if offsets is not None:
        number = np.repeat(np.arange(len(offsets) - 1), np.diff(offsets))
    elif sequence is not None:
        number = sequence
        _check_order(files, sequence)
    elif position is not None:
        number = np.cumsum(position == 0) - (position[0] == 0)
    else:
        return None
    _check_agreement(files, number, sequence, position)
    if len(files.faults) == before and offsets is None:
        offsets = np.concatenate([[0], np.cumsum(np.bincount(number))])  # empty ones are counted
    if documents and not by_sentences and not files.lacks("sentence_lengths"):
        offsets = _document_offsets(files, offsets, rows)
    return offsets if len(files.faults) == before else None


def _start_at_word(files: RecordingFiles, words: Rows | None, rows: int) -> Offsets | None:
    """A sequence at each word that starts one; where none is stated, one sequence of all."""
    word = files.description.start_of_sequence
    if word is None or words is None:
        return np.array([0, rows])
    if word not in files.words or words[0] != files.words.index(word):
        where = "recording.yaml, start_of_sequence"
        expected = "the word that every sequence starts with"
        repair = "name the word of the first token, or give sequence_lengths"
        files.report(where, f"{word!r}, which is not the first token", expected, repair)
        return None
    return np.append(np.flatnonzero(words == words[0]), rows)


def _check_order(files: RecordingFiles, sequence: Rows) -> None:
    first, falls = sequence[0], np.diff(sequence, prepend=sequence[0]) < 0
    wrong = (sequence < 0) | falls | (sequence - first > 2 * len(sequence))
    repair = "sort the rows by sequence, then position, and number sequences from 0"
    expected = "numbers from 0 that never fall, few left out"
    files.reject("sequence", wrong, sequence, expected, repair)
    if sequence.min() > 0:
        repair = (
            f"subtract {first} from all; where the first sequences have no tokens, write "
            "sequence_lengths.npy, which states so"
        )
        found, place = f"{first} at row 0", files.arrays["sequence"].place
        files.report(place, found, "0: sequences count from 0", repair)


def _check_agreement(
    files: RecordingFiles, number: Rows, sequence: Rows | None, position: Rows | None
) -> None:
    """Both agree with the ``number`` of each token's sequence."""
    if sequence is not None:
        repair = "correct it or the lengths, or leave it out"
        expected = "the number, from 0, of its sequence as the lengths count it"
        files.reject("sequence", sequence != number, sequence, expected, repair)
    if position is not None:
        row = np.arange(len(number))
        starts = np.diff(number, prepend=number[0]) != 0
        steps = row - np.maximum.accumulate(np.where(starts, row, 0))
        expected = "the number of steps since its sequence began"
        repair = "count from 0 in every sequence, none left out, and sort the rows by position"
        files.reject("position", position != steps, position, expected, repair)


def _document_offsets(files: RecordingFiles, offsets: Offsets | None, rows: int) -> Offsets | None:
    """Those of a classifier's sentences, which its sequences have to be."""
    sentences = _read_offsets(files, "sentence_lengths", rows)
    if sentences is None or offsets is None:
        return sentences
    if not np.array_equal(np.unique(sentences), np.unique(offsets)):
        expected = "each sentence to be a sequence, as a classifier's documents are"
        repair = "give the same lengths, or write task: language_model in recording.yaml"
        place = files.arrays["sentence_lengths"].place
        files.report(place, "other lengths", expected, repair)
    return sentences  # they may end in documents without tokens


def _read_offsets(files: RecordingFiles, name: str, rows: int) -> Offsets | None:
    """The offsets of pieces of these lengths; None, with a fault, where they do not add up."""
    lengths, before = files.read(name), len(files.faults)
    if lengths is None:
        return None
    expected, repair = "lengths of 0 tokens or more", "count the tokens of each again"
    files.reject(name, ~(lengths >= 0), lengths, expected, repair)
    if len(files.faults) > before:
        return None
    total = int(lengths.sum(dtype=np.int64))
    if total != rows:
        found, expected = f"lengths that add up to {total:,}", f"{rows:,}, the number of tokens"
        repair = "count the tokens of each again; padding counts only where it was recorded"
        files.report(files.arrays[name].place, found, expected, repair)
        return None
    return np.concatenate([[0], np.cumsum(lengths, dtype=np.int64)])


def _read_sentences(
    files: RecordingFiles, words: Rows | None, sequences: Offsets | None, rows: int
) -> Offsets | None:
    """By their lengths, or guessed: after the word that ends one, or cut where they get long."""
    if "sentence_lengths" not in files.arrays:
        return None if words is None or sequences is None else _guess(files, words, sequences)
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


def _guess(files: RecordingFiles, words: Rows, sequences: Offsets) -> Offsets:
    end, cuts = files.description.end_of_sentence, np.unique(sequences)
    if end in files.words:
        cuts = np.union1d(cuts, np.flatnonzero(words == files.words.index(end)) + 1)
    pieces = -(-np.diff(cuts) // LONGEST_SENTENCE)
    number = np.arange(pieces.sum()) - np.repeat(np.cumsum(pieces) - pieces, pieces)
    starts = np.repeat(cuts[:-1], pieces) + number * LONGEST_SENTENCE
    if len(starts) >= len(cuts):
        files.notes.append(
            f"sentences of more than {LONGEST_SENTENCE} tokens are shown in pieces of that length; "
            "give sentence_lengths to cut them otherwise"
        )
    return np.append(starts, len(words))


def _check_sentence_rows(files: RecordingFiles, sentences: Offsets | None) -> None:
    """Every array of sentences has a row for each."""
    lengths = files.arrays.get("sentence_lengths")
    count = None if sentences is None else len(sentences) - 1
    count = count if lengths is None else len(lengths)
    for name in SENTENCE_ARRAYS:
        source = files.arrays.get(name)
        if source is not None and count not in (None, len(source)):
            found, expected = f"{len(source):,} rows", f"{count:,}, one for each sentence"
            repair = "give sentence_lengths too, or one row for each sequence of a classifier"
            files.report(source.place, found, expected, repair)
