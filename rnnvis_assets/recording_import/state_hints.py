"""What the states of a whole recording suggest, for notes: nobody can be sure of it."""

from collections.abc import Iterator, Sequence

import numpy as np

from rnnvis_assets.recording_import.padded_steps import note_padding
from rnnvis_assets.recording_import.recording_files import RecordingFiles
from rnnvis_assets.recording_import.sequence_boundaries import RecordedText
from rnnvis_assets.recording_import.state_checks import ExternalLayer

_TANH_OF_ONE = float(np.tanh(1))
_NEAR = 0.97
"""Of the largest value that a tanh of a tanh can have."""
_ALIKE = 1e-3


def note_hints(files: RecordingFiles, text: RecordedText, layers: Sequence[ExternalLayer]) -> None:
    """Adds notes on what was read of all ``layers``."""
    for layer in layers:
        files.notes += _squashed_twice(files, layer)
    masks = [np.concatenate(layer.unchanged) for layer in layers if layer.unchanged]
    note_padding(files, text, [mask for mask in masks if len(mask) == text.num_tokens])
    files.notes += _first_states(files, text, layers)


def _squashed_twice(files: RecordingFiles, layer: ExternalLayer) -> Iterator[str]:
    if files.description.bounded and _NEAR * _TANH_OF_ONE < layer.largest_hidden <= _TANH_OF_ONE:
        yield (
            f"layer {layer.number}: |h| reaches {layer.largest_hidden:.4f} and never exceeds "
            f"tanh(1) = {_TANH_OF_ONE:.4f}: tanh looks applied twice; write h as the network gave it"
        )


def _first_states(
    files: RecordingFiles, text: RecordedText, layers: Sequence[ExternalLayer]
) -> Iterator[str]:
    """From zero, the lowest layer's state after the first word depends on that word only."""
    starts = np.unique(text.sequences)[:-1]
    lowest = layers[0] if layers else None
    if lowest is None or not files.description.starts_from_zero or lowest.direction != "forward":
        return
    states = lowest.first_states()
    by_word: dict[int, int] = {}
    for row, word in enumerate(text.word_ids[starts[: len(states)]].tolist()):
        first = by_word.setdefault(word, row)
        if np.abs(states[row] - states[first]).max() > max(_ALIKE, 10 * lowest.tolerance):
            yield (
                f"two sequences start with {files.words[word]!r}, at tokens {starts[first]:,} and "
                f"{starts[row]:,}, but the state of layer 0 after it differs: they look like one "
                "long sequence; write starts_from_zero: false in recording.yaml, backward: [0] "
                "where the layer reads backward, or correct sequence_lengths"
            )
            return
