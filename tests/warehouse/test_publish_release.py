"""Publishing: whole or not at all, beside open readers, and with no more kept than asked for."""

import os
import signal
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.warehouse.synthetic import Synthetic, card, columns_of, publish, write_content
from warehouse import atomic_files
from warehouse.errors import ReleaseError, StorageError
from warehouse.publish_release import publish_release
from warehouse.reader import open_release
from warehouse.release_index import point_at, read_current, release_ids, release_path, remove_old
from warehouse.storage import CHECKOUT, Storage

pytestmark = pytest.mark.slow

SMALL = Synthetic(
    num_layers=1, cell="gru", num_words=20, num_units=4, num_tokens=60, affinities=("positive",)
)
OTHER = Synthetic(**{**vars(SMALL), "seed": 1})


def _first_mean(storage: Storage) -> float:
    with open_release("small", storage=storage) as release:
        return float(release.words.response(3, layer=0, state="hidden").mean[0])


def _files(storage: Storage) -> list[str]:
    return sorted(path.name for path in storage.releases("small").iterdir())


def test_a_release_is_named_by_time_and_content_and_made_current(tmp_path):
    storage = Storage(tmp_path)
    made = publish(storage, SMALL)
    time, digest = made.release_id.split("-")
    age = datetime.now() - datetime.strptime(time, "%Y%m%dT%H%M%SZ")
    assert abs(age.total_seconds()) < 60 * 60 * 24
    assert len(digest) == 8
    assert read_current(storage, "small") == made.release_id
    assert _files(storage) == [f"{made.release_id}.duckdb", "CURRENT"]
    assert made.row_counts["token"] == 60
    assert made.removed == ()


def test_ids_tell_content_apart_never_collide_and_the_oldest_go_first(tmp_path):
    storage = Storage(tmp_path)
    first, second = (publish(storage, SMALL).release_id for _ in range(2))
    third = publish(storage, OTHER, keep=2)
    digests = [name.split("-")[1] for name in (first, second, third.release_id)]
    assert first < second < third.release_id
    assert digests[0] == digests[1] != digests[2]
    assert third.removed == (first,)
    assert release_ids(storage, "small") == [second, third.release_id]


@settings(deadline=None)
@given(
    names=st.sets(st.text("abc", min_size=1, max_size=3), min_size=1, max_size=6),
    keep=st.integers(1, 7),
    data=st.data(),
)
def test_retention_keeps_the_newest_and_always_the_current(tmp_path_factory, names, keep, data):
    storage = Storage(tmp_path_factory.mktemp("storage"))
    current = data.draw(st.sampled_from(sorted(names)))
    for name in names:
        path = release_path(storage, "m", name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    point_at(storage, "m", current)
    removed = remove_old(storage, "m", keep)
    assert set(removed) == set(sorted(names)[:-keep]) - {current}
    assert set(release_ids(storage, "m")) == names - set(removed)


READER = """
import sys
from pathlib import Path
from warehouse.reader import open_release
from warehouse.storage import Storage

storage = Storage(Path(sys.argv[1]))

def mean(release):
    return float(release.words.response(3, layer=0, state="hidden").mean[0])

with open_release("small", storage=storage) as release:
    print(release.release_id, mean(release), release.newer(), flush=True)
    sys.stdin.readline()
    print(release.release_id, mean(release), release.newer(), flush=True)
    with open_release("small", storage=storage) as newer:
        print(newer.release_id, mean(newer), newer.newer(), flush=True)
"""


def _start(code: str, *arguments: object) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", code, *map(str, arguments)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=CHECKOUT,
        env={**os.environ, "PYTHONPATH": str(CHECKOUT)},
    )


def test_a_reader_in_another_process_keeps_its_view_until_it_opens_the_new_one(tmp_path):
    storage = Storage(tmp_path)
    old = publish(storage, SMALL, keep=1).release_id
    old_mean = _first_mean(storage)
    with _start(READER, tmp_path) as reader:
        assert reader.stdout.readline().split() == [old, str(old_mean), "None"]
        made = publish(storage, OTHER, keep=1)
        assert made.removed == (old,)
        after, _ = reader.communicate("go on\n")
    same, newer = (line.split() for line in after.splitlines())
    assert same == [old, str(old_mean), made.release_id]
    assert newer == [made.release_id, str(_first_mean(storage)), "None"]
    assert newer[1] != str(old_mean)


PUBLISHER = """
import sys, time
from pathlib import Path
from tests.warehouse.test_publish_release import OTHER
from tests.warehouse.synthetic import publish
from warehouse import publish_release
from warehouse.storage import Storage

done = getattr(publish_release, sys.argv[2])

def stop(*arguments):
    if sys.argv[3] == "after":
        done(*arguments)
    print("here", flush=True)
    time.sleep(60)

setattr(publish_release, sys.argv[2], stop)
publish(Storage(Path(sys.argv[1])), OTHER)
"""


@pytest.mark.parametrize(
    ("function", "when", "current"),
    [
        ("write_release", "after", "old"),
        ("point_at", "before", "old"),
        ("remove_old", "before", "new"),
    ],
)
def test_a_publisher_that_is_killed_leaves_a_whole_release_current(
    tmp_path, function, when, current
):
    storage = Storage(tmp_path)
    old = publish(storage, SMALL).release_id
    with _start(PUBLISHER, tmp_path, function, when) as publisher:
        assert publisher.stdout.readline() == "here\n"
        publisher.send_signal(signal.SIGKILL)
    assert (read_current(storage, "small") == old) is (current == "old")
    _first_mean(storage)
    left = [name for name in _files(storage) if name.startswith(".tmp-")]
    assert bool(left) is (function == "write_release")
    made = publish(storage, OTHER, keep=1)
    assert _files(storage) == [f"{made.release_id}.duckdb", "CURRENT"]


def test_faults_are_named_at_once_and_nothing_changes(tmp_path):
    storage = Storage(tmp_path)
    old = publish(storage, SMALL).release_id
    columns = columns_of(SMALL)
    columns["evaluation"]["metric"] = ["loss", "loss"]
    content = write_content(storage.table("small", "any").parent, SMALL, columns)
    del content["clustering"]
    with pytest.raises(ReleaseError) as caught:
        publish_release(storage, card(SMALL), content, keep=3)
    text = str(caught.value)
    assert text.startswith("the new release of small was not published, for 2 faults:")
    assert "clustering is missing" in text
    assert "evaluation: 1 rows repeat the key (split, metric)" in text
    assert "rnnvis materialize small" in text
    assert _files(storage) == [f"{old}.duckdb", "CURRENT"]
    assert read_current(storage, "small") == old


def test_no_permission_to_write(tmp_path, monkeypatch):
    storage = Storage(tmp_path)
    old = publish(storage, SMALL).release_id
    content = write_content(tmp_path, OTHER, columns_of(OTHER))

    def refuse(source, target) -> None:
        raise PermissionError(13, "Permission denied", str(target))

    monkeypatch.setattr(atomic_files.os, "replace", refuse)
    with pytest.raises(StorageError, match="no permission to write; nothing was half-written"):
        publish_release(storage, card(OTHER), content, keep=3)
    assert _files(storage) == [f"{old}.duckdb", "CURRENT"]


def test_an_unwritable_folder(tmp_path):
    if os.geteuid() == 0:
        pytest.skip("the superuser may write anywhere")
    storage = Storage(tmp_path)
    content = write_content(tmp_path, SMALL, columns_of(SMALL))
    storage.releases("small").mkdir(parents=True)
    storage.releases("small").chmod(0o500)
    with pytest.raises(StorageError, match="no permission to write"):
        publish_release(storage, card(SMALL), content, keep=3)


def test_a_folder_that_is_a_file(tmp_path):
    storage = Storage(tmp_path)
    content = write_content(tmp_path, SMALL, columns_of(SMALL))
    (tmp_path / "releases").write_text("in the way")
    with pytest.raises(StorageError, match=str(Path("releases") / "small")):
        publish_release(storage, card(SMALL), content, keep=3)
