import numpy as np
import pytest
import torch

from rnnvis_assets.glyphs.contributions import contributions, running_probabilities
from rnnvis_assets.glyphs.network_predictions import choose_classes, predict_words
from rnnvis_assets.network.expected_words import NUM_TOP_WORDS
from rnnvis_assets.network.recurrent_network import RecurrentNetwork
from tests.rnnvis_assets.checkpoint.small_runs import make_config

UNITS = 6


def make_network(outputs: int, *, tied: bool = False) -> RecurrentNetwork:
    torch.manual_seed(0)
    shape = {"embedding_size": UNITS, "hidden_size": UNITS, "num_layers": 1}
    config = make_config(cell="gru", tied_embedding=tied, **shape)
    network = RecurrentNetwork(config, outputs, outputs)
    for parameter in network.parameters():
        torch.nn.init.normal_(parameter)
    return network.eval()


def make_hidden(steps: int) -> np.ndarray:
    return np.random.default_rng(0).uniform(-1, 1, (steps, UNITS)).astype(np.float32)


def softmax(network: RecurrentNetwork, hidden: np.ndarray) -> np.ndarray:
    weight = network.output_weight.detach().numpy().astype(np.float64)
    exponents = np.exp(hidden @ weight.T + network.decoder.bias.detach().numpy())
    return exponents / exponents.sum(axis=1, keepdims=True)


@pytest.mark.parametrize("tied", [True, False])
@pytest.mark.parametrize("logits_at_once", [1, 30, 2**24])
def test_next_words_have_the_softmaxs_probabilities(tied: bool, logits_at_once: int) -> None:
    network, hidden = make_network(9, tied=tied), make_hidden(8)
    following = np.array([3, 0, 8, 8, 1, 2, 5, 7], np.int32)
    found = predict_words(network.output_layer, hidden, following, logits_at_once=logits_at_once)
    expected = softmax(network, hidden)
    np.testing.assert_allclose(
        np.exp(found.log_probabilities), expected[np.arange(8), following], rtol=1e-5
    )
    order = np.argsort(-expected, axis=1)[:, :NUM_TOP_WORDS]
    np.testing.assert_array_equal(found.top_words, order)
    probabilities = np.take_along_axis(expected, order, axis=1)
    np.testing.assert_allclose(found.top_probabilities, probabilities, rtol=1e-5)


@pytest.mark.parametrize("logits_at_once", [18, 27, 2**24])
def test_nothing_follows_the_last_word(logits_at_once: int) -> None:
    network, hidden = make_network(9), make_hidden(4)
    words = np.array([1, 2, 3], np.int32)
    found = predict_words(network.output_layer, hidden, words, logits_at_once=logits_at_once)
    assert found.log_probabilities.shape == (3,)
    assert found.top_words.shape == (4, NUM_TOP_WORDS)


def test_a_text_of_one_word_predicts_without_a_target() -> None:
    found = predict_words(make_network(9).output_layer, make_hidden(1), np.array([], np.int32))
    assert found.log_probabilities.shape == (0,)
    assert found.top_words.shape == (1, NUM_TOP_WORDS)


def test_a_small_vocabulary_has_fewer_likeliest_words() -> None:
    found = predict_words(make_network(3).output_layer, make_hidden(4), np.zeros(4, np.int32))
    np.testing.assert_allclose(found.top_probabilities.sum(axis=1), 1, rtol=1e-5)


@pytest.mark.parametrize("documents", [5, 0])
def test_the_class_chosen_is_the_likeliest(documents: int) -> None:
    network, hidden = make_network(3), make_hidden(documents)
    found, expected = (
        choose_classes(network.output_layer.decode(torch.tensor(hidden)).detach().numpy()),
        softmax(network, hidden),
    )
    np.testing.assert_array_equal(found.predicted, expected.argmax(axis=1))
    np.testing.assert_allclose(found.probabilities, expected.max(axis=1), rtol=1e-5)


def test_contributions_add_up_to_the_logits_less_the_bias() -> None:
    network, hidden = make_network(3), make_hidden(7)
    changes = np.diff(hidden, axis=0, prepend=np.zeros((1, UNITS), np.float32))
    weight = network.output_weight.detach().numpy()
    found = contributions(weight, changes)
    for step in range(7):
        for index in range(3):
            expected = sum(weight[index, unit] * changes[step, unit] for unit in range(UNITS))
            assert found[step, index] == pytest.approx(expected, rel=1e-4, abs=1e-6)
    logits = network.decode(torch.tensor(hidden[-1])).detach().numpy()
    bias = network.decoder.bias.detach().numpy()
    np.testing.assert_allclose(found.sum(axis=0), logits - bias, rtol=1e-5, atol=1e-5)


def test_running_probabilities_by_hand() -> None:
    """Log odds of 0, then ln 3; large logits do not overflow."""
    added = np.array([[0, 0.5], [np.log(3), 0]], np.float32)
    found = running_probabilities(added, np.array([0.5, 0], np.float32))
    np.testing.assert_allclose(found, [[0.5, 0.5], [0.75, 0.25]], rtol=1e-6)
    large = running_probabilities(np.array([[1000, -1000]], np.float32), np.zeros(2, np.float32))
    np.testing.assert_array_equal(large, [[1, 0]])
