"""An import that fails reports all faults and leaves nothing behind."""

from pathlib import Path

import numpy as np
import pytest

from rnnvis_assets.model_kinds.register_recording import register_recording
from tests.pipelines.external_project import again, empty_project, gru_recording, write_external
from tests.rnnvis_assets.recording_import.synthetic_recording import write_npy
from warehouse.errors import RecordingError

NAME = "their-gru"


def files_below(folder: Path) -> list[Path]:
    """All but the locks of runs, which stay."""
    locks = folder / "locks"
    return [path for path in folder.rglob("*") if path.is_file() and locks not in path.parents]


@pytest.mark.parametrize("spoilt", ["word_id", "hidden_1"])
def test_nothing_is_left_of_an_import_that_fails(spoilt: str, tmp_path: Path) -> None:
    context, made = empty_project(tmp_path), gru_recording()
    made.arrays[spoilt][-1] = 99
    theirs = write_npy(tmp_path / "theirs", made)
    with pytest.raises(RecordingError, match="99"):
        register_recording(context, theirs, NAME)
    assert not again(context).project.models
    assert files_below(context.storage.root) == []


@pytest.mark.parametrize("also", ["word_id", "annotation_depth", "next_probability"])
def test_an_import_reports_all_faults(also: str, tmp_path: Path) -> None:
    made = gru_recording()
    made.arrays["next_probability"] = np.full(len(made.arrays["word_id"]), 0.5, np.float32)
    made.arrays["hidden_0"][3] = np.nan
    made.arrays["hidden_1"][-1] = 99
    made.arrays[also][5] = 99 if also == "word_id" else np.inf
    with pytest.raises(RecordingError) as caught:
        register_recording(empty_project(tmp_path), write_npy(tmp_path / "theirs", made), NAME)
    for text in ("3 faults", "nan at row 3", "99.0 at row", f"{also}.npy"):
        assert text in caught.value.message


def test_a_full_disk_leaves_nothing_either(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    context, theirs = empty_project(tmp_path), write_external(tmp_path / "theirs")

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("warehouse.recording_writer.RecordingWriter.append", fail)
    with pytest.raises(OSError, match="the disk is full"):
        register_recording(context, theirs, NAME)
    assert files_below(context.storage.root) == []
