"""Rows that are no tokens: the steps after the end of a shorter sequence, and padding words."""

from collections.abc import Collection, Sequence
from dataclasses import replace

import numpy as np

from rnnvis_assets.recording.recording_plan import Offsets
from rnnvis_assets.recording_import.array_conversion import flatten_steps, in_memory, keep_rows
from rnnvis_assets.recording_import.recording_faults import Mask
from rnnvis_assets.recording_import.recording_files import SENTENCE_ARRAYS, RecordingFiles
from rnnvis_assets.recording_import.sequence_boundaries import RecordedText

_LENGTHS = ("sequence_lengths", "sentence_lengths")
_MANY = 0.02
"""Of all tokens: a padding word is worth a note from this fraction on."""


def join_steps(files: RecordingFiles, matrices: Collection[str]) -> None:
    """Reads arrays [sequences, steps, units] row by row, without the steps after each sequence's
    length; ``matrices`` are the names, without a layer's number, of those with a column a unit."""
    axes = _axes(files, matrices)
    if axes is None:
        return
    sequences, steps = axes
    kept = _kept_steps(files, sequences, steps)
    joined = []
    for name, source in files.token_arrays.items():
        if source.shape[:2] == axes and len(source.shape) == 2 + _is_matrix(name, matrices):
            flat = flatten_steps(source)
            files.arrays[name] = flat if kept is None else keep_rows(flat, kept)
            joined.append(source.place)
    files.notes.append(
        f"axes [{sequences:,} sequences, {steps:,} steps, …] are read one sequence after the other"
        f"{', without the steps beyond their lengths' * (kept is not None)}: {', '.join(joined)}"
    )


def _is_matrix(name: str, matrices: Collection[str]) -> bool:
    return name in matrices or name.rpartition("_")[0] in matrices


def _axes(files: RecordingFiles, matrices: Collection[str]) -> tuple[int, int] | None:
    """Sequences and steps of the arrays that have an axis for each; None where there is none."""
    for name, source in files.token_arrays.items():
        if len(source.shape) == 2 + _is_matrix(name, matrices):
            return source.shape[0], source.shape[1]
    return None


def _kept_steps(files: RecordingFiles, sequences: int, steps: int) -> Mask | None:
    """Which steps are tokens, bool[sequences · steps]; None where all are, or where lengths that do
    not fit, which is a fault, leave that open."""
    given = next((name for name in _LENGTHS if name in files.arrays), None)
    if given is None:
        _state_lengths(files, sequences, steps)
        return None
    lengths = files.read_whole_numbers(given, sequences)
    if lengths is None or np.any(lengths > steps) or np.any(lengths < 0):
        place, found = files.arrays[given].place, f"{len(files.arrays[given]):,} lengths"
        found += "" if lengths is None else f", up to {lengths.max():,}"
        expected = f"{sequences:,} lengths of at most {steps:,}, as the axes of the states are"
        repair = "np.swapaxes(states, 0, 1) where steps are the first axis"
        files.report(place, found, expected, repair)
        return None
    kept = np.arange(steps) < lengths[:, None]
    return None if kept.all() else kept.ravel()


def _state_lengths(files: RecordingFiles, sequences: int, steps: int) -> None:
    """Without lengths, every sequence has all steps."""
    if files.lacks("sequence", "position"):
        lengths = np.full(sequences, steps)
        files.arrays["sequence_lengths"] = in_memory("the axes of the states", lengths)
        files.present.add("sequence_lengths")


def leave_out_padding(files: RecordingFiles, text: RecordedText) -> RecordedText:
    """The text without the word ``padding``, whose rows are dropped from all arrays."""
    word = files.description.padding
    if word is None:
        return text
    if word not in files.words:
        where, expected = "recording.yaml, padding", "a word of the vocabulary"
        files.report(where, repr(word), expected, "spell it as the vocabulary does")
        return text
    kept = text.word_ids != files.words.index(word)
    for name, source in files.token_arrays.items():
        if len(source) == len(kept):
            files.arrays[name] = keep_rows(source, kept)
    files.notes.append(f"{np.count_nonzero(~kept):,} tokens of {word!r} are left out")
    before = np.concatenate([[0], np.cumsum(kept)])
    sentences = before[text.sentences]
    if files.lacks(*SENTENCE_ARRAYS):
        sentences = np.unique(sentences)
    return replace(text, word_ids=text.word_ids[kept], sequences=before[text.sequences],
                   sentences=sentences)  # fmt: skip


def note_padding(files: RecordingFiles, text: RecordedText, unchanged: Sequence[Mask]) -> None:
    """Notes a frequent word that fills up sequences: that changes nothing (``unchanged`` has a mask
    of the rows for each layer), or that stands only at their ends or only at their beginnings."""
    counts = np.bincount(text.word_ids)
    for word in np.flatnonzero(counts >= max(2, _MANY * text.num_tokens)).tolist():
        is_word = text.word_ids == word
        still = np.all([mask[is_word] for mask in unchanged], axis=0) if unchanged else np.array(0)
        if still.mean() >= 0.5:
            found = "mostly with no change of any state"
        elif _fills_up(is_word, text.sequences):
            found = "in runs that fill up sequences"
        else:
            continue
        name = files.words[word]
        files.notes.append(
            f"{name!r} is {counts[word] / text.num_tokens:.0%} of all tokens, {found}: it looks "
            f"like padding; padding: {name!r} in recording.yaml leaves it out"
        )


def _fills_up(is_word: Mask, sequences: Offsets) -> bool:
    """Whether all its tokens stand in runs at the ends, or at the beginnings, of sequences."""
    lengths = np.diff(sequences)
    if len(lengths) < 2 or not np.any(is_word[1:] & is_word[:-1]):
        return False
    ends, starts = np.repeat(sequences[1:], lengths), np.repeat(sequences[:-1], lengths)
    rows = np.arange(len(is_word))
    following = np.where(is_word, len(rows), rows)
    following = np.minimum.accumulate(following[::-1])[::-1]
    preceding = np.maximum.accumulate(np.where(is_word, -1, rows))
    at_ends, at_starts = following >= ends, preceding < starts
    return bool(at_ends[is_word].all() or at_starts[is_word].all())
