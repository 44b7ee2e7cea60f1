"""``rnnvis check recording`` and ``rnnvis import recording``, as a user types them."""

from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner, Result

from pipelines.cli.main import app
from tests.pipelines.external_project import empty_project, gru_recording, write_external
from tests.rnnvis_assets.recording_import.synthetic_recording import write_npy
from warehouse.errors import ConfigurationError


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.fixture
def configs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    context = empty_project(tmp_path)
    monkeypatch.setenv("RNNVIS_CONFIGS", str(context.project.folder))
    monkeypatch.setenv("RNNVIS_HOME", str(context.storage.root))
    return context.project.folder


def test_a_sound_recording(tmp_path: Path) -> None:
    done = run("check", "recording", write_external(tmp_path / "theirs"))
    assert done.exit_code == 0
    assert "576 tokens in 96 sequences" in done.output
    assert "no faults" in done.output


def test_all_faults_and_a_status_for_scripts(tmp_path: Path) -> None:
    made = gru_recording()
    made.arrays["hidden_0"][3] = np.nan
    made.arrays["word_id"][4] = 77
    done = run("check", "recording", write_npy(tmp_path / "theirs", made))
    assert done.exit_code == 1
    for text in ("hidden_0.npy: found nan at row 3, unit 0", "77 at row 4", "repair:", "2 faults"):
        assert text in done.output


def test_notes_are_printed_as_they_are(tmp_path: Path, configs: Path) -> None:
    made = gru_recording()
    made.words = ("[pad]", *made.words[1:])
    made.settings["padding"] = "[pad]"
    folder = write_npy(tmp_path / "theirs", made)
    (folder / "states.h5").write_bytes(b"")
    for command in (("check", "recording", folder), ("import", "recording", folder)):
        done = run(*command)
        assert done.exit_code == 0, done.output
        assert "96 tokens of '[pad]' are left out" in done.output
        assert "not read: states.h5" in done.output


def test_an_import_says_what_comes_next(tmp_path: Path, configs: Path) -> None:
    done = run("import", "recording", write_external(tmp_path / "theirs"), "--name", "gru")
    assert done.exit_code == 0
    assert "rnnvis materialize gru" in done.output
    assert (configs / "models" / "gru.yaml").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [(("--name", "Not A Name"), "expected at most 64"), (("--analysis", "defualt"), "'default'")],
)
def test_an_import_that_cannot_be(
    arguments: tuple[str, ...], message: str, tmp_path: Path, configs: Path
) -> None:
    done = run("import", "recording", write_external(tmp_path / "theirs"), *arguments)
    assert isinstance(done.exception, ConfigurationError)
    assert message in str(done.exception)
    assert list((configs / "models").iterdir()) == []
