"""Streams lose no word, gradients are those of plain PyTorch, evaluation counts every target."""

import itertools
import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn import functional

from rnnvis_assets.checkpoint import language_model_task
from rnnvis_assets.checkpoint.language_model_task import (
    LanguageModelTask,
    cut_steps,
    cut_streams,
    evaluate_loss,
)
from rnnvis_assets.configuration.model_config import training_settings
from rnnvis_assets.network.recurrent_network import (
    RecurrentNetwork,
    initialise,
    perplexity,
)
from tests.rnnvis_assets.checkpoint.small_runs import BFLOAT16, FLOAT32, make_config, make_text
from warehouse.errors import TrainingError

CELLS = ("rnn", "lstm", "gru", "min_gru", "min_lstm", "mamba")


def make_network(words: int = 12, **changes: object) -> RecurrentNetwork:
    network = RecurrentNetwork(make_config(**changes), words, words)
    initialise(network, seed=0, forget_bias=1.0)
    return network


@given(st.integers(2, 200), st.integers(1, 20))
def test_every_pair_of_neighbours_once_and_in_order(tokens: int, num_streams: int) -> None:
    streams = cut_streams(np.arange(tokens, dtype=np.int32), num_streams)
    known = streams.targets.t() >= 0
    assert streams.inputs.t()[known].tolist() == list(range(tokens - 1))
    assert streams.targets.t()[known].tolist() == list(range(1, tokens))
    assert known.sum(1).max() - known.sum(1).min() <= 1
    assert streams.num_targets == tokens - 1


@pytest.mark.parametrize("tokens", [0, 1])
def test_text_without_a_next_word(tokens: int) -> None:
    with pytest.raises(TrainingError, match=f"a split of {tokens} tokens"):
        cut_streams(np.zeros(tokens, np.int32), 2)


@given(st.integers(1, 300), st.integers(1, 40))
def test_steps_cover_the_streams_evenly(length: int, longest: int) -> None:
    parts = cut_steps(length, longest)
    sizes = [part.stop - part.start for part in parts]
    assert sum(sizes) == length
    assert [part.start for part in parts[1:]] == [part.stop for part in parts[:-1]]
    assert max(sizes) <= longest
    assert max(sizes) - min(sizes) <= 1
    assert len(parts) == math.ceil(length / longest)


def expected_gradients(
    network: RecurrentNetwork, corpus, config, batches: int
) -> tuple[float, dict[str, torch.Tensor]]:
    """Loss and gradients of the last of some batches: plain autograd, no dropout."""
    streams = cut_streams(corpus.splits["train"].word_ids, config.training.batch_size)
    state = network.initial_state(streams.inputs.shape[1])
    for part in cut_steps(len(streams.inputs), config.training.steps)[:batches]:
        network.zero_grad()
        hidden, state = network.read(streams.inputs[part].t(), state)
        logits = network.decode(hidden).flatten(0, 1)
        targets = streams.targets[part].t().flatten()
        loss = functional.cross_entropy(logits, targets, ignore_index=-1)
        loss.backward()
        state = tuple(tensor.detach() for tensor in state)
    return loss.item(), {name: p.grad.clone() for name, p in network.named_parameters()}


@pytest.mark.slow
@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("tied", [True, False])
def test_gradients_of_truncated_back_propagation(cell: str, tied: bool) -> None:
    corpus, config = make_text(), make_config(cell=cell, tied_embedding=tied, dropout={})
    task, state = LanguageModelTask(corpus, config, FLOAT32), ()
    network = make_network(cell=cell, tied_embedding=tied, dropout={})
    expected_loss, expected = expected_gradients(network, corpus, config, task.batches_per_epoch)
    for number in range(task.batches_per_epoch):
        network.zero_grad()
        sums, state = task.compute_gradients(network, 0, number, state)
    assert sums.loss == pytest.approx(expected_loss, rel=1e-5)
    for name, parameter in network.named_parameters():
        torch.testing.assert_close(parameter.grad, expected[name], rtol=1e-4, atol=1e-6)


def test_gradients_in_bfloat16_are_near() -> None:
    corpus, config = make_text(), make_config(dropout={})
    task, network = LanguageModelTask(corpus, config, BFLOAT16), make_network(dropout={})
    _, expected = expected_gradients(network, corpus, config, 1)
    network.zero_grad()
    task.compute_gradients(network, 0, 0, ())
    for name, parameter in network.named_parameters():
        assert (parameter.grad - expected[name]).norm() < 0.05 * expected[name].norm() + 1e-4


def test_a_cell_penalty_adds_the_gradient_of_c_after_the_batch() -> None:
    corpus, config = make_text(), make_config(dropout={}, cell_penalty=0.3)
    network, plain = make_network(dropout={}), make_network(dropout={})
    loss, expected = expected_gradients(plain, corpus, config, 1)
    plain.zero_grad()
    streams = cut_streams(corpus.splits["train"].word_ids, config.training.batch_size)
    part = cut_steps(len(streams.inputs), config.training.steps)[0]
    _, (_, cell) = plain.read(streams.inputs[part].t(), plain.initial_state(len(streams.inputs[0])))
    penalty = 0.3 * sum((layer**2).mean() for layer in cell)
    penalty.backward()
    network.zero_grad()
    sums, after = LanguageModelTask(corpus, config, FLOAT32).compute_gradients(network, 0, 0, ())
    assert sums.loss == pytest.approx(loss, rel=1e-5)
    assert not any(state.requires_grad for state in after)
    for name, parameter in network.named_parameters():
        added = dict(plain.named_parameters())[name].grad
        total = expected[name] + (0 if added is None else added)
        torch.testing.assert_close(parameter.grad, total, rtol=1e-4, atol=1e-6)


def test_only_an_lstm_has_a_cell_to_penalise() -> None:
    with pytest.raises(ValueError, match="cell_penalty: found it for a gru, expected an lstm"):
        make_config(cell="gru", cell_penalty=0.1)


def test_a_training_without_a_penalty_is_described_as_before_there_was_one() -> None:
    assert "cell_penalty" not in training_settings(make_config())["training"]
    assert training_settings(make_config(cell_penalty=0.1))["training"]["cell_penalty"] == 0.1


def test_an_epoch_trains_on_every_target() -> None:
    corpus, config = make_text(tokens=302), make_config()
    task, network, state = LanguageModelTask(corpus, config, FLOAT32), make_network(), ()
    total = 0
    for number in range(task.batches_per_epoch):
        sums, state = task.compute_gradients(network, 0, number, state)
        total += sums.predictions
    assert total == 301


def naive_loss(network: RecurrentNetwork, word_ids: np.ndarray) -> float:
    """One stream, one word at a time, in float64."""
    network = network.double().eval()
    state = tuple(part.double() for part in network.initial_state(1))
    losses = []
    for word, target in itertools.pairwise(word_ids):
        hidden, state = network.read(torch.tensor([[int(word)]]), state)
        log_probabilities = network.decode(hidden[0, 0]).log_softmax(0)
        losses.append(-log_probabilities[int(target)].item())
    return float(np.mean(losses))


@pytest.mark.slow
@pytest.mark.parametrize("cell", CELLS)
def test_evaluation_of_one_stream(cell: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(language_model_task, "EVALUATION_STREAMS", 1)
    monkeypatch.setattr(language_model_task, "_EVALUATION_STEPS", 7)
    network = make_network(cell=cell).eval()
    words = make_text().splits["test"].word_ids
    with torch.no_grad():
        assert evaluate_loss(network, words) == pytest.approx(naive_loss(network, words), rel=1e-5)


def test_evaluation_weighs_streams_of_unequal_length_by_their_words(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(language_model_task, "EVALUATION_STREAMS", 3)
    network, words = make_network().eval(), make_text().splits["test"].word_ids[:12]
    pieces = [words[0:5], words[4:9], words[8:12]]
    with torch.no_grad():
        got = evaluate_loss(network, words)
        losses = [naive_loss(network, piece) for piece in pieces]
    assert got == pytest.approx((4 * losses[0] + 4 * losses[1] + 3 * losses[2]) / 11, rel=1e-5)


def test_perplexity() -> None:
    assert perplexity(math.log(50)) == pytest.approx(50)
    assert perplexity(1e6) == math.inf
