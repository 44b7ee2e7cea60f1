"""A recorded split, read back, against the equations, however it was cut on the way."""

import tempfile
from itertools import product
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from rnnvis_assets.configuration.cell_kinds import Cell
from rnnvis_assets.recording import recording_plan
from rnnvis_assets.recording.recorder import Reading, RecordingReport, record
from tests.rnnvis_assets.recording.networks import (
    ARRAYS,
    CELLS,
    expected_recording,
    make_network,
    make_words,
)
from warehouse.errors import RecordingError
from warehouse.recording_schema import stacked_layers
from warehouse.recordings import Recording, open_recording

pytestmark = pytest.mark.slow

SCALARS = ("sequence", "position", "token", "word_id")


def read_all(recording: Recording, layer: int) -> dict[str, np.ndarray]:
    columns = (*SCALARS, *recording.layers[0].arrays)
    batches = list(recording.batches(layer, columns, rows=7))
    return {name: np.concatenate([batch[name] for batch in batches]) for name in columns}


def run(tmp_path: Path, cell: Cell = "lstm", lengths: tuple[int, ...] = (30,)) -> RecordingReport:
    sequences = np.concatenate([[0], np.cumsum(lengths)])
    words = make_words(int(sequences[-1]))
    reading = Reading(make_network(cell, 2), words, sequences, {"a": 1})
    return record(reading, tmp_path / "test")


@st.composite
def cuts(draw: st.DrawFn) -> dict[str, int]:
    """Every way of cutting the work that must not show in its result."""
    return {
        "MAXIMUM_STREAMS": draw(st.integers(1, 9)),
        "FEWEST_TOKENS_OF_A_STREAM": draw(st.integers(1, 30)),
        "TOKENS_OF_A_STREAM": draw(st.integers(1, 90)),
        "STREAMS_OF_A_SHARD": draw(st.integers(1, 9)),
        "BLOCK_BYTES": draw(st.integers(1, 20_000)),
        "ROW_GROUP_BYTES": draw(st.integers(1, 400)),
        "GROUPS_OF_A_PART": draw(st.integers(1, 3)),
    }


@pytest.mark.parametrize("cell", CELLS)
@settings(max_examples=12, deadline=None)
@given(
    num_layers=st.integers(1, 3),
    lengths=st.lists(st.integers(0, 40), min_size=1, max_size=12).filter(any),
    cut=cuts(),
)
def test_no_cut_changes_the_result(
    cell: Cell, num_layers: int, lengths: list[int], cut: dict[str, int]
) -> None:
    sequences = np.concatenate([[0], np.cumsum(lengths)])
    words, network = make_words(int(sequences[-1])), make_network(cell, num_layers)
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        for name, value in cut.items():
            patch.setattr(recording_plan, name, value)
        report = record(Reading(network, words, sequences, {}), Path(folder) / "test")
        layers = [read_all(report.recording, layer) for layer in range(num_layers)]
    expected = expected_recording(network, words, sequences)
    numbers = np.repeat(np.arange(len(lengths)), lengths)
    for found, states in zip(layers, expected, strict=True):
        np.testing.assert_array_equal(found["sequence"], numbers)
        np.testing.assert_array_equal(found["position"], np.arange(len(words)) - sequences[numbers])
        np.testing.assert_array_equal(found["token"], np.arange(len(words)))
        np.testing.assert_array_equal(found["word_id"], words)
        for name, values in states.items():
            np.testing.assert_allclose(found[name], values, atol=1e-6, rtol=0)


@pytest.mark.parametrize("cell", CELLS)
def test_what_is_recorded_and_reported(cell: Cell, tmp_path: Path) -> None:
    report = run(tmp_path, cell, (300, 0, 500))
    recording = open_recording(tmp_path / "test")
    assert recording == report.recording
    assert (recording.num_tokens, recording.num_layers, recording.units) == (800, 2, (5, 5))
    assert recording.layers == stacked_layers([5, 5], ARRAYS[cell], cell)
    states = ("hidden", "cell") if cell == "lstm" else ("hidden",)
    assert recording.analysed == tuple(product(range(2), states))
    assert recording.source == {"a": 1}
    layers = [read_all(recording, layer)["hidden"] for layer in range(2)]
    largest = max(float(np.abs(hidden).max()) for hidden in layers)
    assert report.largest_hidden == (None if cell.startswith("min_") else largest)
    assert largest <= 1 or report.largest_hidden is None
    assert 0 < report.largest_drift < 1e-5


def test_the_number_of_threads_does_not_change_the_result(tmp_path: Path) -> None:
    before = torch.get_num_threads()
    recorded = []
    try:
        for threads in (1, 2):
            torch.set_num_threads(threads)
            report = run(tmp_path / str(threads), lengths=(200,) * 80)
            assert torch.get_num_threads() == threads
            recorded.append(read_all(report.recording, 1)["cell"])
    finally:
        torch.set_num_threads(before)
    np.testing.assert_allclose(recorded[0], recorded[1], atol=1e-6, rtol=0)


def test_a_document_of_100_000_tokens_beside_short_ones(tmp_path: Path) -> None:
    lengths = [3, 100_000, 2]
    words, network = make_words(sum(lengths)), make_network("rnn", units=3)
    sequences = np.concatenate([[0], np.cumsum(lengths)])
    recording = record(Reading(network, words, sequences, {}), tmp_path / "test").recording
    assert recording.num_tokens == 100_005
    rows = recording.rows(0, ["sequence", "position", "hidden"], 99_990, 100_005)
    assert rows["position"].tolist() == [*range(99_987, 100_000), 0, 1]
    assert rows["sequence"].tolist() == [1] * 13 + [2] * 2
    expected = expected_recording(network, words[-2:], np.array([0, 2]))[0]["hidden"]
    np.testing.assert_allclose(rows["hidden"][-2:], expected, atol=1e-6)


def test_progress_counts_to_the_end(tmp_path: Path) -> None:
    lines: list[str] = []
    words = make_words(50)
    reading = Reading(make_network("gru"), words, np.array([0, 50]), {})
    record(reading, tmp_path / "r", report=lines.append)
    assert lines[-1].startswith("recorded 50 of 50 tokens, ")
    assert lines[-1].endswith(" tokens/s, 0 s left")


def test_a_state_that_is_not_finite_stops_the_recording_and_leaves_the_old_one(
    tmp_path: Path,
) -> None:
    old = run(tmp_path).recording
    network, words = make_network("lstm", 2), make_words(60) % 7
    words[41] = 9
    with torch.no_grad():
        network.embedding.weight[9] = torch.nan
    with pytest.raises(RecordingError, match="layer 0, unit 0: hidden is nan at token 41"):
        record(Reading(network, words, np.array([0, 60]), {}), tmp_path / "test")
    assert open_recording(tmp_path / "test") == old
    assert [path.name for path in tmp_path.iterdir()] == ["test"]


@pytest.mark.parametrize("word", [-1, 20])
def test_a_word_outside_the_vocabulary_is_refused(tmp_path: Path, word: int) -> None:
    words = np.array([1, word, 2], np.int32)
    with pytest.raises(RecordingError, match="the network knows 20 words"):
        record(Reading(make_network("rnn"), words, np.array([0, 3]), {}), tmp_path / "test")


def test_a_split_without_tokens_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match="no tokens"):
        record(Reading(make_network("rnn"), make_words(0), np.array([0]), {}), tmp_path / "test")
