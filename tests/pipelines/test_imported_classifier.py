"""An imported classifier that reads both ways, through every stage and in the viewer."""

from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from pipelines.orchestration.stage_registry import MODEL_STAGES
from rnnvis_assets.configuration.load_project import load_project
from rnnvis_assets.corpus.corpus import Corpus
from rnnvis_assets.corpus.corpus_asset import STAGE as CORPUS
from rnnvis_assets.engine.run_stage import run_stage
from rnnvis_assets.engine.stage import RunContext
from rnnvis_assets.model_kinds.register_model import add_model
from tests.examples.importing import corpus_of, open_context
from viewer.data.predictions import predictions_of
from warehouse.reader import open_release

HERE = Path(__file__)
CLOSE = {"rtol": 0, "atol": 2e-5}


class Tutorial(nn.Module):
    """What each direction of the top level knows in the end, side by side."""

    def __init__(self, words: int) -> None:
        super().__init__()
        self.embedding = nn.Embedding(words, 5)
        self.rnn = nn.LSTM(5, 7, num_layers=2, bidirectional=True, batch_first=True)
        self.fc = nn.Linear(14, 2)

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        _, (hidden, _) = self.rnn(self.embedding(tokens))
        return self.fc(torch.cat([hidden[-2], hidden[-1]], dim=1))


def build(words: int) -> nn.Module:
    return Tutorial(words)


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> tuple[RunContext, Corpus, Tutorial]:
    """The module with random weights, imported and taken through every stage."""
    folder = tmp_path_factory.mktemp("both")
    context = open_context(folder)
    run_stage(CORPUS, context, "tiny_reviews")
    corpus = corpus_of(context, "tiny_reviews")
    torch.manual_seed(1)
    module = Tutorial(len(corpus.vocabulary)).eval()
    for parameter in module.parameters():
        nn.init.normal_(parameter, std=0.5)
    save_file(module.state_dict(), folder / "w.safetensors")
    content = {
        "source": "pytorch", "dataset": "tiny_reviews", "analysis": "tiny",
        "factory": f"{HERE}:build", "arguments": {"words": len(corpus.vocabulary)},
        "weights": "w.safetensors",
    }  # fmt: skip
    add_model(context, "both", content, folder)
    context = RunContext(load_project(context.project.folder), context.storage, lambda _: None)
    for asset in MODEL_STAGES:
        run_stage(asset.stage, context, "both")
    return context, corpus, module


@pytest.mark.parametrize("sentence", [0, 3])
def test_its_choices_and_contributions_are_those_of_the_module(made, sentence: int) -> None:
    context, corpus, module = made
    split = corpus.splits["test"]
    start, stop = split.sentence_offsets[sentence : sentence + 2]
    words = torch.from_numpy(split.word_ids[start:stop].astype(np.int64))
    logits = module(words.unsqueeze(0))[0].detach()
    with open_release("both", storage=context.storage) as release:
        row = release.sentences.get(sentence)
        assert row["predicted"] == corpus.classes[int(logits.argmax())]
        assert row["probability"] == pytest.approx(float(logits.softmax(0).max()), abs=1e-5)
        recorded = predictions_of(release, sentence)
        typed = predictions_of(release, split.texts[sentence])
    for found in (recorded, typed):
        added = found.added.sum(axis=0) + module.fc.bias.detach().numpy()
        np.testing.assert_allclose(added, logits, **CLOSE)
        np.testing.assert_allclose(found.running[-1], logits.softmax(0), **CLOSE)
    np.testing.assert_allclose(recorded.added, typed.added, **CLOSE)


def test_its_evaluation_is_the_modules_accuracy(made) -> None:
    context, corpus, module = made
    split = corpus.splits["test"]
    words = torch.from_numpy(split.word_ids.astype(np.int64))
    documents = words.tensor_split(torch.from_numpy(split.sentence_offsets[1:-1]))
    right = [int(module(d.unsqueeze(0)).argmax()) == label
             for d, label in zip(documents, split.labels, strict=True)]  # fmt: skip
    with open_release("both", storage=context.storage) as release:
        (row,) = release.evaluation().to_pylist()
    assert row == {"split": "test", "metric": "accuracy", "value": pytest.approx(np.mean(right))}
