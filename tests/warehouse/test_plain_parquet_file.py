"""Files of recordings read back, and every single bit of one flipped."""

import gc
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from warehouse.parquet_pages import PLAIN, SPLIT
from warehouse.plain_parquet import MAGIC, PlainParquetWriter
from warehouse.plain_parquet_file import PlainParquetFile
from warehouse.recording_schema import LayerShape, recording_schema

SCHEMA = recording_schema(LayerShape("l", 3, ("hidden",)))
GROUPS = (2, 1)
ROWS = np.arange(sum(GROUPS))
COLUMNS = {
    "sequence": np.zeros(len(ROWS), np.int32),
    "position": ROWS.astype(np.int32),
    "token": ROWS.astype(np.int64) * 1000,
    "word_id": ROWS.astype(np.int32) + 7,
    "hidden": np.linspace(-1, 1, 3 * len(ROWS), dtype=np.float32).reshape(-1, 3),
}


@pytest.fixture(params=[PLAIN, SPLIT], ids=["plain", "split"])
def written(tmp_path: Path, request: pytest.FixtureRequest) -> tuple[Path, int]:
    """A file of two row groups, and the checksum of its metadata."""
    path, start = tmp_path / "part.parquet", 0
    writer = PlainParquetWriter(path, SCHEMA, request.param)
    for rows in GROUPS:
        part = slice(start, start + rows)
        writer.write_row_group({name: values[part] for name, values in COLUMNS.items()})
        start += rows
    writer.close()
    return path, writer.footer_crc32


def read_all(path: Path, footer_crc32: int) -> dict[str, np.ndarray]:
    with PlainParquetFile(path, footer_crc32) as file:
        assert file.group_rows == GROUPS
        return {name: file.read(name, range(len(GROUPS))) for name in COLUMNS}


def test_what_was_written_is_read(written: tuple[Path, int]) -> None:
    for name, values in read_all(*written).items():
        assert values.dtype == COLUMNS[name].dtype
        np.testing.assert_array_equal(values, COLUMNS[name])


@pytest.mark.slow
def test_a_closed_file_keeps_no_memory_until_cycles_are_looked_for(
    written: tuple[Path, int],
) -> None:
    gc.collect()
    gc.disable()
    try:
        for _ in range(10):
            read_all(*written)
        assert gc.collect() == 0
    finally:
        gc.enable()


@pytest.mark.slow
def test_no_flipped_bit_changes_a_number(written: tuple[Path, int]) -> None:
    path, footer_crc32 = written
    content = path.read_bytes()
    unread, pages = (
        range(len(MAGIC)),
        range(pq.read_metadata(path).row_group(1).total_byte_size * 2),
    )
    with path.open("r+b", buffering=0) as file:
        for place in range(len(content)):
            for bit in range(8) if place in pages else [place % 8]:
                file.seek(place)
                file.write(bytes([content[place] ^ 1 << bit]))
                if place in unread:
                    read_all(path, footer_crc32)
                else:
                    with pytest.raises(ValueError, match=r"checksum|cut short|magic"):
                        read_all(path, footer_crc32)
            file.seek(place)
            file.write(content[place : place + 1])


@pytest.mark.parametrize("size", [0, 7, 8, 100])
def test_a_cut_file_is_refused(written: tuple[Path, int], size: int) -> None:
    path, footer_crc32 = written
    path.write_bytes(path.read_bytes()[:size])
    with pytest.raises(ValueError, match=r"cut short|checksum"):
        read_all(path, footer_crc32)


def test_pyarrow_verifies_the_same_checksums(written: tuple[Path, int]) -> None:
    path, _ = written
    expected = pa.array(COLUMNS["hidden"].ravel())
    table = pq.read_table(path, page_checksum_verification=True)
    assert table["hidden"].combine_chunks().flatten().equals(expected)
    content = bytearray(path.read_bytes())
    page = pq.read_metadata(path).row_group(0).column(4)
    content[page.data_page_offset + page.total_compressed_size - 1] ^= 1
    path.write_bytes(content)
    with pytest.raises(OSError, match=r"checksum|CRC"):
        pq.read_table(path, page_checksum_verification=True)
