"""Where the sequences of a foreign recording begin: between them the state starts anew.

Their lengths say so, or a number and a position a token. Where that contradicts itself or cannot be
read, it is told, and what is left says where sequences may begin.
"""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from rnnvis_assets.recording.sequence_offsets import Offsets
from rnnvis_assets.recording_import.checks.recording_faults import Fault, Tally
from rnnvis_assets.recording_import.contents.recording_sources import Opened, read_or_tell
from rnnvis_assets.recording_import.formats.array_source import Array, Source

Rows = npt.NDArray[np.int64]
_TELLING = ("sequence_lengths", "sequence", "position")


@dataclass(frozen=True)
class Starts:
    """Rows in which a sequence begins (``known``, ascending, again for one without tokens), and
    rows in which one may (``possible``, ascending)."""

    known: Rows
    possible: Rows

    @classmethod
    def of(cls, offsets: Offsets) -> "Starts":
        return cls(offsets[:-1], np.empty(0, np.int64))

    @classmethod
    def perhaps(cls, rows: Rows) -> "Starts":
        """The first row begins one, the others may."""
        return cls(np.zeros(1, np.int64), rows[rows > 0])

    @classmethod
    def anywhere(cls, rows: int) -> "Starts":
        return cls.perhaps(np.arange(rows))

    def within(self, first: int, stop: int) -> "Starts":
        """Those of the rows from ``first`` to ``stop``, counted from ``first``."""
        return Starts(_within(self.known, first, stop), _within(self.possible, first, stop))


def _within(rows: Rows, first: int, stop: int) -> Rows:
    begin, end = np.searchsorted(rows, [first, stop])
    return rows[begin:end] - first


@dataclass(frozen=True)
class Cuts:
    """``sequences``: their offsets, None where nobody knows them; ``told``: anything says so.

    ``starts`` are sure of themselves only where nothing is wrong with what is told.
    """

    sequences: Offsets | None
    starts: Starts
    told: bool


@dataclass(frozen=True)
class _Told:
    """What is told of sequences, as far as it can be read: each int64[tokens] or offsets."""

    lengths: Offsets | None
    sequence: Array | None
    position: Array | None

    @property
    def is_nothing(self) -> bool:
        return self.lengths is None and self.sequence is None and self.position is None

    def breaks(self, rows: int) -> Rows:
        """Rows in which any of it begins something new."""
        new = np.zeros(rows + 1, bool)
        if self.lengths is not None:
            new[self.lengths] = True
        if self.sequence is not None:
            new[1:rows] |= np.diff(self.sequence) != 0
        if self.position is not None:
            new[1:rows] |= np.diff(self.position) != 1
        return np.flatnonzero(new[:rows])


def read_cuts(opened: Opened, rows: int) -> Cuts:
    """The cuts of ``rows`` tokens, one or more; faults go to ``opened``."""
    before = len(opened.faults)
    lengths = opened.of_sequences.get("sequence_lengths")
    told = _Told(
        None if lengths is None else offsets_of(opened, lengths, rows),
        read_or_tell(opened, opened.of_tokens.get("sequence")),
        read_or_tell(opened, opened.of_tokens.get("position")),
    )
    if told.is_nothing:
        if opened.lacks(*_TELLING):
            one = np.array([0, rows])
            return Cuts(one, Starts.of(one), told=False)
        return Cuts(None, Starts.anywhere(rows), told=True)
    if told.lengths is None:
        sequences = _offsets_of_numbers(opened, told, rows)
    else:
        sequences = told.lengths
        _check_numbers(opened, told, sequences)
    if sequences is None or len(opened.faults) > before:
        return Cuts(sequences, Starts.perhaps(told.breaks(rows)), told=True)
    return Cuts(sequences, Starts.of(sequences), told=True)


def cuts_of_documents(opened: Opened, cuts: Cuts, rows: int) -> Cuts:
    """A classifier's sequences: its sentences, where these are told, which must be the same.

    One without tokens counts too, and only their lengths tell of the last ones.
    """
    source = opened.of_sentences.get("sentence_lengths")
    offsets = None if source is None else offsets_of(opened, source, rows)
    if source is None or offsets is None:
        if opened.lacks("sentence_lengths"):
            return cuts
        return cuts if cuts.told else Cuts(None, Starts.anywhere(rows), told=True)
    if not cuts.told:
        return Cuts(offsets, Starts.of(offsets), told=True)
    if cuts.sequences is None or np.array_equal(np.unique(offsets), np.unique(cuts.sequences)):
        return replace(cuts, sequences=offsets)
    expected = "each sentence to be a sequence, as a classifier's documents are"
    mend = "give the same lengths, or say task: language_model in recording.yaml"
    opened.faults.append(Fault(source.place, "other lengths", expected, mend))
    return Cuts(None, Starts.perhaps(np.union1d(offsets[:-1], cuts.sequences[:-1])), told=True)


def offsets_of(opened: Opened, source: Source, rows: int) -> Offsets | None:
    """The offsets of pieces of these lengths; None, with a fault, where they are none of ``rows``
    tokens."""
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


def _check_numbers(opened: Opened, told: _Told, sequences: Offsets) -> None:
    """Numbers and positions say what the lengths say."""
    lengths = np.diff(sequences)
    number = np.repeat(np.arange(len(lengths)), lengths)
    expected = {"sequence": number, "position": np.arange(len(number)) - sequences[number]}
    words = {"sequence": "the number, from 0, of its sequence", "position": "its step, from 0,"}
    place = opened.of_sequences["sequence_lengths"].place
    for name, values in (("sequence", told.sequence), ("position", told.position)):
        if values is not None:
            tally = Tally(
                opened.of_tokens[name].place, f"{words[name]} as {place} counts them",
                "correct one of the two, or leave it out",
            )  # fmt: skip
            tally.take(values != expected[name], values, 0)
            opened.faults += tally.faults


def _offsets_of_numbers(opened: Opened, told: _Told, rows: int) -> Offsets | None:
    """From a number and a position a token. A sequence without tokens keeps its number."""
    before, row = len(opened.faults), np.arange(rows)
    if told.sequence is not None:
        sequence = np.asarray(told.sequence, np.int64)
        _check_order(opened, sequence)
    else:
        sequence = np.cumsum((told.position == 0) & (row > 0))
    if told.position is not None:
        steps = np.diff(sequence, prepend=sequence[0])
        starts = (steps > 0) | (row == 0) | ((steps < 0) & (told.position == 0))
        first = np.maximum.accumulate(np.where(starts, row, 0))
        tally = Tally(
            opened.of_tokens["position"].place, "the number of steps since its sequence began",
            "count positions from 0 in every sequence, none left out, and sort the rows by them",
        )  # fmt: skip
        tally.take(told.position != row - first, told.position, 0)
        opened.faults += tally.faults
    if len(opened.faults) > before:
        return None
    return np.concatenate([[0], np.cumsum(np.bincount(sequence))])


def _check_order(opened: Opened, sequence: Rows) -> None:
    source = opened.of_tokens["sequence"]
    tally = Tally(
        source.place, "numbers from 0 that never fall, few left out",
        "sort the rows by sequence, then position, and number sequences from 0",
    )  # fmt: skip
    falls = np.diff(sequence, prepend=sequence[0]) < 0
    tally.take((sequence < 0) | falls | (sequence - sequence[0] > 2 * len(sequence)), sequence, 0)
    opened.faults += tally.faults
    if sequence.min() > 0:
        found, expected = f"{sequence[0]} at row 0", "0: sequences count from 0"
        mend = (
            f"subtract {sequence[0]} from all; where the first sequences have no tokens, write "
            "sequence_lengths.npy, which says so"
        )
        opened.faults.append(Fault(source.place, found, expected, mend))
