"""What the pages show is run: commands are parsed, Python and SQL run on a small release, YAML is
validated. The pages on imports have tests of their own in tests/pipelines."""

import re
import shlex

import duckdb
import numpy as np
import pytest
import typer
import yaml

from pipelines.cli.main import app
from rnnvis_assets.configuration.analysis_config import AnalysisConfig, ScheduleConfig
from rnnvis_assets.configuration.dataset_config import DatasetConfig
from rnnvis_assets.configuration.engine_config import EngineConfig
from rnnvis_assets.configuration.model_config import ModelConfig
from tests.docs.markdown_pages import NAMES, blocks, commands, parse_command, read
from tests.viewer.made_up_release import MadeUp, publish_made_up
from tests.warehouse.synthetic_states import write_made_up_recording
from warehouse.reader import open_release
from warehouse.storage import CHECKOUT, Storage

MODEL = "docstrings-lstm"
TESTED_WITH_IMPORTS = ("docs/own_model.md", "docs/own_recording.md", "docs/recording_format.md")
HERE = [name for name in NAMES if name not in TESTED_WITH_IMPORTS]
ASSIGNMENT = re.compile(r"[A-Z_]+=\S+")
SHELL = (
    "cd",
    "export",
    "cp",
    "git",
    "docker",
    "pre-commit",
    "python",
    "dagster",
    "dg",
    ".venv/bin/pytest",
)


def _every(language: str, names: list[str] = HERE) -> list[tuple[str, str]]:
    return [(name, block) for name in names for block in blocks(read(name), language)]


class Docstrings(MadeUp):
    """A made-up release in which the word that the queries ask for is not rare."""

    def word_ids(self) -> np.ndarray:
        ids = super().word_ids()
        ids[::100] = self.words().index("not")
        return ids


@pytest.fixture(scope="module")
def storage(tmp_path_factory) -> Storage:
    """The demo's model by name, with made-up responses."""
    made = Storage(tmp_path_factory.mktemp("checkout") / "storage")
    publish_made_up(made, Docstrings(name=MODEL))
    write_made_up_recording(made, Docstrings(name=MODEL))
    return made


def _commands_of(line: str) -> list[list[str]]:
    """The commands of a line, variables before them left out."""
    parts = re.split(r"&&|\|\||;", line)
    return [[word for word in shlex.split(part) if not ASSIGNMENT.fullmatch(word)]
            for part in parts]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_every_command_is_one_that_there_is(name):
    targets = re.findall(r"^([\w-]+):", (CHECKOUT / "Makefile").read_text("utf-8"), re.MULTILINE)
    for line in commands(read(name)):
        for program, *words in filter(None, _commands_of(line)):
            if program == "rnnvis":
                parse_command(words)
            elif program == "make":
                assert words[0] in targets, line
            else:
                assert program in SHELL, line


@pytest.mark.parametrize("name", [name for name in NAMES if name != "CHANGELOG.md"])
def test_commands_named_in_the_text_exist(name):
    known = typer.main.get_command(app).commands
    for words in re.findall(r"`rnnvis ((?:[a-z]+)(?: [a-z]+)?)", read(name)):
        first, *rest = words.split()
        assert first in known, words
        if hasattr(known[first], "commands"):
            assert not rest or rest[0] in known[first].commands, words


@pytest.mark.parametrize(("name", "block"), _every("python"))
def test_python_runs(name, block, storage, monkeypatch):
    monkeypatch.setenv("RNNVIS_HOME", str(storage.root))
    exec(compile(block, name, "exec"), {})


def test_the_idea_in_numbers(capsys):
    (block,) = blocks(read("docs/idea.md"), "python")
    exec(compile(block, "docs/idea.md", "exec"), {})
    said = re.findall(r"print\(.*?\)  # (.*)", block)
    assert capsys.readouterr().out.splitlines() == said


@pytest.mark.parametrize(("name", "block"), _every("sql"))
def test_sql_returns_rows(name, block, storage, monkeypatch):
    if "read_parquet" in block:
        monkeypatch.chdir(storage.root.parent)
        assert duckdb.sql(block).fetchall()
        return
    with open_release(MODEL, storage=storage) as release:
        assert release.sql(block).num_rows


@pytest.mark.parametrize(("name", "block"), _every("yaml"))
def test_yaml_is_valid(name, block):
    content = yaml.safe_load(block)
    kinds = {"task": DatasetConfig, "cell": ModelConfig, "co_clusters": AnalysisConfig,
             "nightly": ScheduleConfig, "workers": EngineConfig, "dagster": EngineConfig,
             "store": EngineConfig}  # fmt: skip
    kind = next(kind for key, kind in kinds.items() if key in content)
    kind.model_validate(content)


def test_every_environment_variable_is_documented():
    variables = set()
    for folder in ("pipelines", "rnnvis_assets", "viewer", "warehouse"):
        for path in (CHECKOUT / folder).rglob("*.py"):
            variables |= set(re.findall(r"RNNVIS_[A-Z]+", path.read_text("utf-8")))
    assert variables <= set(re.findall(r"`(\w+)`", read("docs/start.md")))


def test_every_key_of_the_viewer_is_documented():
    keys = (CHECKOUT / "viewer" / "component" / "input" / "keys.js").read_text("utf-8")
    labels = re.findall(r'label: "(.+?)"', keys)
    rows = re.findall(r"^\| `?(.+?)`? \|", read("docs/reading_the_pictures.md"), re.MULTILINE)
    assert labels
    assert [label for label in labels if not any(row.startswith(label) for row in rows)] == []
