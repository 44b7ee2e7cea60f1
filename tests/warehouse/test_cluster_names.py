"""Names that people give to clusters: whose they are, and what becomes of damaged ones."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from warehouse.cluster_names import (
    LONGEST_NAME,
    UNREADABLE,
    cluster_key,
    read_cluster_names,
    write_cluster_name,
)
from warehouse.errors import StorageError
from warehouse.storage import Storage


def test_a_cluster_is_known_by_its_members_in_any_order() -> None:
    key = cluster_key(1, "hidden", ["he", "she"], [(0, 1), (3, -1)])
    assert key == cluster_key(1, "hidden", ["she", "he"], [(3, -1), (0, 1)])
    others = {
        cluster_key(0, "hidden", ["he", "she"], [(0, 1), (3, -1)]),
        cluster_key(1, "cell", ["he", "she"], [(0, 1), (3, -1)]),
        cluster_key(1, "hidden", ["he"], [(0, 1), (3, -1)]),
        cluster_key(1, "hidden", ["he", "she"], [(0, 1), (3, 1)]),
    }
    assert len(others - {key}) == 4


def test_a_name_is_one_short_line_and_can_be_taken_back(tmp_path: Path) -> None:
    storage = Storage(tmp_path)
    write_cluster_name(storage, "m", "a", "  he\n or\tshe\x00 ", {"layer": 1})
    write_cluster_name(storage, "m", "b", "x" * 100, {})
    assert read_cluster_names(storage, "m", ["b", "a", "c"]) == [
        "x" * LONGEST_NAME,
        "he or she",
        "",
    ]
    assert read_cluster_names(storage, "other", ["a"]) == [""]
    write_cluster_name(storage, "m", "a", " ", {})
    write_cluster_name(storage, "m", "a", "", {})
    assert read_cluster_names(storage, "m", ["a"]) == [""]


def test_a_damaged_name_is_shown_as_such_until_it_is_given_again(tmp_path: Path) -> None:
    storage = Storage(tmp_path)
    for key, content in (("a", "{"), ("b", '{"name": 3}'), ("c", '{"name": "x", "checksum": "1"}')):
        write_cluster_name(storage, "m", key, "nouns", {})
        (storage.cluster_names("m") / f"{key}.json").write_text(content)
    assert read_cluster_names(storage, "m", ["a", "b", "c"]) == [UNREADABLE] * 3
    write_cluster_name(storage, "m", "a", "verbs", {})
    assert read_cluster_names(storage, "m", ["a"]) == ["verbs"]


def test_many_writers_at_once_lose_no_name(tmp_path: Path) -> None:
    storage, keys = Storage(tmp_path), [f"{number:02}" for number in range(40)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda key: write_cluster_name(storage, "m", key, f"name {key}", {}), keys))
    assert read_cluster_names(storage, "m", keys) == [f"name {key}" for key in keys]


def test_a_storage_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "cluster_names").write_text("a file")
    with pytest.raises(StorageError, match="nothing was half-written"):
        write_cluster_name(Storage(tmp_path), "m", "a", "nouns", {})
