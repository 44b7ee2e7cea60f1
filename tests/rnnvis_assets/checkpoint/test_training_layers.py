"""Layers read one by one are PyTorch's own layers, with what is dropped dropped."""

from collections.abc import Sequence
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from rnnvis_assets.checkpoint.hardware import Hardware
from rnnvis_assets.checkpoint.training_layers import TrainingLayers, dropout
from rnnvis_assets.configuration.model_config import Dropout
from rnnvis_assets.network.recurrent_network import RecurrentNetwork, initialise
from tests.rnnvis_assets.checkpoint.small_runs import BFLOAT16, FLOAT32, make_config

CELLS = ("rnn", "lstm", "gru")
LINEAR = ("min_gru", "min_lstm", "mamba")
STEPS, STREAMS, UNITS, SHARE = 5, 3, 8, 0.4


def make_network(cell: str) -> RecurrentNetwork:
    network = RecurrentNetwork(make_config(cell=cell), 12, 12)
    initialise(network, seed=3, forget_bias=1.0)
    return network


def make_inputs() -> Tensor:
    generator = torch.Generator().manual_seed(1)
    return torch.randn(STEPS, STREAMS, UNITS, generator=generator)


def read(
    cell: str, shares: dict[str, Any], hardware: Hardware = FLOAT32, seed: int = 7
) -> tuple[RecurrentNetwork, Tensor, tuple[Tensor, ...]]:
    network = make_network(cell)
    torch.manual_seed(seed)
    reader = TrainingLayers(Dropout.model_validate(shares), hardware)
    return network, *reader.read(network, make_inputs(), network.initial_state(STREAMS))


def expected_read(cell: str, masks: Sequence[Tensor]) -> tuple[Tensor, list[Tensor]]:
    """``nn.RNN`` and its kin, with the given masks over their weights from state to state."""
    network = make_network(cell)
    module: nn.RNNBase = network.rnn
    for (_, recurrent, *_), mask in zip(module.all_weights, masks, strict=True):
        recurrent.data.mul_(mask)
    module.dropout, module.batch_first = 0.0, False
    output, after = module(make_inputs())
    return output, list(after) if cell == "lstm" else [after]


@pytest.mark.parametrize("cell", CELLS)
def test_nothing_dropped_is_pytorch(cell: str) -> None:
    _, output, after = read(cell, {})
    expected, states = expected_read(cell, [torch.ones(())] * 2)
    torch.testing.assert_close(output, expected)
    torch.testing.assert_close(list(after), states)
    assert all(part.requires_grad for part in after)


@pytest.mark.parametrize("cell", LINEAR)
def test_linear_layers_read_as_the_network_does(cell: str) -> None:
    network, output, after = read(cell, {})
    expected, states = network.eval().run(
        make_inputs().transpose(0, 1), network.initial_state(STREAMS)
    )
    torch.testing.assert_close(output, expected.transpose(0, 1))
    torch.testing.assert_close(after, states)


@pytest.mark.parametrize("cell", LINEAR)
def test_a_cell_without_recurrent_weights_drops_none(cell: str) -> None:
    with pytest.raises(ValueError, match=f"recurrent_weights: found it for a {cell}, which has no"):
        make_config(cell=cell, dropout={"recurrent_weights": SHARE})


@pytest.mark.parametrize("cell", CELLS)
def test_dropped_weights_take_no_part_in_any_step(cell: str) -> None:
    network, output, _ = read(cell, {"recurrent_weights": SHARE})
    torch.manual_seed(7)
    masks = [dropout(torch.ones_like(w_hh), SHARE) for _, w_hh, *_ in network.rnn.all_weights]
    expected, _ = expected_read(cell, masks)
    torch.testing.assert_close(output, expected)
    output.sum().backward()
    for (_, w_hh, *_), mask in zip(network.rnn.all_weights, masks, strict=True):
        assert (w_hh.grad[mask == 0] == 0).all()
        assert (w_hh.grad[mask > 0] != 0).any()


@pytest.mark.parametrize("cell", CELLS + LINEAR)
def test_lowered_layers_are_near_and_drop_the_same_weights(cell: str) -> None:
    shares = {} if cell in LINEAR else {"recurrent_weights": SHARE}
    _, expected, _ = read(cell, shares)
    _, output, after = read(cell, shares, BFLOAT16)
    assert (output.float() - expected).norm() < 0.03 * expected.norm()
    assert all(part.dtype == torch.float32 for part in after)


def test_each_batch_drops_others() -> None:
    first, second = (read("gru", {"recurrent_weights": SHARE}, seed=seed)[1] for seed in (1, 2))
    assert not torch.allclose(first, second)


@pytest.mark.parametrize(("locked", "alike"), [(True, True), (False, False)])
def test_locked_dropout_between_layers_is_alike_at_all_steps(
    locked: bool, alike: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Seen by a second layer that passes on what it is given."""
    seen: list[Tensor] = []

    def pass_on(hidden: Tensor, *_: object, **__: object) -> tuple[Tensor, ...]:
        seen.append(hidden)
        return torch.ones_like(hidden), hidden[:1], hidden[:1]

    monkeypatch.setattr(torch, "lstm", pass_on)
    read("lstm", {"between_layers": SHARE, "locked": locked})
    dropped = seen[1] == 0
    assert dropped.any()
    assert not dropped.all()
    assert bool((dropped == dropped[0]).all()) is alike
