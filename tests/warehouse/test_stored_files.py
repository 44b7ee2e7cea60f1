"""Whether a stored file is what was written, as closely as is looked."""

import os
from pathlib import Path

import pytest

from warehouse.atomic_files import sha256_of_file
from warehouse.stored_files import content_fault, input_fault, known_sha256, size_fault

CHECKS = (size_fault, content_fault, input_fault)


def write(path: Path, content: bytes = b"content", age: float = 0.0) -> tuple[Path, int, str]:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    changed = path.stat().st_mtime - age
    os.utime(path, (changed, changed))
    return path, len(content), sha256_of_file(path)


@pytest.mark.parametrize("check", CHECKS)
def test_a_sound_file_has_no_fault(tmp_path, check):
    assert check(*write(tmp_path / "file")) is None


@pytest.mark.parametrize("check", CHECKS)
def test_a_missing_or_cut_file_is_found_by_all(tmp_path, check):
    path, size, sha256 = write(tmp_path / "file")
    path.write_bytes(b"cut")
    assert check(path, size, sha256) == "has 3 bytes, expected 7"
    path.unlink()
    assert check(path, size, sha256) == "is gone"


def test_other_bytes_of_equal_size_are_found_by_hash(tmp_path):
    path, size, sha256 = write(tmp_path / "file")
    path.write_bytes(b"Content")
    assert size_fault(path, size, sha256) is None
    for check in (content_fault, input_fault):
        assert "not what was written" in check(path, size, sha256)


def test_a_stage_does_not_hash_the_parts_of_a_recording(tmp_path):
    path, size, sha256 = write(tmp_path / "layer=0" / "part-00000.parquet")
    path.write_bytes(b"Content")
    assert input_fault(path, size, sha256) is None
    assert "not what was written" in content_fault(path, size, sha256)


def test_a_settled_file_is_read_once_until_it_changes(tmp_path):
    path, _, first = write(tmp_path / "file", age=60)
    assert known_sha256(path) == first
    stored = path.stat()
    path.write_bytes(b"Content")
    os.utime(path, ns=(stored.st_atime_ns, stored.st_mtime_ns))
    assert known_sha256(path) == first
    write(path, b"Content", age=30)
    assert known_sha256(path) == sha256_of_file(path) != first


def test_a_file_that_was_just_written_is_read_each_time(tmp_path):
    path, _, first = write(tmp_path / "file")
    assert known_sha256(path) == first
    path.write_bytes(b"Content")
    assert known_sha256(path) == sha256_of_file(path) != first
