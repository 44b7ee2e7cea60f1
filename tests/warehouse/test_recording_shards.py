"""Shards of a recording: there as a whole, once, taken over as long as nothing has changed them."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

from tests.warehouse.test_recordings import LAYERS, UNITS, columns
from warehouse.errors import RecordingError
from warehouse.recording_schema import ROWS_OF_FLOAT32
from warehouse.recording_shards import ShardFolder, ShardManifest
from warehouse.recordings import open_recording

PART_ROWS: Mapping[int, Mapping[int, int]] = {0: {0: 4, 1: 2}, 1: {2: 3}}
JOB = {"source": {"seed": 1}}


def write(shards: ShardFolder, number: int, shift: float = 0.0) -> ShardManifest:
    with shards.write(
        number, LAYERS, PART_ROWS[number], ROWS_OF_FLOAT32, lambda: {"largest": float(number)}
    ) as writer:
        for part, rows in PART_ROWS[number].items():
            for layer, units in enumerate(UNITS):
                written = columns(part * 10, part * 10 + rows, units)
                written["hidden"] += np.float32(shift)
                writer.append(layer, part, written)
    return shards.manifest(number)


@pytest.fixture
def shards(tmp_path: Path) -> ShardFolder:
    shards = ShardFolder(tmp_path / "test")
    shards.begin(JOB)
    return shards


def test_shards_in_any_order_make_one_recording(shards: ShardFolder) -> None:
    manifests = [write(shards, 1), write(shards, 0)]
    assert [(each.number, each.num_rows) for each in manifests] == [(1, 3), (0, 6)]
    assert manifests[0].figures == {"largest": 1.0}
    assert not shards.folder.exists()
    hashes = shards.join(manifests, LAYERS, {"seed": 1}, ROWS_OF_FLOAT32)
    recording = open_recording(shards.folder)
    assert (recording.parts, recording.source) == ((4, 2, 3), {"seed": 1})
    assert set(hashes) == set(recording.files[1:])
    tokens = recording.rows(1, ["token"], 0, 9)["token"]
    assert tokens.tolist() == [0, 1, 2, 3, 10, 11, 20, 21, 22]
    assert list(shards.folder.parent.iterdir()) == [shards.folder]


def test_a_finished_shard_is_found_with_its_manifest(shards: ShardFolder) -> None:
    assert shards.finished(0) is None
    manifest = write(shards, 0)
    assert shards.finished(0) == manifest
    shards.begin(JOB)
    assert shards.finished(0) == manifest


def test_shards_of_another_job_go(shards: ShardFolder) -> None:
    write(shards, 0)
    shards.begin({"source": {"seed": 2}})
    assert shards.finished(0) is None


@pytest.mark.parametrize("damage", ["a byte", "a part", "the manifest"])
def test_a_shard_that_is_no_longer_what_was_written_goes(shards: ShardFolder, damage: str) -> None:
    write(shards, 0)
    (part, *_), (manifest,) = sorted(shards.path.rglob("*.parquet")), shards.path.rglob("_shard.*")
    if damage == "a byte":
        content = bytearray(part.read_bytes())
        content[len(content) // 2] ^= 1
        part.write_bytes(content)
    else:
        (part if damage == "a part" else manifest).unlink()
    assert shards.finished(0) is None
    write(shards, 0)
    assert shards.finished(0) is not None


def test_a_shard_that_two_workers_make_is_there_once(shards: ShardFolder) -> None:
    first = write(shards, 0)
    files = {path: path.stat().st_ino for path in shards.path.rglob("*.parquet")}
    assert write(shards, 0) == first
    assert {path: path.stat().st_ino for path in shards.path.rglob("*.parquet")} == files


def test_two_workers_that_differ_in_a_shard_are_reported(shards: ShardFolder) -> None:
    write(shards, 0)
    with pytest.raises(RecordingError, match="found other bytes than this worker has made"):
        write(shards, 0, shift=1.0)


def test_an_error_amidst_a_shard_leaves_nothing(shards: ShardFolder) -> None:
    with (
        pytest.raises(RecordingError, match="0 rows written, expected 3"),
        shards.write(1, LAYERS, PART_ROWS[1], ROWS_OF_FLOAT32, dict),
    ):
        pass
    assert [path.name for path in shards.path.iterdir()] == ["_job.json"]
