"""The examples as a user would have them: trained (a little, or not at all), saved, imported."""

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file, save_model
from torch import nn

from pipelines.orchestration.stage_registry import MODEL_STAGES
from rnnvis_assets.configuration.load_project import load_project
from rnnvis_assets.corpus.corpus import Corpus
from rnnvis_assets.corpus.corpus_asset import STAGE as CORPUS
from rnnvis_assets.corpus.corpus_files import load_corpus
from rnnvis_assets.engine.run_stage import run_stage
from rnnvis_assets.engine.stage import RunContext
from rnnvis_assets.model_kinds.register_model import add_model
from tests.made_once import made_once
from tests.pipelines.tiny_project import write_project, write_yaml
from warehouse.storage import Storage

HERE = Path(__file__).parent
EXAMPLES: dict[str, dict[str, Any]] = {
    "word-lm": {"module": "word_language_model", "argument": "ntoken", "dataset": "tiny_text"},
    "awd": {"module": "awd_lstm", "argument": "ntoken", "dataset": "tiny_text"},
    "chars": {
        "module": "char_model", "argument": "chars", "dataset": "tiny_chars",
        "input": {"call": f"{HERE / 'char_model.py'}:run"},
    },
    "tagger": {"module": "tagger", "argument": "words", "dataset": "tiny_text"},
}  # fmt: skip


def open_context(folder: Path) -> RunContext:
    """The tiny project, with a dataset of characters too, its corpora made."""
    configs = write_project(folder)
    source = {"kind": "text", "path": str(folder / "text.txt")}
    tokenizer = {"kind": "character", "end_of_sentence": False}
    write_yaml(
        configs / "datasets" / "tiny_chars.yaml",
        {"task": "language_model", "source": source, "tokenizer": tokenizer},
    )
    context = RunContext(load_project(configs), Storage(folder / "storage"), lambda _: None)
    for dataset in ("tiny_text", "tiny_chars"):
        run_stage(CORPUS, context, dataset)
    return context


def corpus_of(context: RunContext, dataset: str) -> Corpus:
    return load_corpus(context.storage.corpus(dataset))


def import_random(
    context: RunContext, file: str, factory: Callable[[int], nn.Module], dataset: str
) -> tuple[RunContext, Corpus, Any]:
    """The module that ``factory``, a function of ``file``, makes of a number of words, with random
    weights, imported under the function's name and taken through every stage."""
    corpus, folder, name = (
        corpus_of(context, dataset),
        context.storage.root.parent,
        factory.__name__,
    )
    torch.manual_seed(1)
    module = factory(len(corpus.vocabulary)).eval()
    for parameter in module.parameters():
        nn.init.normal_(parameter, std=0.5)
    save_file(module.state_dict(), folder / f"{name}.safetensors")
    content = {
        "source": "pytorch", "dataset": dataset, "analysis": "tiny",
        "accept_loss": corpus.task == "language_model",
        "factory": f"{file}:{name}", "arguments": {"words": len(corpus.vocabulary)},
        "weights": f"{name}.safetensors",
    }  # fmt: skip
    add_model(context, name, content, folder)
    context = RunContext(load_project(context.project.folder), context.storage, lambda _: None)
    for asset in MODEL_STAGES:
        run_stage(asset.stage, context, name)
    return context, corpus, module


def example_module(name: str, words: int, weights: Path | None = None) -> nn.Module:
    """An example's module with random weights, saved where ``weights`` says."""
    torch.manual_seed(5)
    module = import_module(f"tests.examples.{EXAMPLES[name]['module']}").build(words)
    for parameter in module.parameters():
        nn.init.normal_(parameter, std=0.5)
    if weights is not None:
        save_model(module, str(weights))
    return module.eval()


def content_of(name: str, words: int, weights: Path) -> dict[str, Any]:
    """What the example's file in ``configs/models`` says."""
    example = EXAMPLES[name]
    return {
        "source": "pytorch", "dataset": example["dataset"], "analysis": "tiny",
        "factory": f"{HERE / example['module']}.py:build",
        "arguments": {example["argument"]: words}, "weights": str(weights),
        "input": example.get("input", {}),
        "accept_loss": True,  # random weights predict nothing
    }  # fmt: skip


def _import_examples(folder: Path) -> None:
    context = open_context(folder)
    for name in EXAMPLES:
        words = len(corpus_of(context, EXAMPLES[name]["dataset"]).vocabulary)
        weights = folder / f"{name}.safetensors"
        example_module(name, words, weights)
        add_model(context, name, content_of(name, words, weights), folder)
    context = _open_imported(folder)
    for name in EXAMPLES:
        for asset in MODEL_STAGES:
            run_stage(asset.stage, context, name)


def _open_imported(folder: Path) -> RunContext:
    return RunContext(load_project(folder / "configs"), Storage(folder / "storage"), lambda _: None)


def imported_examples(factory: pytest.TempPathFactory) -> RunContext:
    """The examples, imported and taken through every stage; only to be read."""
    return _open_imported(made_once(factory, "imported", _import_examples))
