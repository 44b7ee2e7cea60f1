"""Rows in a scratch file: what an array would hold, in the memory of those that are asked for."""

import resource
import tracemalloc
from tempfile import TemporaryFile

import numpy as np
import pytest

from warehouse import array_pieces
from warehouse.scratch_rows import ScratchRows


def test_rows_are_those_that_were_written():
    with TemporaryFile() as file:
        rows, expected = ScratchRows(file, 50, 3), np.zeros((50, 3))
        for places in ([4, 49], [0], [7, 4]):
            values = np.random.default_rng(len(places)).normal(size=(len(places), 3))
            rows[np.array(places)] = expected[places] = values
        np.testing.assert_array_equal(rows[np.arange(50)], expected)
        np.testing.assert_array_equal(rows[np.array([7, 7, 1])], expected[[7, 7, 1]])


def test_memory_does_not_depend_on_the_number_of_rows(monkeypatch):
    monkeypatch.setattr(array_pieces, "PIECE", 2**12)
    tracemalloc.start()
    try:
        with TemporaryFile() as file:
            rows = ScratchRows(file, 100_000, 16)
            rows[np.array([99_999])] += 1.0
        assert tracemalloc.get_traced_memory()[1] < 100_000 * 16
    finally:
        tracemalloc.stop()


def test_a_full_disk_is_an_error():
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000, hard))
    try:
        with TemporaryFile() as file, pytest.raises(OSError, match="File too large"):
            ScratchRows(file, 1_000, 10)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
