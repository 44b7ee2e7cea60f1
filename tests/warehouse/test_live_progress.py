from pathlib import Path

import pytest

from warehouse import live_progress
from warehouse.live_progress import published_progress, read_progress


def test_the_last_line_can_be_read_while_the_stage_runs_and_goes_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_progress, "WRITE_SECONDS", 0)
    path, lines = tmp_path / "progress" / "m.json", list[str]()
    assert read_progress(path) is None
    with published_progress(path, "checkpoint", lines.append) as report:
        started = read_progress(path)
        assert started is not None
        assert (started.stage, started.state, started.is_silent) == ("checkpoint", "running", False)
        report("epoch 1/3")
        found = read_progress(path)
        assert found is not None
        assert found.line == "epoch 1/3"
    assert lines == ["epoch 1/3"]
    assert read_progress(path) is None


def test_an_error_stays_until_the_next_run(tmp_path: Path) -> None:
    path = tmp_path / "m.json"
    with (
        pytest.raises(ValueError, match="no words"),
        published_progress(path, "corpus", lambda _: None),
    ):
        raise ValueError("no words")
    found = read_progress(path)
    assert found is not None
    assert (found.stage, found.state, found.line) == ("corpus", "failed", "no words")
    with published_progress(path, "corpus", lambda _: None):
        pass
    assert read_progress(path) is None


def test_a_stage_that_fell_silent_is_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "m.json"
    with published_progress(path, "corpus", lambda _: None):
        monkeypatch.setattr(live_progress, "SILENT_SECONDS", -1)
        found = read_progress(path)
    assert found is not None
    assert found.is_silent


def test_a_damaged_file_is_no_progress(tmp_path: Path) -> None:
    path = tmp_path / "m.json"
    path.write_text("{")
    assert read_progress(path) is None
