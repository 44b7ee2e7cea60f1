"""The README's page on networks from elsewhere, run as it stands, with a small text in the place of
Penn Treebank."""

import re
import shlex
from pathlib import Path

import pytest
import torch
import yaml
from typer.testing import CliRunner

from pipelines.cli.main import app
from rnnvis_assets.configuration.external_model_config import PytorchModel
from rnnvis_assets.configuration.load_project import load_project
from tests.examples.importing import EXAMPLES, corpus_of, example_module, open_context
from warehouse.reader import open_release
from warehouse.storage import CHECKOUT, Storage

MOST_LINES = 30
SECTION = (
    (CHECKOUT / "README.md")
    .read_text("utf-8")
    .partition("## A network that you have already")[2]
    .partition("\n## ")[0]
)
DATASETS = {"tiny_text": "ptb", "tiny_chars": "my_characters"}


def _block(language: str) -> str:
    return re.findall(rf"```{language}\n(.*?)```", SECTION, re.DOTALL)[0]


def _commands(sizes: dict[str, int]) -> list[list[str]]:
    """The page's commands without their first word; ``sizes`` of vocabularies by dataset."""
    lines = _block("sh").replace("\\\n", " ").splitlines()
    commands = []
    for line in lines:
        dataset = next((name for name in sizes if f"--dataset {name}" in line), "")
        number = str(sizes.get(dataset, 0))
        commands.append(shlex.split(re.sub(r"(?<==)\d+", number, line))[1:])
    return commands


@pytest.fixture
def sizes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    """A small project with the page's datasets and weights; gives the sizes of vocabularies."""
    context = open_context(tmp_path)
    found = {}
    for dataset, name in DATASETS.items():
        found[name] = len(corpus_of(context, dataset).vocabulary)
        path = context.project.folder / "datasets" / f"{dataset}.yaml"
        path.with_stem(name).write_text(path.read_text())
    for name, example in EXAMPLES.items():
        words = found[DATASETS[example["dataset"]]]
        module = example_module(name, words, tmp_path / f"{name}.safetensors")
        torch.save(module.state_dict(), tmp_path / f"{name}.pt")
    analysis = context.project.folder / "analyses" / "tiny.yaml"
    analysis.with_stem("default").write_text(analysis.read_text())
    (tmp_path / "tests").symlink_to(CHECKOUT / "tests")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("RNNVIS_CONFIGS", str(context.project.folder))
    monkeypatch.setenv("RNNVIS_HOME", str(tmp_path / "storage"))
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path / "storage" / "dagster"))
    return found


def test_the_page_is_short_and_does_what_it_says(sizes: dict[str, int], tmp_path: Path) -> None:
    assert len(_block("sh").splitlines()) + len(_block("yaml").splitlines()) < MOST_LINES
    for command in _commands(sizes):
        result = CliRunner().invoke(app, command, catch_exceptions=False)
        assert result.exit_code == 0, result.output
    models = load_project(tmp_path / "configs").models
    assert set(EXAMPLES) <= set(models)
    for name in EXAMPLES:
        with open_release(name, storage=Storage(tmp_path / "storage")) as release:
            assert release.model["spec"]["model"]["source"] == "pytorch"


def test_the_pages_yaml_is_one_that_can_be_read() -> None:
    PytorchModel.model_validate(yaml.safe_load(_block("yaml")))


def test_a_name_that_is_taken_is_refused_by_the_command(
    sizes: dict[str, int], tmp_path: Path
) -> None:
    first, *_ = _commands(sizes)
    taken = ["tiny-lstm" if word == "word-lm" else word for word in first]
    result = CliRunner().invoke(app, taken)
    assert "found the name tiny-lstm, which a model" in str(result.exception)
    wrong = [*first, "--argument", "novalue"]
    assert "expected KEY=VALUE" in CliRunner().invoke(app, wrong).output
    wrong = [*first, "--argument", "n=[14"]
    assert "whose value is no YAML" in " ".join(CliRunner().invoke(app, wrong).output.split())
    wrong = [*first, "--setting", "input=single", "--setting", "input.layout=single"]
    assert "layout has no place" in " ".join(CliRunner().invoke(app, wrong).output.split())
