"""An imported classifier that reads both ways, through every stage and in the viewer."""

import numpy as np
import pytest
import torch
from torch import nn

from rnnvis_assets.corpus.corpus import Corpus
from rnnvis_assets.corpus.corpus_asset import STAGE as CORPUS
from rnnvis_assets.engine.run_stage import run_stage
from rnnvis_assets.engine.stage import RunContext
from rnnvis_assets.model_import.reading.forward_gradients import ForwardGradients
from rnnvis_assets.model_import.reading.returned_value import ReturnedValue
from tests.examples.importing import import_random, open_context
from tests.rnnvis_assets.model_import.test_network_readers import reader_of
from viewer.data import release_store
from viewer.data.predictions import predictions_of
from viewer.views.sentence_data import sentence_data
from warehouse.reader import open_release

pytestmark = pytest.mark.end_to_end

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


class Attention(Tutorial):
    """An attention over the states of both directions, and two layers."""

    def __init__(self, words: int) -> None:
        super().__init__(words)
        self.scores, self.hidden = nn.Linear(14, 1), nn.Linear(14, 14)

    def forward(self, tokens: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        states = self.rnn(self.embedding(tokens))[0]
        shares = self.scores(states).softmax(1)
        return shares.squeeze(-1), self.fc(self.hidden((shares * states).sum(1)).relu())


def build(words: int) -> nn.Module:
    return Tutorial(words)


def attention(words: int) -> nn.Module:
    return Attention(words)


Imported = tuple[RunContext, Corpus, Tutorial]


@pytest.fixture(scope="module")
def context(tmp_path_factory) -> RunContext:
    made = open_context(tmp_path_factory.mktemp("both"))
    run_stage(CORPUS, made, "tiny_reviews")
    return made


@pytest.fixture(scope="module")
def made(context: RunContext) -> Imported:
    return import_random(context, __file__, build, "tiny_reviews")


@pytest.fixture(scope="module")
def attentive(context: RunContext) -> Imported:
    return import_random(context, __file__, attention, "tiny_reviews")


@pytest.mark.parametrize("sentence", [0, 3])
def test_its_choices_and_contributions_are_those_of_the_module(made, sentence: int) -> None:
    context, corpus, module = made
    split = corpus.splits["test"]
    start, stop = split.sentence_offsets[sentence : sentence + 2]
    words = torch.from_numpy(split.word_ids[start:stop].astype(np.int64))
    logits = module(words.unsqueeze(0))[0].detach()
    with open_release("build", storage=context.storage) as release:
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
    with open_release("build", storage=context.storage) as release:
        (row,) = release.evaluation().to_pylist()
    assert row == {"split": "test", "metric": "accuracy", "value": pytest.approx(np.mean(right))}


@pytest.mark.parametrize("sentence", [0, 3])
def test_without_a_linear_output_layer_words_are_explained_by_gradients(
    attentive, sentence: int
) -> None:
    context, corpus, module = attentive
    split = corpus.splits["test"]
    start, stop = split.sentence_offsets[sentence : sentence + 2]
    words = torch.from_numpy(split.word_ids[start:stop].astype(np.int64)).unsqueeze(0)
    logits = module(words)[1][0].detach()
    with open_release("attention", storage=context.storage) as release:
        assert release.model["task"] == "classification"
        assert release.sentences.get(sentence)["predicted"] == corpus.classes[int(logits.argmax())]
        rows = release.sentences.contributions(sentence)
        own = release_store.facts_of(release).default
        recorded, typed = (
            sentence_data(release, each, own) for each in (sentence, split.texts[sentence])
        )
        chosen = sentence_data(release, sentence, own, attribution="integrated gradients")
    assert rows["value"].null_count == len(rows) == 2 * (stop - start)
    added = rows["integrated_gradients"].to_numpy().reshape(-1, 2)
    for data in (recorded, typed, chosen):
        assert data["by"] == "integrated gradients"
        assert ("known only of a linear output layer" in data["note"]) is (data is not chosen)
        np.testing.assert_allclose(data["added"].reshape(-1, 2), added, **CLOSE)
    np.testing.assert_allclose(typed["running"][-1], logits.softmax(0)[1], **CLOSE)
    assert f"read as {corpus.classes[int(logits.argmax())]} (" in typed["verdict"]
    gradients = ForwardGradients(
        reader_of(module),
        ReturnedValue(1, "text", 2, "logits"),
        module.embedding,
    )(words)
    np.testing.assert_allclose(added, gradients[0], **CLOSE)
