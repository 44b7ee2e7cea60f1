"""Archives: what is packed comes out again, and nothing else does."""

import json
import zipfile
from pathlib import Path

import pytest

from warehouse.archive import FORMAT, INDEX, unpack_archive, write_archive
from warehouse.errors import StorageError

CONTENT = {
    "tables/m/a.parquet": b"first",
    "manifests/m/glyphs.json": b"",
    "releases/m/CURRENT": b"x",
}


@pytest.fixture
def packed(tmp_path) -> Path:
    path = tmp_path / "packed.zip"
    write_archive(path, CONTENT, {"model": "m"})
    return path


def _written(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes()
            for path in folder.rglob("*") if path.is_file()}  # fmt: skip


def _rewrite(packed: Path, **changes: bytes) -> None:
    """Replaces files of the archive, the index as it was."""
    with zipfile.ZipFile(packed) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(packed, "w") as archive:
        for name, content in (files | changes).items():
            archive.writestr(name, content)


def test_files_and_bytes_come_out_as_they_went_in(tmp_path):
    source = tmp_path / "large"
    source.write_bytes(bytes(range(256)) * 2**14)
    path = tmp_path / "packed.zip"
    written = write_archive(path, {**CONTENT, "corpora/d/large": source}, {"model": "m"})
    assert unpack_archive(path, tmp_path / "out") == written
    assert written.about == {"model": "m"}
    assert _written(tmp_path / "out") == {**CONTENT, "corpora/d/large": source.read_bytes()}


@pytest.mark.parametrize("content", [b"firsT", b"firs", b"first and more", b""])
def test_another_content_than_the_index_says_is_refused(packed, tmp_path, content):
    _rewrite(packed, **{"tables/m/a.parquet": content})
    with pytest.raises(StorageError, match=r"tables/m/a\.parquet has another hash"):
        unpack_archive(packed, tmp_path / "out")


@pytest.mark.parametrize("name", [
    "../outside", "/etc/outside", "tables/../../outside", "tables/m/../../../outside",
    "tables//m/a", "tables/m/./a", "tables\\m\\a", "c:/tables/m/a", "dagster/m/a", "locks/m/a",
    "tables/a", "tables/.m/a", "tables/m/.tmp-1-a", "", "tables/m/a\0b",
])  # fmt: skip
def test_a_path_that_does_not_belong_into_a_storage_is_refused(tmp_path, name):
    path, deep = tmp_path / "evil.zip", tmp_path / "a" / "b" / "c"
    deep.mkdir(parents=True)
    file = {"path": name, "size": 0, "sha256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca"
            "495991b7852b855"}  # fmt: skip
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(name or "empty", b"")
        archive.writestr(INDEX, json.dumps({"format": FORMAT, "about": {}, "files": [file]}))
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(StorageError, match="no file of a model or dataset"):
        unpack_archive(path, deep / "out")
    assert sorted(tmp_path.rglob("*")) == before


def test_a_file_that_the_index_does_not_name_is_refused(packed, tmp_path):
    _rewrite(packed, **{"../outside": b"x"})
    with pytest.raises(StorageError, match=r"\.\./outside"):
        unpack_archive(packed, tmp_path / "out")


@pytest.mark.parametrize("files", ["twice", "a folder"])
def test_an_index_that_contradicts_itself_is_refused(tmp_path, files):
    path = tmp_path / "evil.zip"
    names = ["tables/m/a", "tables/m/a" if files == "twice" else "tables/m/a/b"]
    write_archive(path, dict.fromkeys(names, b""), {})
    if files == "twice":
        with zipfile.ZipFile(path) as archive:
            index = json.loads(archive.read(INDEX))
        index["files"] *= 2
        _rewrite(path, **{INDEX: json.dumps(index).encode()})
    with pytest.raises(StorageError, match="damaged"):
        unpack_archive(path, tmp_path / "out")


@pytest.mark.parametrize("index", [b"", b"{}", b"[]", b'{"format": 9, "about": {}, "files": []}'])
def test_an_archive_of_another_kind_is_refused(packed, tmp_path, index):
    _rewrite(packed, **{INDEX: index})
    with pytest.raises(StorageError, match="no archive of rnnvis pack"):
        unpack_archive(packed, tmp_path / "out")


@pytest.mark.parametrize("kept", [0, 10, 300])
def test_an_archive_that_is_cut_short_is_refused(packed, tmp_path, kept):
    packed.write_bytes(packed.read_bytes()[:kept])
    with pytest.raises(StorageError, match="no archive of rnnvis pack"):
        unpack_archive(packed, tmp_path / "out")


def test_a_missing_archive_is_named(tmp_path):
    with pytest.raises(StorageError, match=r"there is no file .*nowhere\.zip"):
        unpack_archive(tmp_path / "nowhere.zip", tmp_path)
