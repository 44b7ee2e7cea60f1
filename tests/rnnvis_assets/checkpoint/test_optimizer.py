"""Learning rates over time, gradient norms and clipping."""

import pytest
import torch

from rnnvis_assets.checkpoint.optimizer import Optimisation, learning_rate_share
from rnnvis_assets.configuration.model_config import Schedule
from rnnvis_assets.network.recurrent_network import RecurrentNetwork, initialise
from tests.rnnvis_assets.checkpoint.small_runs import make_config


def make_network() -> RecurrentNetwork:
    network = RecurrentNetwork(make_config(), vocabulary_size=12, num_outputs=12)
    initialise(network, seed=0, forget_bias=1.0)
    for index, parameter in enumerate(network.parameters()):
        parameter.grad = torch.full_like(parameter, 0.1 * (index + 1))
    return network


def rates(kind: str, steps: int = 100, warmup: float = 0.3) -> list[float]:
    schedule = Schedule(kind=kind, warmup_share=warmup)
    return [learning_rate_share(schedule, step, steps) for step in range(steps)]


def test_constant() -> None:
    assert set(rates("constant")) == {1.0}


def test_cosine_falls_from_the_peak_towards_zero() -> None:
    got = rates("cosine")
    assert got[0] == 1
    assert got[50] == pytest.approx(0.5)
    assert got == sorted(got, reverse=True)
    assert got[-1] < 0.001


def test_one_cycle_rises_and_falls() -> None:
    got = rates("one_cycle")
    assert got[0] == pytest.approx(1 / 25)
    assert got[15] == pytest.approx((1 + 1 / 25) / 2)
    assert got[30] == 1
    assert got[65] == pytest.approx(0.5, abs=1e-3)
    assert got[-1] < 0.002
    assert got[:31] == sorted(got[:31])
    assert got[30:] == sorted(got[30:], reverse=True)


@pytest.mark.parametrize("steps", [1, 2, 3, 10])
@pytest.mark.parametrize("warmup", [0.0, 0.1, 0.5, 0.99])
def test_one_cycle_of_any_length(steps: int, warmup: float) -> None:
    assert all(0 < rate <= 1 for rate in rates("one_cycle", steps, warmup))


def test_norms_of_groups() -> None:
    network = make_network()
    optimisation = Optimisation(network, make_config().training, total_steps=10)
    norms = optimisation.gradient_norms()
    for group in ("embedding", "rnn", "decoder"):
        numbers = torch.cat(
            [p.grad.ravel() for name, p in network.named_parameters() if name.startswith(group)]
        )
        assert norms[f"gradient_norm_{group}"] == pytest.approx(numbers.norm().item(), rel=1e-5)
    everything = torch.cat([p.grad.ravel() for p in network.parameters()])
    assert norms["gradient_norm"] == pytest.approx(everything.norm().item(), rel=1e-5)


@pytest.mark.parametrize(("clipping", "expected"), [(0.5, 0.5), (1e9, None)])
def test_clipping(clipping: float, expected: float | None) -> None:
    """A step of plain SGD at rate 1 moves the weights by the clipped gradient."""
    network = make_network()
    before = {name: p.detach().clone() for name, p in network.named_parameters()}
    training = make_config(
        optimizer="sgd",
        learning_rate=1.0,
        gradient_clipping=clipping,
        schedule={"kind": "constant"},
    ).training
    optimisation = Optimisation(network, training, total_steps=10)
    norm = optimisation.gradient_norms()["gradient_norm"]
    optimisation.step(0, norm)
    moved = torch.cat([(p - before[name]).ravel() for name, p in network.named_parameters()])
    assert moved.norm().item() == pytest.approx(expected or norm, rel=1e-3)


def test_plateau_lowers_the_rate_after_patience() -> None:
    schedule = {"kind": "plateau", "factor": 0.5, "patience": 1}
    training = make_config(learning_rate=0.1, schedule=schedule).training
    optimisation = Optimisation(make_network(), training, total_steps=10)
    seen = []
    for loss in (3.0, 2.0, 2.5, 2.5, 1.0):
        optimisation.end_epoch(loss)
        seen.append(optimisation.learning_rate)
    assert seen == pytest.approx([0.1, 0.1, 0.1, 0.05, 0.05])
