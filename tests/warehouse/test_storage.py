"""Where things lie, and one lock a name."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from warehouse.errors import BusyError, StorageError
from warehouse.storage import CHECKOUT, Storage

HOLDER = """
import sys, time
from pathlib import Path
from warehouse.storage import Storage

with Storage(Path(sys.argv[1])).lock("model"):
    print("held", flush=True)
    time.sleep(60)
"""


def test_paths_of_the_contract():
    storage = Storage(Path("/root"))
    assert storage.corpus("ptb") == Path("/root/corpora/ptb")
    assert storage.checkpoint("m") == Path("/root/checkpoints/m")
    assert storage.recording("m", "test") == Path("/root/recordings/m/test")
    assert storage.table("m", "glyph") == Path("/root/tables/m/glyph.parquet")
    assert storage.releases("m") == Path("/root/releases/m")


def test_the_root_is_the_environments_or_the_checkouts(monkeypatch):
    monkeypatch.setenv("RNNVIS_HOME", "/elsewhere")
    assert Storage.from_environment().root == Path("/elsewhere")
    for value in ("", None):
        if value is None:
            monkeypatch.delenv("RNNVIS_HOME")
        else:
            monkeypatch.setenv("RNNVIS_HOME", value)
        assert Storage.from_environment().root == CHECKOUT / "storage"


def test_a_lock_is_held_by_one_alone_and_free_again_after(tmp_path):
    storage = Storage(tmp_path)
    with storage.lock("model"):
        with storage.lock("other"):
            pass
        with pytest.raises(BusyError, match="model is being worked on"), storage.lock("model"):
            pass
    with storage.lock("model"):
        pass


def test_a_lock_is_free_after_an_error_which_passes_unchanged(tmp_path):
    storage = Storage(tmp_path)
    for error in (PermissionError("of the work"), TimeoutError("of the work")):
        with pytest.raises(type(error), match="of the work"), storage.lock("model"):
            raise error
    with storage.lock("model"):
        pass


def test_another_processs_lock_dies_with_it(tmp_path):
    storage = Storage(tmp_path)
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(CHECKOUT)},
    ) as holder:
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(BusyError, match="wait for that run to end"), storage.lock("model"):
            pass
        holder.send_signal(signal.SIGKILL)
    with storage.lock("model"):
        pass


def test_a_root_that_cannot_be_written(tmp_path):
    (tmp_path / "file").touch()
    lock = Storage(tmp_path / "file").lock("model")
    with pytest.raises(StorageError, match=r"file/locks/model\.lock"), lock:
        pass
