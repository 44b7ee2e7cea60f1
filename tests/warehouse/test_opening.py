"""Opening a release: which is current, and clear refusals of what is damaged or foreign."""

import doctest
import shutil
from pathlib import Path

import duckdb
import pytest

import warehouse.reader
from tests.warehouse.examples import refused
from tests.warehouse.synthetic import Synthetic, publish
from warehouse.reader import Release, open_release, published_models, read_current
from warehouse.release_index import current_path, point_at, release_path
from warehouse.storage import Storage


def test_published_models_are_listed_by_name(storage):
    assert published_models(storage) == ["reviews", "small"]


def test_an_unpublished_model_is_named_beside_the_published(storage):
    refused(
        lambda: open_release("smal", storage=storage),
        "smal has no release; published: reviews, small; did you mean 'small'?",
        "rnnvis materialize smal",
    )


def test_an_unknown_release_is_named_beside_those_kept(storage, release):
    refused(
        lambda: open_release("small", "20200101T000000Z-00000000", storage),
        "20200101T000000Z-00000000",
        release.release_id,
    )


@pytest.fixture
def damaged(storage, tmp_path) -> tuple[Storage, Path]:
    """A copy of the storage to be damaged, and the path of its current release."""
    copied = Storage(Path(shutil.copytree(storage.root, tmp_path / "storage")))
    return copied, release_path(copied, "small", read_current(copied, "small"))


def test_the_pointer_names_a_file_that_is_gone(damaged):
    storage, path = damaged
    path.unlink()
    refused(lambda: open_release("small", storage=storage), path.stem, "materialize small")


@pytest.mark.parametrize("content", [b"", b"../../etc/passwd\n", b"\xff\xfe", b"a b"])
def test_a_damaged_pointer(damaged, content):
    storage, _ = damaged
    current_path(storage, "small").write_bytes(content)
    refused(lambda: open_release("small", storage=storage), "CURRENT")


def test_a_file_that_is_no_database(damaged):
    storage, path = damaged
    path.write_bytes(b"hello" * 1000)
    refused(lambda: open_release("small", storage=storage), "cannot be opened", str(path))


def test_a_file_cut_short(damaged):
    storage, path = damaged
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    refused(lambda: open_release("small", storage=storage), "is truncated", f"{len(content):,}")


def test_a_database_of_another_kind(damaged):
    storage, path = damaged
    path.unlink()
    with duckdb.connect(str(path)) as connection:
        connection.execute("CREATE TABLE model (name VARCHAR)")
    refused(
        lambda: open_release("small", storage=storage), "it lacks model.dataset", " more columns"
    )


def test_a_release_of_another_model(damaged):
    storage, path = damaged
    other = release_path(storage, "other", path.stem)
    other.parent.mkdir()
    other.write_bytes(path.read_bytes())
    point_at(storage, "other", path.stem)
    refused(lambda: open_release("other", storage=storage), "expected other", "'small'")


def test_a_file_open_with_other_settings_in_this_process(damaged):
    storage, path = damaged
    with duckdb.connect(str(path), read_only=True):
        refused(lambda: open_release("small", storage=storage), "open in this process")


def test_the_storage_root_of_the_environment_is_the_default(storage, monkeypatch):
    monkeypatch.setenv("RNNVIS_HOME", str(storage.root))
    with open_release("small") as found:
        assert isinstance(found, Release)
        assert repr(found) == f"Release('small', '{found.release_id}')"


@pytest.mark.slow
def test_the_example_of_the_reader_runs(tmp_path, monkeypatch):
    publish(Storage(tmp_path), Synthetic(name="docstrings-lstm"))
    monkeypatch.setenv("RNNVIS_HOME", str(tmp_path))
    assert doctest.testmod(warehouse.reader) == (0, 2)


def test_a_release_has_one_thread_for_reading_from_afar(storage: Storage) -> None:
    """DuckDB starts eight: a viewer with many releases open had hundreds."""
    with open_release("small", storage=storage) as release:
        found = release.sql("SELECT current_setting('async_threads') AS threads")
    assert found["threads"].to_pylist() == [1]
