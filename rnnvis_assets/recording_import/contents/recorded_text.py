"""What was read: the words of a foreign recording, and how they are cut.

All that has one number a token is held in memory, as a corpus is; the states are not.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from rnnvis_assets.recording.sequence_offsets import Offsets
from rnnvis_assets.recording_import.checks.recording_faults import Fault, Tally
from rnnvis_assets.recording_import.contents.recording_sources import ORDER, Opened, read_or_tell
from rnnvis_assets.recording_import.contents.sequence_boundaries import (
    Starts,
    cuts_of_documents,
    offsets_of,
    read_cuts,
)
from rnnvis_assets.recording_import.formats.array_source import Array, Source

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


def read_text(opened: Opened, *, documents: bool) -> tuple[ForeignText | None, Starts]:
    """The text, and where the state starts anew; faults go to ``opened``.

    The text is None where the words or their cuts cannot be used. ``documents``: every sequence is
    a sentence.
    """
    words = _read_words(opened, opened.of_tokens.get("word_id"))
    _read_words(opened, opened.misfits.words)
    rows = max(map(len, opened.per_token.values()), default=0)
    if not rows:
        return None, Starts.anywhere(0)
    _check_numbering(opened, rows)
    _check_layers_agree(opened)
    cuts = read_cuts(opened, rows)
    if documents:
        cuts = cuts_of_documents(opened, cuts, rows)
        sentences = cuts.sequences
    else:
        sentences = _sentences(opened, words, cuts.sequences, rows)
    fit = sentences is not None and _sentences_fit(opened, len(sentences) - 1)
    if words is None or cuts.sequences is None or sentences is None or not fit:
        return None, cuts.starts
    return ForeignText(words.astype(np.int32), cuts.sequences, sentences), cuts.starts


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


def _read_words(opened: Opened, source: Source | None) -> Array | None:
    """The ids, those of unknown words told."""
    words = read_or_tell(opened, source)
    if source is not None and words is not None:
        _check_ids(opened, source, words)
    return words


def _check_ids(opened: Opened, source: Source, words: Array) -> None:
    """Tells ids of no word, and, of a file of floats, what is no id at all."""
    known = len(opened.words) or np.iinfo(np.int32).max
    mend = "list every word in the vocabulary, in the order of the ids"
    expected = f"ids from 0 to {known - 1:,}, for a vocabulary of {known:,} words"
    written = words if source.written is source else source.written.read()
    broken, unknown = words != written, (words < 0) | (words >= known)
    fractions = Tally(source.place, "whole numbers, the ids of words", mend)
    fractions.take(broken, written, 0)
    ids = Tally(source.place, expected, mend)
    ids.take(unknown & ~broken, words, 0)
    opened.faults += [*fractions.faults, *ids.faults]


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


def _sentences(
    opened: Opened, words: Array | None, sequences: Offsets | None, rows: int
) -> Offsets | None:
    """The sentences: by their lengths, after the word that ends one, or cut where they get long."""
    source = opened.of_sentences.get("sentence_lengths")
    if source is None:
        return None if words is None or sequences is None else _cut(opened, words, sequences)
    offsets = offsets_of(opened, source, rows)
    if offsets is None or sequences is None:
        return offsets
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
