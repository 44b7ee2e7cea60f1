"""Atomic writes: all or nothing, whatever goes wrong, with a plain word on what did."""

import errno
import json
import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from warehouse import atomic_files
from warehouse.atomic_files import (
    TEMPORARY_PREFIX,
    atomic_file,
    atomic_folder,
    remove_leftovers,
    sha256_of_file,
    write_json,
)
from warehouse.errors import BusyError, StorageError


def _names(folder) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_a_file_appears_whole_in_a_folder_made_for_it(tmp_path):
    path = tmp_path / "deep" / "file.txt"
    with atomic_file(path) as temporary:
        temporary.write_text("new")
        assert not path.exists()
    assert path.read_text() == "new"
    assert _names(path.parent) == {"file.txt"}


def _write_half(path) -> None:
    with atomic_file(path) as temporary:
        temporary.write_text("half")
        raise ZeroDivisionError


def test_a_failed_write_leaves_the_old_file(tmp_path):
    path = tmp_path / "file.txt"
    path.write_text("old")
    with pytest.raises(ZeroDivisionError):
        _write_half(path)
    assert path.read_text() == "old"
    assert _names(tmp_path) == {"file.txt"}


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.ENOSPC, "the disk is full"),
        (errno.EDQUOT, "quota"),
        (errno.EFBIG, "no larger file"),
        (errno.EACCES, "no permission"),
        (errno.EROFS, "read-only"),
        (errno.EIO, os.strerror(errno.EIO)),
    ],
)
@pytest.mark.parametrize("writing", [atomic_file, atomic_folder])
def test_the_systems_refusals_in_plain_words(tmp_path, writing, number, words):
    with pytest.raises(StorageError, match=words) as caught, writing(tmp_path / "thing"):
        raise OSError(number, os.strerror(number))
    assert str(tmp_path / "thing") in str(caught.value)
    assert caught.value.repair
    assert _names(tmp_path) == set()


def test_missing_folders_above_are_made(tmp_path):
    with atomic_folder(tmp_path / "a" / "b") as temporary:
        (temporary / "file").write_text("in a folder")
    with atomic_file(tmp_path / "c" / "d" / "file") as temporary:
        temporary.write_text("a file")
    assert (tmp_path / "a" / "b" / "file").read_text() == "in a folder"
    assert (tmp_path / "c" / "d" / "file").read_text() == "a file"


def test_errors_that_are_clear_already_pass_through(tmp_path):
    with pytest.raises(BusyError), atomic_file(tmp_path / "a"):
        raise BusyError("busy")
    with pytest.raises(StorageError, match="inner"), atomic_folder(tmp_path / "a"):
        raise StorageError("inner")


def _write_to_a_full_disk(path) -> None:
    with atomic_file(path) as temporary:
        temporary.symlink_to("/dev/full")
        temporary.write_text("more than fits")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_a_disk_that_is_really_full(tmp_path):
    with pytest.raises(StorageError, match="the disk is full"):
        _write_to_a_full_disk(tmp_path / "a")
    assert _names(tmp_path) == set()


def test_a_place_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(StorageError, match="file/below/x"):
        write_json(tmp_path / "file" / "below" / "x", {})


def test_a_folder_is_replaced_as_a_whole(tmp_path):
    path = tmp_path / "folder"
    for content in ("one", "two"):
        with atomic_folder(path) as temporary:
            assert list(temporary.iterdir()) == []
            (temporary / content).write_text(content)
        assert _names(path) == {content}
    assert _names(tmp_path) == {"folder"}


def _write_half_a_folder(path) -> None:
    with atomic_folder(path) as temporary:
        (temporary / "half").touch()
        raise ZeroDivisionError


def test_a_failed_folder_leaves_the_old_one(tmp_path):
    path = tmp_path / "folder"
    path.mkdir()
    (path / "old").touch()
    with pytest.raises(ZeroDivisionError):
        _write_half_a_folder(path)
    assert _names(path) == {"old"}
    assert _names(tmp_path) == {"folder"}


def test_leftovers_of_killed_runs_are_removed_and_nothing_else(tmp_path):
    folder = tmp_path / "model"
    kept = [folder / "layer=0" / "part.parquet", tmp_path / f"{TEMPORARY_PREFIX}7-model-other"]
    left = [
        folder / f"{TEMPORARY_PREFIX}1-part.parquet",
        folder / "layer=0" / f"{TEMPORARY_PREFIX}1-x.duckdb.wal",
        tmp_path / f"{TEMPORARY_PREFIX}1-model",
    ]
    for path in (*kept, *left[:2], left[2] / "inside"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    assert set(remove_leftovers(folder)) == set(left)
    assert all(path.exists() for path in kept)
    assert not any(path.exists() for path in left)
    assert remove_leftovers(tmp_path / "nowhere") == []


def test_leftovers_within_leftovers_go_too(tmp_path):
    inner = tmp_path / ".tmp-1-corpus" / ".tmp-1-file"
    inner.parent.mkdir()
    inner.touch()
    assert remove_leftovers(tmp_path) == [inner.parent, inner]
    assert _names(tmp_path) == set()


@settings(max_examples=30)
@given(content=st.dictionaries(st.text(max_size=3), st.integers() | st.text(max_size=3)))
def test_equal_json_has_equal_bytes(tmp_path_factory, content):
    folder = tmp_path_factory.mktemp("json")
    write_json(folder / "a", content)
    write_json(folder / "b", dict(reversed(content.items())))
    assert (folder / "a").read_bytes() == (folder / "b").read_bytes()
    assert json.loads((folder / "a").read_text("utf-8")) == content


def test_sha256(tmp_path):
    (tmp_path / "abc").write_bytes(b"abc")
    assert sha256_of_file(tmp_path / "abc").startswith("ba7816bf8f01cfea414140de5dae2223")


def test_what_was_written_is_flushed_before_it_takes_its_name(tmp_path, monkeypatch):
    steps: list[str] = []
    replace = os.replace
    monkeypatch.setattr(atomic_files, "sync", lambda path: steps.append(f"sync {path.name}"))
    monkeypatch.setattr(
        atomic_files.os, "replace", lambda a, b: (steps.append("rename"), replace(a, b))[1]
    )
    with atomic_file(tmp_path / "a") as temporary:
        temporary.touch()
    assert steps == [f"sync {temporary.name}", "rename", f"sync {tmp_path.name}"]
