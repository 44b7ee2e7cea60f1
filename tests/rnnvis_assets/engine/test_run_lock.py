"""Locks: stages of one run work side by side, a second run of the same model is refused."""

import os
import signal
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from rnnvis_assets.engine.run_lock import hold_free, hold_stage, hold_stage_in_turn
from rnnvis_assets.engine.stage import RunContext
from warehouse.errors import BusyError, StorageError
from warehouse.storage import CHECKOUT, Storage

HOLDER = """
import sys, time
from pathlib import Path
from rnnvis_assets.engine.run_lock import hold_stage
from rnnvis_assets.engine.stage import RunContext
from warehouse.storage import Storage

with hold_stage(RunContext(None, Storage(Path(sys.argv[1])), run="run one"), "m", "glyphs"):
    print("held", flush=True)
    time.sleep(60)
"""


def _context(root: Path, run: str = "run one") -> RunContext:
    return RunContext(SimpleNamespace(), Storage(root), lambda _: None, run)


def _hold(context: RunContext, stage: str = "glyphs", partition: str = "m") -> None:
    with hold_stage(context, partition, stage):
        pass


def test_stages_of_one_run_are_held_side_by_side(tmp_path):
    context = _context(tmp_path)
    with hold_stage(context, "m", "glyphs"), hold_stage(context, "m", "findings"):
        pass


@pytest.mark.parametrize("stage", ["glyphs", "findings"])
def test_another_run_of_the_same_model_is_refused_by_name(tmp_path, stage):
    with (
        hold_stage(_context(tmp_path), "m", "glyphs"),
        pytest.raises(BusyError, match="m is being worked on by run one") as caught,
    ):
        _hold(_context(tmp_path, "run two"), stage)
    assert "glyphs since 2" in str(caught.value)
    assert f"process {os.getpid()} of" in str(caught.value)
    assert "wait for that run to end" in str(caught.value)


def test_another_model_is_free(tmp_path):
    with hold_stage(_context(tmp_path), "m", "glyphs"):
        _hold(_context(tmp_path, "run two"), partition="other")


def test_a_model_is_free_again_for_any_run(tmp_path):
    _hold(_context(tmp_path))
    _hold(_context(tmp_path, "run two"))


def test_an_error_passes_unchanged_and_frees_the_model(tmp_path):
    for error in (PermissionError("of the work"), TimeoutError("of the work")):
        with (
            pytest.raises(type(error), match="of the work"),
            hold_stage(_context(tmp_path), "m", "glyphs"),
        ):
            raise error
    _hold(_context(tmp_path, "run two"))


def test_the_same_stage_of_the_same_run_waits_and_says_so(tmp_path):
    order: list[str] = []
    heard = threading.Event()

    def report(line: str) -> None:
        assert line == "m: waiting for glyphs, which this run is making already"
        heard.set()

    context = replace(_context(tmp_path), report=report)

    def second() -> None:
        with hold_stage(context, "m", "glyphs"):
            order.append("second")

    waiting = threading.Thread(target=second)
    with hold_stage(context, "m", "glyphs"):
        waiting.start()
        assert heard.wait(timeout=60)
        order.append("first")
    waiting.join()
    assert order == ["first", "second"]


def test_a_dataset_is_waited_for_and_whose_run_has_it_is_reported(tmp_path):
    heard, entered = [], threading.Event()
    second = replace(_context(tmp_path, "run two"), report=heard.append)

    def wait() -> None:
        with hold_stage_in_turn(second, "d", "corpus"):
            entered.set()

    waiting = threading.Thread(target=wait)
    with hold_stage(_context(tmp_path), "d", "corpus"):
        waiting.start()
        assert not entered.wait(timeout=0.2)
    waiting.join()
    assert entered.is_set()
    assert len(heard) == 1
    assert "d is being worked on by run one" in heard[0]


def test_models_that_no_run_works_on_are_held(tmp_path):
    mine, other = _context(tmp_path), _context(tmp_path, "run two")
    with (
        hold_stage(other, "theirs", "findings"),
        hold_stage(mine, "mine", "checkpoint"),
        hold_free(mine, ("theirs", "mine", "free"), "checkpoint") as held,
    ):
        assert held == ("free",)
        with pytest.raises(BusyError, match="free is being worked on by run one"):
            _hold(other, partition="free")
    _hold(other, partition="free")


def test_what_killed_runs_left_goes_only_while_no_other_stage_writes(tmp_path):
    context = _context(tmp_path)
    left = context.storage.table("m", "x").with_name(".tmp-1-x.parquet")
    left.parent.mkdir(parents=True)
    with hold_stage(context, "m", "findings"):
        left.touch()
        _hold(context)
        assert left.exists()
    _hold(context)
    assert not left.exists()


@pytest.mark.slow
def test_a_lock_dies_with_its_process(tmp_path):
    second = _context(tmp_path, "run two")
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(CHECKOUT)},
    ) as holder:
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(BusyError, match=f"process {holder.pid}"):
            _hold(second)
        holder.send_signal(signal.SIGKILL)
    _hold(second)


def test_a_root_that_cannot_be_written(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(StorageError, match=r"file/locks/m"):
        _hold(_context(tmp_path / "file"))
