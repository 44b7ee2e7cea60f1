"""Documents: each once an epoch, read as if alone, of any length; figures by hand."""

from collections import Counter

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn import functional

from rnnvis_assets.checkpoint import classification_task, document_batches
from rnnvis_assets.checkpoint.classification_task import (
    ClassificationTask,
    balance,
    draw_batches,
    read_documents,
)
from rnnvis_assets.checkpoint.training_task import PredictionSums
from rnnvis_assets.corpus.corpus import Corpus
from rnnvis_assets.network.recurrent_network import RecurrentNetwork, initialise
from tests.rnnvis_assets.checkpoint.small_runs import (
    CLASSES,
    FLOAT32,
    make_config,
    make_reviews,
    make_split,
    make_vocabulary,
)

CELLS = ("rnn", "lstm", "gru", "min_gru", "min_lstm", "mamba")


def make_network(**changes: object) -> RecurrentNetwork:
    network = RecurrentNetwork(make_config(**changes), vocabulary_size=12, num_outputs=2)
    initialise(network, seed=0, forget_bias=1.0)
    return network


def make_task(corpus: Corpus, **changes: object) -> ClassificationTask:
    return ClassificationTask(corpus, make_config(dropout={}, **changes), FLOAT32)


def generator(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


@given(st.lists(st.integers(1, 50), min_size=1, max_size=300), st.integers(1, 16))
def test_every_document_is_in_one_batch(lengths: list[int], batch_size: int) -> None:
    documents = np.arange(len(lengths))
    batches = draw_batches(documents, np.array(lengths), batch_size, generator())
    assert sorted(np.concatenate(batches).tolist()) == documents.tolist()
    assert max(map(len, batches)) <= batch_size


def test_batches_hold_documents_of_like_length() -> None:
    lengths = generator().integers(1, 1000, 400)
    batches = draw_batches(np.arange(400), lengths, 8, generator())
    assert np.mean([np.ptp(lengths[batch]) for batch in batches]) < 30


def test_epochs_differ_and_repeat() -> None:
    task, again = make_task(make_reviews()), make_task(make_reviews())
    first, second = ([b.tolist() for b in task._batches(epoch)] for epoch in (0, 1))
    assert first != second
    assert first == [batch.tolist() for batch in again._batches(0)]


def test_smaller_classes_are_repeated_evenly() -> None:
    labels = np.array([0] * 10 + [1] * 4 + [2] * 3, np.int32)
    counts = Counter(balance(labels, generator()).tolist())
    assert [sum(counts[i] for i in np.flatnonzero(labels == c)) for c in range(3)] == [10, 10, 10]
    assert {counts[i] for i in range(10)} == {1}
    assert {counts[i] for i in range(10, 14)} == {2, 3}


def test_oversampling_touches_the_training_split_alone() -> None:
    corpus = make_reviews()
    labels = corpus.splits["train"].labels
    task = make_task(corpus, class_balance="oversample")
    drawn = labels[np.concatenate(task._batches(0))]
    assert np.bincount(drawn).tolist() == [np.bincount(labels).max()] * 2


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("limit", [2, 3, 100])
def test_documents_are_read_as_if_alone(
    cell: str, limit: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(document_batches, "BACKPROPAGATION_LIMIT", limit)
    network = make_network(cell=cell).eval()
    documents = [torch.randint(12, (length,)) for length in (4, 1, 9, 2, 3)]
    hidden = read_documents(network, documents)
    for row, document in zip(hidden, documents, strict=True):
        alone, _ = network.read(document.unsqueeze(0), network.initial_state(1))
        torch.testing.assert_close(row, alone[0, -1])


def test_gradients_are_those_of_plain_pytorch() -> None:
    corpus, network = make_reviews(), make_network(dropout={})
    task, split = make_task(corpus), corpus.splits["train"]
    sums, _ = task.compute_gradients(network, 0, 1, ())
    got = {name: p.grad.clone() for name, p in network.named_parameters()}
    network.zero_grad()
    losses = []
    for document in task._batches(0)[1]:
        words = split.word_ids[slice(*split.sentence_offsets[document : document + 2])]
        words = torch.from_numpy(words.astype(np.int64))[None]
        hidden, _ = network.read(words, network.initial_state(1))
        label = torch.tensor([int(split.labels[document])])
        losses.append(functional.cross_entropy(network.decode(hidden[:, -1]), label))
    loss = torch.stack(losses).mean()
    loss.backward()
    assert sums.loss == pytest.approx(loss.item(), rel=1e-5)
    for name, parameter in network.named_parameters():
        torch.testing.assert_close(got[name], parameter.grad, rtol=1e-4, atol=1e-6)


@pytest.mark.slow
def test_document_of_100_000_words() -> None:
    words = generator().integers(12, size=100_003)
    split = make_split(words, np.array([100_000, 3]), np.array([0, 1], np.int32))
    splits = {"train": split, "validation": split, "test": split}
    corpus = Corpus("long", "classification", CLASSES, make_vocabulary(), splits)
    network = make_network(num_layers=1, cell="gru")
    sums, _ = make_task(corpus).compute_gradients(network, 0, 0, ())
    assert sums == PredictionSums(sums.loss_sum, 2, sums.correct, 100_003)
    assert all(p.grad.isfinite().all() for p in network.parameters())


def test_figures_by_hand() -> None:
    logits = torch.tensor([[2.0, 0.0], [0.0, 1.0], [3.0, 0.0], [0.0, 4.0]])
    labels = torch.tensor([0, 0, 0, 1])
    figures = classification_task._figures(logits, labels, CLASSES)
    margins = np.array([2.0, -1.0, 3.0, 4.0])
    assert figures["loss"] == pytest.approx(np.log1p(np.exp(-margins)).mean())
    assert figures["accuracy"] == 0.75
    assert figures["recall_bad"] == pytest.approx(2 / 3)
    assert figures["recall_good"] == 1.0
    assert figures["balanced_accuracy"] == pytest.approx(5 / 6)


def test_recall_of_a_class_without_documents_is_left_out() -> None:
    figures = classification_task._figures(torch.eye(2), torch.tensor([0, 0]), CLASSES)
    assert "recall_good" not in figures
    assert figures["balanced_accuracy"] == figures["recall_bad"] == 0.5
