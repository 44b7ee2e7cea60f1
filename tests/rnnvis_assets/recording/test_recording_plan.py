"""Streams and parts: every token once, in order, within the bounds on files and memory."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnnvis_assets.recording import recording_plan as module
from rnnvis_assets.recording.recording_plan import plan_recording, stream_offsets

LENGTHS = st.lists(st.integers(0, 5_000), min_size=1, max_size=90).filter(any)


@given(LENGTHS, st.integers(1, 2_000), st.integers(2, 20))
def test_parts_hold_every_token_once_and_in_order(
    lengths: list[int], units: int, arrays: int
) -> None:
    sequences = np.concatenate([[0], np.cumsum(lengths)])
    found = plan_recording(sequences, units, arrays)
    assert sum(found.part_rows) == sequences[-1]
    firsts = np.concatenate([[0], np.cumsum(found.part_rows)])
    for stream in found.streams:
        assert firsts[stream.first_part] == stream.start
        assert found.part_of(stream, stream.start) == stream.first_part
        last = found.part_of(stream, stream.stop - 1)
        assert firsts[last] < stream.stop == firsts[last + 1]
        assert stream.start in sequences


@given(st.integers(1, 10**9), st.integers(1, 5_000), st.integers(2, 40))
def test_a_block_stays_within_its_bytes(tokens: int, units: int, arrays: int) -> None:
    found = plan_recording(stream_offsets(np.array([0, tokens]), 1), units, arrays)
    assert found.steps >= 1
    row_bytes = 4 * units * arrays * len(found.streams)
    assert found.steps * row_bytes <= max(module.BLOCK_BYTES, row_bytes)
    assert found.steps * 4 * units <= max(module.ROW_GROUP_BYTES, 4 * units)


def test_each_sequence_of_a_language_model_is_a_stream() -> None:
    sequences = np.arange(33) * 2_600
    found = plan_recording(sequences, units=200, arrays_of_all_layers=10)
    assert [(stream.start, stream.stop) for stream in found.streams] == list(
        zip(sequences[:-1].tolist(), sequences[1:].tolist(), strict=True)
    )


@pytest.mark.parametrize("streams", [65, 1_024])
def test_more_sequences_than_files_may_be_open_share_streams(streams: int) -> None:
    found = plan_recording(np.arange(streams + 1) * 300, units=10, arrays_of_all_layers=5)
    assert len(found.streams) == module.MAXIMUM_STREAMS
