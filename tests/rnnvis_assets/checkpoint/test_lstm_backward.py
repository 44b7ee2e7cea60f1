"""The hand-written layer is ``torch.nn.LSTM``, forward and backward."""

import pytest
import torch
from torch import nn

from rnnvis_assets.checkpoint.lstm_backward import read_layer

STEPS, BATCH, INPUTS, UNITS = 7, 3, 4, 6
Figures = dict[str, torch.Tensor]


def make_layer() -> tuple[nn.LSTM, torch.Tensor, torch.Tensor, torch.Tensor]:
    torch.manual_seed(0)
    layer = nn.LSTM(INPUTS, UNITS)
    for weights in layer.parameters():
        nn.init.normal_(weights, std=0.7)
    inputs = torch.randn(STEPS, BATCH, INPUTS)
    return layer, inputs, torch.randn(BATCH, UNITS), torch.randn(BATCH, UNITS)


def collect(layer: nn.LSTM, inputs: torch.Tensor, output: torch.Tensor, state) -> Figures:
    """Outputs, and the gradients of a sum that weights every output differently."""
    weights = torch.linspace(-1, 1, output.numel()).view_as(output)
    layer.zero_grad()
    (output.float() * weights).sum().backward()
    gradients = {name: p.grad.clone() for name, p in layer.named_parameters()}
    return {"output": output, "h": state[0], "c": state[1], "inputs": inputs.grad, **gradients}


def ours(precision: torch.dtype) -> Figures:
    layer, inputs, hidden, cell = make_layer()
    inputs.requires_grad_()
    output, state = read_layer(inputs, (hidden, cell), layer.all_weights[0], precision)
    return collect(layer, inputs, output, state)


def expected() -> Figures:
    layer, inputs, hidden, cell = make_layer()
    inputs.requires_grad_()
    output, state = layer(inputs, (hidden[None], cell[None]))
    return collect(layer, inputs, output, [part[0] for part in state])


@pytest.mark.parametrize("name", expected())
def test_agrees_with_pytorch(name: str) -> None:
    torch.testing.assert_close(ours(torch.float32)[name], expected()[name], rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", expected())
def test_bfloat16_is_near(name: str) -> None:
    got, exact = ours(torch.bfloat16)[name].float(), expected()[name]
    assert (got - exact).norm() < 0.03 * exact.norm()


def test_state_is_carried_on_and_cut_from_the_graph() -> None:
    layer, inputs, hidden, cell = make_layer()
    weights = layer.all_weights[0]
    whole, _ = read_layer(inputs, (hidden, cell), weights, torch.float32)
    _, state = read_layer(inputs[:3], (hidden, cell), weights, torch.float32)
    rest, _ = read_layer(inputs[3:], state, weights, torch.float32)
    torch.testing.assert_close(rest, whole[3:])
    assert not any(part.requires_grad for part in state)
