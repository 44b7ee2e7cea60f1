"""Expected responses of recordings in blocks of units: the bits of those of one block."""

import resource
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace
from typing import cast

import numpy as np
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnnvis_assets.expected_response.mean_response import ExpectedResponse, count_words
from rnnvis_assets.expected_response.unit_blocks import recorded_steps, responses_of
from rnnvis_assets.expected_response.unit_summary import column_statistics
from tests.rnnvis_assets.expected_response.made_up_steps import (
    assert_same,
    expect,
    make_steps,
    zipf_words,
)
from tests.warehouse.test_unit_blocks import make_rows, write
from warehouse.errors import AnalysisError, RecordingError
from warehouse.recording_schema import ROWS_OF_FLOAT32, RecordingFormat
from warehouse.recordings import Recording

UNITS, PARTS = 9, [[40, 60], [1], [199]]


def in_blocks(width: int) -> RecordingFormat:
    return RecordingFormat(layout="unit_blocks", block_units=width)


def record(folder: Path, stored: RecordingFormat, words: int = 30) -> Recording:
    rows = make_rows([120, 180], UNITS) | {"word_id": zipf_words(300, words)}
    return write(folder, rows, PARTS, stored)


def responses(recording: Recording, budget_bytes: int) -> list[ExpectedResponse]:
    counts = count_words(batch["word_id"] for batch in recording.batches(0, ["word_id"]))
    folder = recording.folder.parent
    found = responses_of(recording, 0, "cell", counts, scratch=folder, budget_bytes=budget_bytes)
    pieces = list(found)
    assert list(folder.iterdir()) == [recording.folder]
    return pieces


def bits(pieces: Sequence[ExpectedResponse]) -> list[list[tuple[object, bytes]]]:
    return [[(a.dtype, a.tobytes()) for a in vars(piece).values()] for piece in pieces]


@pytest.mark.slow
@settings(max_examples=12, deadline=None)
@given(st.integers(1, UNITS), st.sampled_from([1, 2_000, 20_000, 10**9]), st.integers(1, 60))
def test_neither_blocks_nor_budget_change_a_bit(width: int, budget_bytes: int, words: int) -> None:
    with TemporaryDirectory() as one, TemporaryDirectory() as other:
        whole = responses(record(Path(one) / "r", ROWS_OF_FLOAT32, words), budget_bytes)
        found = responses(record(Path(other) / "r", in_blocks(width), words), budget_bytes)
    assert bits(found) == bits(whole)


def test_against_plain_numpy(tmp_path: Path) -> None:
    recording = record(tmp_path / "r", in_blocks(4))
    (found,) = responses(recording, 10**9)
    rows = recording.rows(0, ["word_id", "cell_delta"], 0, 300)
    assert_same(found, expect((rows["word_id"], rows["cell_delta"])))


@settings(max_examples=12, deadline=None)
@given(st.integers(1, 7), st.sampled_from([1, 3_000, 10**9]), st.integers(1, 3_000))
def test_the_number_of_units_changes_no_bit_of_a_statistic(
    width: int, budget_bytes: int, steps: int
) -> None:
    values = make_steps(np.zeros(steps), 7)[1]
    with TemporaryDirectory() as folder:
        whole, part = (
            column_statistics(
                [block], steps, block.shape[1], scratch=Path(folder), budget_bytes=budget_bytes
            )
            for block in (values, np.ascontiguousarray(values[:, :width]))
        )
    assert part.tobytes() == np.ascontiguousarray(whole[:, :width]).tobytes()


def test_the_first_value_that_is_not_finite_is_named() -> None:
    """By its unit and its row in the layer, not in the block and the batch."""
    values = [np.zeros((rows, 4), np.float32) for rows in (3, 3, 2)]
    values[2][1, 2:] = np.nan
    batches = [{"word_id": np.zeros(len(part), np.int32), "cell": part} for part in values]
    recording = SimpleNamespace(folder="m", batches=lambda *_, units: batches)
    steps = recorded_steps(cast(Recording, recording), 1, "cell", slice(3, 7))
    with pytest.raises(AnalysisError, match="layer 1: cell of unit 5 is nan at row 7, expected"):
        list(steps)


def test_damage_is_an_error_and_leaves_nothing_behind(tmp_path: Path) -> None:
    recording = record(tmp_path / "r", in_blocks(4))
    path = recording.files[-1]
    content = bytearray(path.read_bytes())
    page = pq.read_metadata(path).row_group(0).column(pq.read_schema(path).names.index("cell_3"))
    content[page.data_page_offset + page.total_compressed_size - 1] ^= 1
    path.write_bytes(content)
    with pytest.raises(RecordingError, match="the page has another checksum"):
        responses(recording, 2_000)
    assert list(tmp_path.iterdir()) == [recording.folder]


def test_a_full_scratch_disk_is_an_error_and_leaves_nothing_behind(tmp_path: Path) -> None:
    recording = record(tmp_path / "r", in_blocks(4))
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000, hard))
    try:
        with pytest.raises(OSError, match="File too large"):
            responses(recording, 10**9)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert list(tmp_path.iterdir()) == [recording.folder]
