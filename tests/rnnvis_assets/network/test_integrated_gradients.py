"""Integrated gradients: completeness, a linear network by hand, words that change nothing."""

from functools import partial

import numpy as np
import pytest
import torch

from rnnvis_assets.network.integrated_gradients import integrated_gradients, of_first_documents
from rnnvis_assets.network.recurrent_network import RecurrentNetwork
from tests.rnnvis_assets.checkpoint.small_runs import make_config

CLASSES, WORDS, UNITS = 3, 20, 6


def make_classifier(cell: str, num_layers: int = 1) -> RecurrentNetwork:
    torch.manual_seed(3)
    shape = {"embedding_size": 4, "hidden_size": UNITS, "num_layers": num_layers}
    network = RecurrentNetwork(make_config(cell=cell, **shape), WORDS, CLASSES)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.normal_(0, 0.6)
    return network.eval()


def logits(network: RecurrentNetwork, embedded: torch.Tensor) -> np.ndarray:
    with torch.no_grad():
        hidden, _ = network.run(embedded, network.initial_state(len(embedded)))
        return network.decode(hidden[:, -1]).double().numpy()


@pytest.mark.parametrize(
    ("cell", "num_layers"), [("gru", 1), ("lstm", 2), ("rnn", 1), ("min_gru", 2)]
)
def test_they_add_up_to_the_difference_of_the_logits_the_closer_the_more_steps(
    cell: str, num_layers: int
) -> None:
    network = make_classifier(cell, num_layers)
    word_ids = torch.tensor([[1, 5, 2, 9, 7], [4, 4, 0, 3, 8]])
    embedded = network.embedding(word_ids).detach()
    difference = logits(network, embedded) - logits(network, torch.zeros_like(embedded))
    gaps = [
        np.abs(integrated_gradients(network, word_ids, steps).sum(axis=1) - difference).max()
        for steps in (1, 12, 300)
    ]
    assert gaps[2] < 1e-4 < gaps[0]
    assert gaps[1] < 0.02 * np.abs(difference).max()


def test_of_a_linear_network_they_are_the_parts_of_the_logits() -> None:
    """A vanilla RNN of small weights is linear: a word adds D U^k W x, k words before the end."""
    network = make_classifier("rnn")
    with torch.no_grad():
        for parameter in network.rnn.parameters():
            parameter.mul_(0.02 if parameter.dim() > 1 else 0)
    w_ih, w_hh = (
        getattr(network.rnn, name).detach().double().numpy()
        for name in ("weight_ih_l0", "weight_hh_l0")
    )
    x = network.embedding.weight.detach().double().numpy()[[1, 5, 2]]
    decoder = network.output_weight.detach().double().numpy()
    expected = [
        decoder @ np.linalg.matrix_power(w_hh, 2 - place) @ w_ih @ x[place] for place in range(3)
    ]
    found = integrated_gradients(network, torch.tensor([[1, 5, 2]]))[0]
    np.testing.assert_allclose(found, expected, rtol=0.02, atol=1e-5)


def test_of_a_corpus_the_first_whole_documents_are_read() -> None:
    network = make_classifier("gru")
    word_ids = np.array([1, 2, 3, 4, 5, 6, 7, 8, 9], np.int32)
    offsets = np.array([0, 2, 2, 4, 7, 9])
    read = partial(integrated_gradients, network)
    found = of_first_documents(read, CLASSES, word_ids, offsets, most=8)
    assert found.shape == (7, CLASSES)
    for start, stop in ((0, 2), (2, 4), (4, 7)):
        words = torch.tensor(word_ids[start:stop].astype(np.int64))[None]
        np.testing.assert_allclose(
            found[start:stop], integrated_gradients(network, words)[0], atol=1e-5
        )
    assert of_first_documents(read, CLASSES, word_ids, offsets, most=1).shape == (0, CLASSES)
    assert len(of_first_documents(read, CLASSES, word_ids, offsets)) == 9


def test_documents_do_not_depend_on_each_other_and_a_zero_word_adds_nothing() -> None:
    network = make_classifier("gru")
    with torch.no_grad():
        network.embedding.weight[6] = 0
    both = integrated_gradients(network, torch.tensor([[1, 6, 2], [3, 4, 5]]))
    single = integrated_gradients(network, torch.tensor([[1, 6, 2]]))
    np.testing.assert_allclose(both[:1], single, atol=1e-5)
    np.testing.assert_array_equal(both[0, 1], 0)
    assert both.dtype == np.float32
