"""Gradients of several classifiers at once, compared with each by itself and with PyTorch's."""

from collections.abc import Sequence

import pytest
import torch
from torch import Tensor
from torch.nn import functional

from rnnvis_assets.checkpoint import document_batches
from rnnvis_assets.checkpoint.classification_task import read_documents
from rnnvis_assets.checkpoint.document_batches import DocumentBatch, add_gradients
from rnnvis_assets.network.recurrent_network import RecurrentNetwork, initialise
from tests.rnnvis_assets.checkpoint.small_runs import make_config

CELLS = ("rnn", "lstm", "gru")


def make_batch(cell: str, seed: int) -> DocumentBatch:
    """Up to ten documents for a network of two layers with dropout."""
    network = RecurrentNetwork(make_config(cell=cell), vocabulary_size=12, num_outputs=2)
    initialise(network, seed=seed, forget_bias=1.0)
    generator = torch.Generator().manual_seed(seed)
    lengths = torch.randint(1, 9, (4 + seed,), generator=generator).tolist()
    documents = [torch.randint(12, (length,), generator=generator) for length in lengths]
    labels = torch.randint(2, (len(documents),), generator=generator)
    return DocumentBatch(network, documents, labels, lambda: torch.random.fork_rng())


def gradients(batches: Sequence[DocumentBatch]) -> list[list[Tensor]]:
    return [[p.grad.clone() for p in batch.network.parameters()] for batch in batches]


def clear(batches: Sequence[DocumentBatch]) -> None:
    for batch in batches:
        batch.network.zero_grad()


@pytest.mark.parametrize("cell", CELLS)
def test_together_as_one_by_one(cell: str, monkeypatch: pytest.MonkeyPatch) -> None:
    batches = [make_batch(cell, seed) for seed in range(1, 5)]
    torch.manual_seed(7)
    together, found = add_gradients(batches), gradients(batches)
    clear(batches)
    alone = [sums for batch in batches for sums in add_gradients([batch])]
    torch.testing.assert_close(found, gradients(batches), rtol=1e-5, atol=1e-7)
    assert [sums.loss for sums in together] == pytest.approx([sums.loss for sums in alone])
    clear(batches)
    monkeypatch.setattr(document_batches, "_PLACES_TOGETHER", 1)
    assert add_gradients(batches) == alone


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("limit", [3, 100])
def test_dropout_and_gradients_are_those_of_torch(
    cell: str, limit: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(document_batches, "BACKPROPAGATION_LIMIT", limit)
    made = make_batch(cell, 3)
    batch = DocumentBatch(made.network, made.documents, made.labels)
    batch.network.train()
    torch.manual_seed(7)
    (sums,), (found,) = add_gradients([batch]), gradients([batch])
    clear([batch])
    torch.manual_seed(7)
    logits = batch.network.decode(read_documents(batch.network, batch.documents))
    loss = functional.cross_entropy(logits, batch.labels)
    loss.backward()
    assert sums.loss == pytest.approx(loss.item())
    assert sums.tokens == sum(map(len, batch.documents))
    torch.testing.assert_close(found, gradients([batch])[0], rtol=1e-4, atol=1e-6)
