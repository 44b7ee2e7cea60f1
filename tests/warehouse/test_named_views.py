"""Views with names and notes: kept, listed, read back, and refused where they make no sense."""

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from warehouse import named_views as module
from warehouse.errors import StorageError
from warehouse.named_views import LONGEST, named_views, read_view, remove_view, save_view
from warehouse.storage import Storage


@pytest.fixture
def storage(tmp_path: Path) -> Storage:
    return Storage(tmp_path)


def test_a_view_is_kept_changed_and_removed(storage: Storage) -> None:
    saved = save_view(storage, " Though ", "turns\nthe sign", "model=m&k=2")
    assert (saved.name, saved.note, saved.query) == ("Though", "turns\nthe sign", "model=m&k=2")
    assert read_view(storage, saved.id) == saved
    other = save_view(storage, "and", "", "model=m")
    assert named_views(storage) == ([other, saved], [])
    changed = save_view(storage, "Though", "turns it", "model=m&k=3", saved.id)
    assert read_view(storage, saved.id) == changed
    remove_view(storage, saved.id)
    remove_view(storage, saved.id)
    with pytest.raises(StorageError, match="there is no view"):
        read_view(storage, saved.id)
    assert named_views(storage) == ([other], [])


@pytest.mark.parametrize("name", LONGEST)
def test_texts_have_limits(storage: Storage, name: str) -> None:
    texts = {"name": "n", "note": "", "query": "model=m"}
    save_view(storage, **(texts | {name: "x" * LONGEST[name]}))
    with pytest.raises(StorageError, match=f"the {name} of a view: found"):
        save_view(storage, **(texts | {name: "x" * (LONGEST[name] + 1)}))
    with pytest.raises(StorageError, match="needs a name"):
        save_view(storage, **(texts | {"name": "  "}))


def test_there_are_not_endlessly_many(storage: Storage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_VIEWS", 2)
    first = save_view(storage, "one", "", "")
    save_view(storage, "two", "", "")
    with pytest.raises(StorageError, match="at most 2 are kept"):
        save_view(storage, "three", "", "")
    save_view(storage, "first", "", "", first.id)


@pytest.mark.parametrize("view_id", ["", "abc", "../../x", "abcde1", "a" * 99, "ab\0def"])
def test_an_id_that_no_view_has_is_refused(storage: Storage, view_id: str) -> None:
    with pytest.raises(StorageError, match="expected six letters and digits"):
        read_view(storage, view_id)
    if view_id:
        with pytest.raises(StorageError, match=r"six letters and digits|of a view"):
            save_view(storage, "name", "", "", view_id)
    remove_view(storage, view_id)


@pytest.mark.parametrize(
    "content", ["{", "[]", "{}", '{"id": "abcdef", "name": 3}', None],
)  # fmt: skip
def test_damage_is_a_problem_that_leaves_the_others(storage: Storage, content: str | None) -> None:
    kept, damaged = (save_view(storage, name, "", "") for name in ("kept", "damaged"))
    path = storage.views / f"{damaged.id}.json"
    if content is None:  # another view's
        content = json.dumps(json.loads((storage.views / f"{kept.id}.json").read_text()))
    path.write_text(content)
    found, problems = named_views(storage)
    assert found == [kept]
    assert len(problems) == 1
    assert f"rm {path}" in problems[0]
    remove_view(storage, damaged.id)
    assert named_views(storage) == ([kept], [])


def test_many_writers_at_once_lose_no_view(storage: Storage) -> None:
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda i: save_view(storage, f"{i:02}", "", f"k={i}"), range(40)))
    assert named_views(storage) == (made, [])
