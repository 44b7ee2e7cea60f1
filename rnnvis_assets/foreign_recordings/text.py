"""What was read: the words of a foreign recording, and how they are cut.

All that has one number a token is held in memory, as a corpus is; the states are not.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from rnnvis_assets.foreign_recordings.faults import Fault, FaultError, Tally
from rnnvis_assets.foreign_recordings.opened import ORDER, Opened
from rnnvis_assets.foreign_recordings.sources import Array, Source
from rnnvis_assets.recording.sequences import Offsets

LONGEST_SENTENCE = 100
"""Tokens after which a sentence is cut where nothing says how to cut it."""


@dataclass(frozen=True)
class ForeignText:
    """``word_ids`` int32[tokens], cut into ``sequences``, between which the state starts anew, and
    ``sentences``, which are shown one by one (int64 offsets); a sentence lies in one sequence."""

    word_ids: npt.NDArray[np.int32]
    sequences: Offsets
    sentences: Offsets

    @property
    def num_tokens(self) -> int:
        return len(self.word_ids)


def read_or_tell(opened: Opened, source: Source | None) -> Array | None:
    """All of a source; None where there is none, or where it cannot be read, which is told."""
    if source is None:
        return None
    try:
        return source.read()
    except FaultError as error:
        if error.fault not in opened.faults:
            opened.faults.append(error.fault)
        return None


def read_text(opened: Opened, *, documents: bool) -> ForeignText | None:
    """The text; faults go to ``opened``. None where the words or their cuts cannot be used.

    ``documents``: every sequence is a sentence.
    """
    words = read_or_tell(opened, opened.of_tokens.get("word_id"))
    rows = max(map(len, opened.of_tokens.values()), default=0)
    if not rows:
        return None
    if words is not None:
        _check_ids(opened, words)
    _check_numbering(opened, rows)
    _check_layers_agree(opened)
    sequences = _sequences(opened, rows)
    if sequences is None or words is None:
        _check_sentence_lengths(opened, rows)
        return None
    sentences = _documents(opened, sequences) if documents else _sentences(opened, words, sequences)
    if sentences is None or not _sentences_fit(opened, len(sentences) - 1):
        return None
    whole = sentences if documents else sequences
    return ForeignText(words.astype(np.int32), whole, sentences)


def _check_sentence_lengths(opened: Opened, rows: int) -> None:
    source = opened.of_sentences.get("sentence_lengths")
    if source is not None:
        _offsets(opened, source, rows)


def _sentences_fit(opened: Opened, sentences: int) -> bool:
    """Whether all that is told of sentences is told of each."""
    for name, source in opened.of_sentences.items():
        if len(source) != sentences:
            expected = f"{sentences:,}, one for each sentence"
            mend = "give sentence_lengths too, or one row for each sequence of a classifier"
            found = f"{len(source):,} rows of {name}"
            opened.faults.append(Fault(source.place, found, expected, mend))
            return False
    return True


def _check_ids(opened: Opened, words: Array) -> None:
    known = len(opened.words) or np.iinfo(np.int32).max
    tally = Tally(
        opened.of_tokens["word_id"].place,
        f"ids from 0 to {known - 1:,}, for a vocabulary of {known:,} words",
        "list every word in the vocabulary, in the order of the ids",
    )
    tally.take((words < 0) | (words >= known), words, 0)
    opened.faults += tally.faults


def _check_numbering(opened: Opened, rows: int) -> None:
    source = opened.of_tokens.get("token")
    tokens = read_or_tell(opened, source)
    if source is None or tokens is None:
        return
    mend = "number the tokens 0, 1, 2 … in the order in which they stand, none left out"
    tally = Tally(source.place, "the number of its row", mend)
    tally.take(tokens != np.arange(rows), tokens, 0)
    opened.faults += tally.faults


def _check_layers_agree(opened: Opened) -> None:
    """Every layer's rows are the same tokens in the same order (Parquet says so layer by layer)."""
    for arrays in opened.layers.values():
        for name in ("word_id", *ORDER):
            source, first = arrays.get(name), opened.of_tokens.get(name)
            if source is None or first is None:
                continue
            found, expected = read_or_tell(opened, source), read_or_tell(opened, first)
            if found is not None and expected is not None:
                tally = Tally(source.place, f"what {first.place} has", "sort all layers alike")
                tally.take(found != expected, found, 0)
                opened.faults += tally.faults


def _documents(opened: Opened, sequences: Offsets) -> Offsets | None:
    """A classifier's sentences: its sequences, or those that are told, where these are the same.

    One without tokens counts too, and only their lengths tell of the last ones.
    """
    source = opened.of_sentences.get("sentence_lengths")
    if source is None:
        return sequences
    offsets = _offsets(opened, source, int(sequences[-1]))
    one = not {"sequence", "position"} & opened.of_tokens.keys() and not opened.of_sequences
    if offsets is None or one or np.array_equal(np.unique(offsets), np.unique(sequences)):
        return offsets
    expected = "each sentence to be a sequence, as a classifier's documents are"
    mend = "give the same lengths, or say task: language_model in recording.yaml"
    opened.faults.append(Fault(source.place, "other lengths", expected, mend))
    return None


def _sequences(opened: Opened, rows: int) -> Offsets | None:
    """Where sequences begin, and the end: by their lengths, by number and position, or one."""
    lengths = opened.of_sequences.get("sequence_lengths")
    if lengths is not None:
        return _offsets(opened, lengths, rows)
    sequence = read_or_tell(opened, opened.of_tokens.get("sequence"))
    position = read_or_tell(opened, opened.of_tokens.get("position"))
    if sequence is None:
        starts = np.arange(rows) == 0 if position is None else position == 0
        sequence = np.cumsum(starts) - 1
    return _offsets_of_numbers(opened, np.asarray(sequence, np.int64), position)


def _offsets(opened: Opened, source: Source, rows: int) -> Offsets | None:
    lengths = read_or_tell(opened, source)
    if lengths is None:
        return None
    tally = Tally(source.place, "lengths of 0 tokens or more", "count the tokens of each again")
    tally.take(lengths < 0, lengths, 0)
    if tally.faults:
        opened.faults += tally.faults
        return None
    total = int(lengths.sum(dtype=np.int64))
    if total != rows:
        found, expected = f"lengths that add up to {total:,}", f"{rows:,}, the number of tokens"
        mend = "count the tokens of each again; padding counts only where it was recorded"
        opened.faults.append(Fault(source.place, found, expected, mend))
        return None
    return np.concatenate([[0], np.cumsum(lengths, dtype=np.int64)])


def _offsets_of_numbers(
    opened: Opened, sequence: npt.NDArray[np.int64], position: Array | None
) -> Offsets | None:
    """From a number and a position a token. A sequence without tokens keeps its number."""
    rows, before = len(sequence), len(opened.faults)
    source = opened.of_tokens.get("sequence") or next(iter(opened.of_tokens.values()))
    steps = np.diff(sequence, prepend=0)
    tally = Tally(
        source.place, "numbers from 0 that never fall, few left out",
        "sort the rows by sequence, then position, and number sequences from 0",
    )  # fmt: skip
    tally.take((steps < 0) | (sequence > 2 * rows), sequence, 0)
    opened.faults += tally.faults
    if position is not None:
        starts = (steps > 0) | (np.arange(rows) == 0)
        first = np.maximum.accumulate(np.where(starts, np.arange(rows), 0))
        tally = Tally(
            opened.of_tokens["position"].place, "the number of steps since its sequence began",
            "count positions from 0 in every sequence, none left out, and sort the rows by them",
        )  # fmt: skip
        tally.take(position != np.arange(rows) - first, position, 0)
        opened.faults += tally.faults
    if len(opened.faults) > before:
        return None
    if sequence[0]:
        opened.notes.append(
            f"{source.place}: numbers begin with {sequence[0]}; sequences count from 0, so "
            f"{sequence[0]} before it count as having no words"
        )
    return np.concatenate([[0], np.cumsum(np.bincount(sequence))])


def _sentences(opened: Opened, words: Array, sequences: Offsets) -> Offsets | None:
    """The sentences: by their lengths, after the word that ends one, or cut where they get long."""
    source = opened.of_sentences.get("sentence_lengths")
    if source is None:
        return _cut(opened, words, sequences)
    offsets = _offsets(opened, source, len(words))
    if offsets is None:
        return None
    inside = sequences[~np.isin(sequences, offsets)]
    if len(inside):
        sentence = int(np.searchsorted(offsets, inside[0], side="right")) - 1
        found = f"sentence {sentence:,}, in which a sequence ends at token {inside[0]:,}"
        expected = "sentences that end where their sequence does"
        mend = "cut the sentence there too"
        opened.faults.append(Fault(source.place, found, expected, mend))
    return offsets


def _cut(opened: Opened, words: Array, sequences: Offsets) -> Offsets:
    end = opened.description.end_of_sentence
    cuts = np.unique(sequences)
    if end in opened.words:
        after = np.flatnonzero(words == opened.words.index(end)) + 1
        cuts = np.unique(np.concatenate([cuts, after]))
    pieces = -(-np.diff(cuts) // LONGEST_SENTENCE)
    number = np.arange(pieces.sum()) - np.repeat(np.cumsum(pieces) - pieces, pieces)
    starts = np.repeat(cuts[:-1], pieces) + number * LONGEST_SENTENCE
    if len(starts) >= len(cuts):
        opened.notes.append(
            f"sentences of more than {LONGEST_SENTENCE} tokens are shown in pieces of so many; "
            "give sentence_lengths to cut them otherwise"
        )
    return np.append(starts, len(words))
