"""Imported networks whose predictions are no linear layer over h, through every stage and in the
viewer."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from rnnvis_assets.configuration.analysis_config import RecordingSettings
from rnnvis_assets.corpus.corpus import Corpus
from rnnvis_assets.corpus.corpus_asset import STAGE as CORPUS
from rnnvis_assets.engine.freshness import freshness
from rnnvis_assets.engine.run_stage import run_stage
from rnnvis_assets.engine.stage import RunContext
from rnnvis_assets.model_kinds.model_kinds import CHECKPOINT
from tests.examples.importing import import_random, open_context
from viewer.data.predictions import ClassPredictions, predictions_of
from warehouse.reader import open_release

pytestmark = pytest.mark.end_to_end

CLOSE = {"rtol": 1e-4, "atol": 1e-6}


class NormedModel(nn.Module):
    """A language model with two layers and a norm after its GRU, called as it was written in its
    paper: time first, with a state that it returns."""

    def __init__(self, words: int) -> None:
        super().__init__()
        self.embedding, self.rnn = nn.Embedding(words, 5), nn.GRU(5, 7)
        self.head = nn.Sequential(nn.LayerNorm(7), nn.Linear(7, 9), nn.ReLU(), nn.Linear(9, words))

    def forward(self, tokens: Tensor, hidden: Tensor | None = None) -> tuple[Tensor, Tensor]:
        output, hidden = self.rnn(self.embedding(tokens), hidden)
        return self.head(output).log_softmax(-1), hidden


class AttentionClassifier(nn.Module):
    """A weighted mean of the states of both directions, and the weights next to it."""

    def __init__(self, words: int) -> None:
        super().__init__()
        self.embedding = nn.Embedding(words, 5)
        self.rnn = nn.LSTM(5, 7, bidirectional=True, batch_first=True)
        self.score, self.out = nn.Linear(14, 1), nn.Linear(14, 2)

    def forward(self, tokens: Tensor) -> tuple[Tensor, Tensor]:
        states = self.rnn(self.embedding(tokens))[0]
        weights = self.score(states.tanh()).softmax(1)
        return weights, self.out((weights * states).sum(1))


def normed(words: int) -> nn.Module:
    return NormedModel(words)


def attention(words: int) -> nn.Module:
    return AttentionClassifier(words)


Made = tuple[RunContext, Corpus, Any]


@pytest.fixture(scope="module")
def context(tmp_path_factory: pytest.TempPathFactory) -> RunContext:
    made = open_context(tmp_path_factory.mktemp("heads"))
    run_stage(CORPUS, made, "tiny_reviews")
    return made


@pytest.fixture(scope="module")
def language_model(context: RunContext) -> Made:
    return import_random(context, __file__, normed, "tiny_text")


@pytest.fixture(scope="module")
def classifier(context: RunContext) -> Made:
    return import_random(context, __file__, attention, "tiny_reviews")


def test_a_language_models_own_predictions_are_published_and_typed(language_model: Made) -> None:
    context, corpus, module = language_model
    split = corpus.splits["test"]
    words = torch.from_numpy(split.word_ids.astype(np.int64))
    length = int(split.sentence_offsets[1])
    own = module(words[:length].unsqueeze(1))[0][:, 0].detach()
    with open_release("normed", storage=context.storage) as release:
        rows, task = release.sentences.tokens(0), release.model["task"]
        figures = {row["metric"]: row["value"] for row in release.evaluation().to_pylist()}
        typed = predictions_of(release, split.texts[0].removesuffix(" <eos>"))
    following = own[np.arange(length), words[1 : length + 1]].exp()
    np.testing.assert_allclose(rows["next_probability"], following, **CLOSE)
    tops = np.array(rows["top_words"].to_pylist())
    np.testing.assert_array_equal(tops[:, 0], own.argmax(-1))
    np.testing.assert_allclose(typed.chances[1:], following[:-1], **CLOSE)
    assert task == "language_model"
    assert figures["perplexity"] == pytest.approx(np.exp(figures["loss"]))


def test_another_recorded_split_is_evaluated_again(language_model: Made) -> None:
    context, *_ = language_model
    assert freshness(CHECKPOINT, context, "normed").state == "fresh"
    tiny = context.project.analyses["tiny"]
    other = tiny.model_copy(update={"recording": RecordingSettings(split="validation")})
    project = replace(context.project, analyses={"tiny": other})
    changed = replace(context, project=project)
    assert freshness(CHECKPOINT, changed, "normed").reason == "changed since: settings"


def test_a_classifiers_own_choices_are_published(classifier: Made) -> None:
    context, corpus, module = classifier
    split = corpus.splits["test"]
    words = torch.from_numpy(split.word_ids.astype(np.int64))
    documents = words.tensor_split(torch.from_numpy(split.sentence_offsets[1:-1]))
    own = torch.cat([module(d.unsqueeze(0))[1].softmax(-1) for d in documents]).detach()
    with open_release("attention", storage=context.storage) as release:
        rows = [release.sentences.get(number) for number in range(len(documents))]
        (figure,) = release.evaluation().to_pylist()
        shown = predictions_of(release, split.texts[0])
        assert isinstance(shown, ClassPredictions)
        assert not shown.has_layer, "words' parts are integrated gradients"
    chosen = own.argmax(-1).numpy()
    assert [row["predicted"] for row in rows] == [corpus.classes[place] for place in chosen]
    np.testing.assert_allclose([row["probability"] for row in rows], own.amax(-1), **CLOSE)
    assert figure["metric"] == "accuracy"
    assert figure["value"] == pytest.approx(np.mean(chosen == split.labels))
