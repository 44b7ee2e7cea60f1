"""A recording by workers: byte for byte that of one process, whatever happens to them."""

import multiprocessing
import os
import resource
import signal
from collections.abc import Iterable
from functools import partial
from pathlib import Path

import psutil
import pytest
import torch

from rnnvis_assets.configuration.engine_config import EngineConfig
from rnnvis_assets.engine.timed_progress import TimedProgress
from rnnvis_assets.recording.recorder import Reading, record
from tests.rnnvis_assets.recording.recorded_bytes import (
    TOKENS,
    bytes_of,
    dying_once,
    open_reading,
    other_words,
    recorded_by,
)
from warehouse.errors import RecordingError, StorageError
from warehouse.recording_schema import RecordingFormat
from warehouse.recording_shards import ShardFolder
from warehouse.recordings import open_recording
from warehouse.storage import CHECKOUT

pytestmark = pytest.mark.slow

TWO, SEVEN = EngineConfig(workers=2), EngineConfig(workers=7)


@pytest.fixture(autouse=True)
def _importable(monkeypatch: pytest.MonkeyPatch) -> None:
    """Workers import by its name what a test gives them."""
    monkeypatch.syspath_prepend(CHECKOUT)


@pytest.fixture(scope="module")
def undisturbed_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where one process makes a recording."""
    return tmp_path_factory.mktemp("undisturbed") / "test"


@pytest.fixture(scope="module")
def undisturbed(undisturbed_folder: Path) -> dict[str, bytes]:
    """The files that one process makes."""
    return recorded_by(EngineConfig(), undisturbed_folder)


def test_the_plan_gives_every_one_of_seven_workers_a_shard() -> None:
    assert len(open_reading().plan.shards) == 8


def test_one_process_of_several_threads_makes_the_same_bytes(
    undisturbed: dict[str, bytes], tmp_path: Path
) -> None:
    before = torch.get_num_threads()
    torch.set_num_threads(6)
    try:
        assert recorded_by(EngineConfig(), tmp_path / "test") == undisturbed
        assert torch.get_num_threads() == 6
    finally:
        torch.set_num_threads(before)


def test_seven_processes_make_the_same_bytes(undisturbed: dict[str, bytes], tmp_path: Path) -> None:
    assert recorded_by(SEVEN, tmp_path / "test") == undisturbed
    assert list(tmp_path.iterdir()) == [tmp_path / "test"]


def test_blocks_of_units_are_the_same_bytes_and_numbers_whoever_makes_them(
    undisturbed_folder: Path, undisturbed: dict[str, bytes], tmp_path: Path
) -> None:
    stored = RecordingFormat(layout="unit_blocks", block_units=2)
    by_one = recorded_by(EngineConfig(), tmp_path / "one", stored)
    assert recorded_by(SEVEN, tmp_path / "seven", stored) == by_one
    assert sum(map(len, by_one.values())) < sum(map(len, undisturbed.values()))
    blocks, rows = open_recording(tmp_path / "seven"), open_recording(undisturbed_folder)
    for layer, shape in enumerate(rows.layers):
        expected, found = (each.rows(layer, shape.arrays, 0, TOKENS) for each in (rows, blocks))
        assert [found[n].tobytes() for n in found] == [expected[n].tobytes() for n in expected]


def test_a_worker_that_is_killed_amidst_a_shard_changes_no_byte(
    undisturbed: dict[str, bytes], tmp_path: Path
) -> None:
    mark, folder = tmp_path / "mark", tmp_path / "test"
    record(open_reading(), folder, engine=TWO, reopen=partial(dying_once, mark))
    assert int(mark.read_text().split()[0]) >= 8
    assert bytes_of(folder) == undisturbed
    assert sorted(tmp_path.iterdir()) == [mark, folder]


def _record_and_die(folder: Path, workers: Path) -> None:
    """A driver that dies as soon as it has heard of a finished shard."""

    def die(*_: int) -> None:
        pids = [child.pid for child in multiprocessing.active_children()]
        workers.write_text(" ".join(map(str, pids)))
        os.kill(os.getpid(), signal.SIGKILL)

    TimedProgress.advance = die  # type: ignore[method-assign]
    recorded_by(TWO, folder)


def _wait_for_the_end_of(pids: Iterable[int]) -> None:
    running = [psutil.Process(pid) for pid in pids if psutil.pid_exists(pid)]
    assert not psutil.wait_procs(running, timeout=120)[1]


def test_what_a_driver_that_was_killed_had_finished_is_not_made_again(
    undisturbed: dict[str, bytes], tmp_path: Path
) -> None:
    workers, folder = tmp_path / "workers", tmp_path / "test"
    driver = multiprocessing.get_context("forkserver").Process(
        target=_record_and_die, args=(folder, workers)
    )
    driver.start()
    driver.join()
    assert driver.exitcode == -signal.SIGKILL
    _wait_for_the_end_of(map(int, workers.read_text().split()))
    shards = ShardFolder(folder)
    finished = {
        f"{path.parent.name}/{path.name}": path.stat().st_ino
        for path in shards.path.glob("shard-*/layer=*/*.parquet")
    }
    assert finished
    assert not folder.exists()
    assert recorded_by(EngineConfig(), folder) == undisturbed
    assert {name: (folder / name).stat().st_ino for name in finished} == finished
    assert not shards.path.exists()


def on_a_small_disk(room: int) -> Reading:
    """What is read by workers that have no room for larger files."""
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, hard))
    return open_reading()


def test_a_disk_that_is_full_is_reported_by_workers_and_the_next_run_completes(
    undisturbed: dict[str, bytes], tmp_path: Path
) -> None:
    folder = tmp_path / "test"
    sizes = [len(content) for name, content in undisturbed.items() if "part" in name]
    with pytest.raises(StorageError, match="the system allows no larger file") as caught:
        record(open_reading(), folder, engine=TWO, reopen=partial(on_a_small_disk, max(sizes) // 2))
    assert "ulimit -f" in caught.value.repair
    assert not folder.exists()
    assert not list(tmp_path.rglob(".tmp-*"))
    assert recorded_by(EngineConfig(), folder) == undisturbed


def test_a_worker_that_reads_something_else_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match=r"a worker reads .*others.*, expected .*made up"):
        record(open_reading(), tmp_path / "test", engine=TWO, reopen=other_words)
    assert not list(tmp_path.iterdir())
