"""The page on importing a PyTorch model, run as it stands, with a small text in the place of Penn
Treebank."""

import re
import shlex
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
import yaml
from safetensors.torch import save_file
from typer.testing import CliRunner

from pipelines.cli.main import app
from rnnvis_assets.configuration.external_model_config import (
    Input,
    Output,
    OwnVocabulary,
    PytorchModel,
)
from rnnvis_assets.configuration.load_project import load_project
from rnnvis_assets.engine.stage import RunContext
from tests.examples.importing import EXAMPLES, corpus_of, example_module, open_context
from tests.pipelines.tiny_project import ANALYSIS, write_yaml
from warehouse.reader import open_release
from warehouse.storage import CHECKOUT

pytestmark = pytest.mark.end_to_end

PAGE = (CHECKOUT / "docs" / "own_model.md").read_text("utf-8")
DATASETS = {"tiny_text": "ptb", "tiny_chars": "my_characters"}


def _blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


def _commands(block: str, sizes: dict[str, int]) -> list[list[str]]:
    """The commands of a block without their first word; ``sizes`` of vocabularies by dataset.

    Their networks have random weights, whose losses have to be accepted.
    """
    commands = []
    for line in block.replace("\\\n", " ").splitlines():
        dataset = next((name for name in sizes if f"--dataset {name}" in line), "")
        number = str(sizes.get(dataset, 0))
        accepted = ["--accept-loss"] if dataset else []
        commands.append(shlex.split(re.sub(r"(?<==)\d+", number, line))[1:] + accepted)
    return commands


@pytest.fixture
def context(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RunContext:
    """A small project with the page's datasets and weights, in the working directory."""
    made = open_context(tmp_path)
    for dataset, name in DATASETS.items():
        path = made.project.folder / "datasets" / f"{dataset}.yaml"
        path.with_stem(name).write_text(path.read_text())
    for name, example in EXAMPLES.items():
        words = len(corpus_of(made, example["dataset"]).vocabulary)
        module = example_module(name, words, tmp_path / f"{name}.safetensors")
        torch.save(module.state_dict(), tmp_path / f"{name}.pt")
    fewest = {"co_clusters": ANALYSIS["co_clusters"] | {"maximum_clusters": 2}}
    write_yaml(made.project.folder / "analyses" / "default.yaml", ANALYSIS | fewest)
    (tmp_path / "tests").symlink_to(CHECKOUT / "tests")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("RNNVIS_CONFIGS", str(made.project.folder))
    monkeypatch.setenv("RNNVIS_HOME", str(tmp_path / "storage"))
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path / "storage" / "dagster"))
    return made


@pytest.fixture
def sizes(context: RunContext) -> dict[str, int]:
    """The sizes of the vocabularies by dataset."""
    return {name: len(corpus_of(context, tiny).vocabulary) for tiny, name in DATASETS.items()}


@pytest.fixture
def own_words(context: RunContext) -> list[str]:
    """The words in another order than the dataset's, written as the page writes them."""
    words = sorted(corpus_of(context, "tiny_text").vocabulary.words)
    vocabulary, *_ = _blocks("python")
    exec(vocabulary, {"corpus": SimpleNamespace(dictionary=SimpleNamespace(idx2word=words))})
    return words


def _run(commands: list[list[str]]) -> None:
    for command in commands:
        result = CliRunner().invoke(app, command, catch_exceptions=False)
        assert result.exit_code == 0, result.output


def test_the_page_does_what_it_says(
    context: RunContext, sizes: dict[str, int], own_words: list[str]
) -> None:
    _run(_commands(_blocks("sh")[0], sizes))
    assert set(EXAMPLES) <= set(load_project(context.project.folder).models)
    for name, example in EXAMPLES.items():
        with open_release(name, storage=context.storage) as release:
            assert release.model["spec"]["model"]["source"] == "pytorch"
            words = release.words.vocabulary()["word"].to_pylist()
        assert (words == own_words) is (example["dataset"] == "tiny_text")


def test_a_layer_of_ones_own_is_imported(
    context: RunContext, sizes: dict[str, int], own_words: list[str], tmp_path: Path
) -> None:
    code = _blocks("python")[1]
    (tmp_path / "leaky.py").write_text(code)
    names: dict = {}
    exec(code, names)
    network = names["Leaky"](sizes["ptb"])
    save_file(network.state_dict(), tmp_path / "leaky.safetensors")
    _run(_commands(_blocks("console")[0], sizes))
    assert "leaky" in load_project(context.project.folder).models


def test_the_pages_yaml_and_settings_can_be_read() -> None:
    PytorchModel.model_validate(yaml.safe_load(_blocks("yaml")[0]))
    table = PAGE.partition("| if your network")[2].partition("\n## ")[0]
    keys = set(re.findall(r"`([a-z_.]+)=", table))
    sections = {"": PytorchModel, "input": Input, "output": Output, "vocabulary": OwnVocabulary}
    for key in keys:
        section, _, field = key.rpartition(".")
        assert field in sections[section].model_fields, key
    assert len(keys) > 10


def test_a_name_that_is_taken_is_refused_by_the_command(
    context: RunContext, sizes: dict[str, int]
) -> None:
    first, *_ = _commands(_blocks("sh")[0], sizes)
    taken = ["tiny-lstm" if word == "word-lm" else word for word in first]
    result = CliRunner().invoke(app, taken)
    assert "found the name tiny-lstm, which a model" in str(result.exception)
    wrong = [*first, "--argument", "novalue"]
    assert "expected KEY=VALUE" in CliRunner().invoke(app, wrong).output
    wrong = [*first, "--argument", "n=[14"]
    assert "whose value is no YAML" in " ".join(CliRunner().invoke(app, wrong).output.split())
    wrong = [*first, "--setting", "input=single", "--setting", "input.layout=single"]
    assert "layout has no place" in " ".join(CliRunner().invoke(app, wrong).output.split())
