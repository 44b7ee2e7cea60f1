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
    files.notes += _restarts(files, text, layers)


def _squashed_twice(files: RecordingFiles, layer: ExternalLayer) -> Iterator[str]:
    beyond = layer.largest_hidden - _TANH_OF_ONE
    if files.description.bounded and (_NEAR - 1) * _TANH_OF_ONE < beyond <= layer.tolerance:
        yield (
            f"layer {layer.number}: |h| reaches {layer.largest_hidden:.4f} and never exceeds "
            f"tanh(1) = {_TANH_OF_ONE:.4f}: tanh looks applied twice; write h as the network "
            "gave it"
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


def _restarts(
    files: RecordingFiles, text: RecordedText, layers: Sequence[ExternalLayer]
) -> Iterator[str]:
    """In one long sequence, no two words after different ones leave the very same state."""
    hashes = layers[0].state_hashes() if layers else np.empty(0, np.int64)
    if len(hashes) != text.num_tokens or len(hashes) < 2:
        return
    moved = ~np.concatenate(layers[0].unchanged)[1:]
    rows = np.stack([hashes[1:], text.word_ids[1:], text.word_ids[:-1]])[:, moved]
    after = np.unique(rows, axis=1)
    states, times = np.unique(after[:2], axis=1, return_counts=True)
    if not np.any(times > 1):
        return
    alike = np.all(rows[:2] == states[:, [int(times.argmax())]], axis=0)
    tokens = np.flatnonzero(moved)[alike] + 1
    word = files.words[text.word_ids[tokens[0]]]
    yield (
        f"all is one long sequence, but the state after {word!r} at {len(tokens):,} tokens "
        f"({tokens[0]:,}, {tokens[1]:,}, …) is the same whatever stands before it, as if sequences "
        "started there: give sequence_lengths, or start_of_sequence in recording.yaml"
    )
