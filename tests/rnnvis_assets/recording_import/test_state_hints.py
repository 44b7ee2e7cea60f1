"""Notes on what is likely, though nobody can be sure of it: padding, restarts, a second tanh."""

from pathlib import Path

import numpy as np
import pytest

from rnnvis_assets.recording_import.check_recording import check_recording, read_contents
from rnnvis_assets.recording_import.recording_import_stage import import_states
from tests.rnnvis_assets.recording_import.numpy_networks import gru_arrays, lstm_arrays
from tests.rnnvis_assets.recording_import.synthetic_recording import (
    Arrays,
    SyntheticRecording,
    write_npy,
)


def write(folder: Path, arrays: Arrays, **description: object) -> Path:
    """Without a description the cell is ``gru``, which is no guess then."""
    kept = {name: values for name, values in arrays.items() if name not in ("input", "output")}
    return write_npy(folder, SyntheticRecording(kept, settings={"cell": "gru"} | description))


def notes(folder: Path) -> list[str]:
    report = check_recording(folder)
    assert report.faults == ()
    return list(report.notes)


def only_hidden(arrays: Arrays) -> Arrays:
    del arrays["keep_gate_0"]
    return arrays


@pytest.mark.parametrize(
    ("arrays", "guess"),
    [
        (lstm_arrays(), "cell: lstm, a guess (c is recorded)"),
        (gru_arrays(), "cell: gru, a guess (a gate and no c is recorded)"),
        (only_hidden(gru_arrays()), "cell: unknown, a guess (only h is recorded)"),
    ],
)
def test_a_guessed_cell_is_reported(arrays: Arrays, guess: str, tmp_path: Path) -> None:
    (note,) = notes(write(tmp_path / "npy", arrays, cell=None))
    assert note.startswith(guess)


def test_a_cell_that_nobody_knows_is_recorded_as_such(tmp_path: Path) -> None:
    contents = read_contents(write(tmp_path / "npy", only_hidden(gru_arrays()), cell=None))
    recording = import_states(contents, tmp_path / "ours", {}).recording
    assert [layer.cell for layer in recording.layers] == [None]


def pad(arrays: Arrays, steps: int, still: bool) -> Arrays:
    """``<eos>``, the word 0, up to ``steps`` of each sequence; its states stay, or wander."""
    lengths, padded = arrays["sequence_lengths"], dict[str, list[np.ndarray]]()
    random = np.random.default_rng(3)
    for start, length in zip(np.cumsum([0, *lengths[:-1]]), lengths, strict=True):
        for name in ("word_id", "hidden_0"):
            piece = arrays[name][start : start + length]
            piece = np.where(piece == 0, 1, piece) if name == "word_id" else piece
            extra = np.repeat(piece[-1:], steps - length, axis=0)
            if name == "word_id":
                extra = np.zeros_like(extra)
            elif not still:
                extra = random.uniform(-1, 1, extra.shape).astype(np.float32)
            padded.setdefault(name, []).append(np.concatenate([piece, extra]))
    joined = {name: np.concatenate(pieces) for name, pieces in padded.items()}
    return joined | {"sequence_lengths": np.full(len(lengths), steps)}


@pytest.mark.parametrize("still", [True, False])
def test_padding_is_offered_to_be_left_out_and_then_is(still: bool, tmp_path: Path) -> None:
    made = only_hidden(gru_arrays(lengths=(30, 60, 20)))
    padded = pad(made, 60, still)
    (note,) = notes(write(tmp_path / "padded", padded))
    assert "'<eos>' is 39% of all tokens" in note
    assert "padding: '<eos>' in recording.yaml" in note
    without = write(tmp_path / "without", padded, padding="<eos>")
    assert notes(without) == ["70 tokens of '<eos>' are left out"]
    contents = read_contents(without)
    recording = import_states(contents, tmp_path / "ours", {}).recording
    rows = recording.rows(0, ("hidden", "sequence", "position"), 0, recording.num_tokens)
    np.testing.assert_array_equal(rows["hidden"], made["hidden_0"])
    np.testing.assert_array_equal(rows["sequence"], np.repeat([0, 1, 2], [30, 60, 20]))
    np.testing.assert_array_equal(rows["position"][28:32], [28, 29, 0, 1])


def test_padding_that_is_no_word(tmp_path: Path) -> None:
    folder = write(tmp_path / "npy", only_hidden(gru_arrays()), padding="<pda>")
    (fault,) = check_recording(folder).faults
    assert (fault.where, fault.found) == ("recording.yaml, padding", "'<pda>'")


@pytest.mark.parametrize("times", [1, 2])
def test_a_second_tanh(times: int, tmp_path: Path) -> None:
    arrays = only_hidden(gru_arrays(scale=6))
    for _ in range(times - 1):
        arrays["hidden_0"] = np.tanh(arrays["hidden_0"])
    found = notes(write(tmp_path / "npy", arrays))
    assert [("tanh looks applied twice" in note) for note in found] == [True] * (times - 1)


def test_sequences_that_are_one_long_one(tmp_path: Path) -> None:
    arrays = only_hidden(gru_arrays((150,)))
    arrays["sequence_lengths"] = np.full(15, 10)
    (note,) = notes(write(tmp_path / "npy", arrays))
    assert "look like one long sequence" in note
    assert notes(write(tmp_path / "stated", arrays, starts_from_zero=False)) == []


def test_one_long_sequence_that_is_many(tmp_path: Path) -> None:
    arrays = only_hidden(gru_arrays((6,) * 25))
    lengths = arrays.pop("sequence_lengths")
    (note,) = notes(write(tmp_path / "npy", arrays))
    assert "as if sequences started there" in note
    arrays["sequence_lengths"] = lengths
    assert notes(write(tmp_path / "with", arrays)) == []


def test_a_word_that_starts_every_sequence(tmp_path: Path) -> None:
    arrays = only_hidden(gru_arrays((6,) * 5))
    del arrays["sequence_lengths"]
    arrays["word_id"] = np.where(np.arange(30) % 6 == 0, 1, 2)
    folder = write(tmp_path / "npy", arrays, start_of_sequence="the")
    contents = read_contents(folder)
    assert contents.text is not None
    assert contents.text.sequences.tolist() == [0, 6, 12, 18, 24, 30]
    other = write(tmp_path / "other", arrays, start_of_sequence="cat")
    (fault,) = check_recording(other).faults
    assert "'cat', which is not the first token" in fault.found


def test_a_backward_layer_is_recorded_as_one(tmp_path: Path) -> None:
    arrays = only_hidden(gru_arrays((4, 3)))
    arrays["hidden_1"] = arrays["hidden_0"].copy()
    contents = read_contents(write(tmp_path / "npy", arrays, backward=[1]))
    recording = import_states(contents, tmp_path / "ours", {}).recording
    assert [layer.direction for layer in recording.layers] == ["forward", "backward"]
    hidden = arrays["hidden_1"]
    expected = hidden - np.concatenate([hidden[1:], hidden[:1] * 0])
    expected[3] = hidden[3]
    found = recording.rows(1, ("hidden_delta",), 0, 7)["hidden_delta"]
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("rows", [1, 3, 100])
def test_changes_of_a_backward_layer_do_not_depend_on_blocks(rows: int, tmp_path: Path) -> None:
    arrays = only_hidden(gru_arrays((4, 3)))
    contents = read_contents(write(tmp_path / "npy", arrays, backward=[0]))
    (layer,) = contents.layers()
    found = np.concatenate([block["hidden_delta"] for block in layer.blocks(rows)])
    hidden = arrays["hidden_0"]
    expected = hidden - np.concatenate([hidden[1:], hidden[:1] * 0])
    expected[3] = hidden[3]
    np.testing.assert_array_equal(found, expected)


def test_a_backward_layer_that_is_not_there(tmp_path: Path) -> None:
    folder = write(tmp_path / "npy", only_hidden(gru_arrays()), backward=[3])
    (fault,) = check_recording(folder).faults
    assert (fault.where, fault.found) == ("recording.yaml, backward", "layer 3")
