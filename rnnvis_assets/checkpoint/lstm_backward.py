"""One LSTM layer with a hand-written backward pass, for training on the CPU.

The same function as ``torch.nn.LSTM`` with the same weights, arranged for long matrix products:
the input projection of all steps is one product, and so is each weight's gradient; a step of
either pass is one product and a few element-wise operations. Gates and the cell state stay
float32; products run in ``precision``.

Gates stand in PyTorch's order (input, forget, cell, output) in weights and gradients.
"""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from rnnvis_assets.checkpoint.linear_cross_entropy import widen
from rnnvis_assets.network.recurrent_network import RecurrentNetwork

LayerWeights = Sequence[Tensor]
"""weight_ih [4H, inputs], weight_hh [4H, H], bias_ih [4H], bias_hh [4H], as in ``nn.LSTM``."""

_WORTHWHILE_UNITS = 400


def is_worthwhile(network: RecurrentNetwork) -> bool:
    """Whether this is faster than ``nn.LSTM``: it is where products outweigh their overhead."""
    return network.cell == "lstm" and network.rnn.hidden_size >= _WORTHWHILE_UNITS


def read_layer(
    inputs: Tensor, state: tuple[Tensor, Tensor], weights: LayerWeights, precision: torch.dtype
) -> tuple[Tensor, tuple[Tensor, Tensor]]:
    """Reads float[steps, batch, inputs] from ``state`` (h and c, float32[batch, H]).

    Returns h of all steps, in ``precision`` [steps, batch, H], and the state after the last. No
    gradient flows into ``state``, nor out of the returned one: truncated back-propagation.
    """
    hidden, last_hidden, last_cell = _Layer.apply(  # type: ignore[no-untyped-call]
        inputs, *state, *weights, precision
    )
    return hidden, (last_hidden, last_cell)


class _Layer(torch.autograd.Function):
    """Forward: h_t = o_t tanh(c_t), c_t = f_t c_{t-1} + i_t g_t (Hochreiter and Schmidhuber 1997,
    with the forget gate of Gers et al. 2000). Backward: the same, by the chain rule, last step
    first."""

    @staticmethod
    def forward(
        ctx: Any,
        inputs: Tensor,
        hidden: Tensor,
        cell: Tensor,
        weight_ih: Tensor,
        weight_hh: Tensor,
        bias_ih: Tensor,
        bias_hh: Tensor,
        precision: torch.dtype,
    ) -> tuple[Tensor, Tensor, Tensor]:
        steps, batch, _ = inputs.shape
        size = weight_hh.shape[1]
        x = widen(inputs.flatten(0, 1), torch.ones(()), precision)
        w_ih, w_hh = widen(weight_ih, bias_ih + bias_hh, precision), weight_hh.to(precision)
        projected = torch.mm(x, w_ih.t()).view(steps, batch, -1)
        hiddens = torch.empty(steps + 1, batch, size, dtype=precision)
        cells = torch.empty(steps + 1, batch, size)
        gates = torch.empty(steps, 4, batch, size)
        squashed = torch.empty(steps, batch, size)
        hiddens[0], cells[0] = hidden, cell
        _step_through(projected, w_hh.t(), hiddens, cells, gates, squashed)
        ctx.save_for_backward(inputs, x, w_ih, w_hh, hiddens, cells, gates, squashed)
        outcome = hiddens[1:], hiddens[-1].float(), cells[-1].clone()
        ctx.mark_non_differentiable(*outcome[1:])
        return outcome

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, hidden_gradient: Tensor, *_: Tensor) -> tuple[Tensor | None, ...]:
        inputs, x, w_ih, w_hh, hiddens, cells, gates, squashed = ctx.saved_tensors
        gate_gradient = _step_back(hidden_gradient, w_hh, cells, gates, squashed).flatten(0, 1)
        num_inputs = inputs.shape[2]
        input_gradient = torch.mm(gate_gradient, w_ih)[:, :num_inputs].view_as(inputs)
        w_ih_gradient = torch.mm(gate_gradient.t(), x).float()
        w_hh_gradient = torch.mm(gate_gradient.t(), hiddens[:-1].flatten(0, 1)).float()
        bias_gradient = w_ih_gradient[:, num_inputs]
        return (
            input_gradient.to(inputs.dtype),
            None,
            None,
            w_ih_gradient[:, :num_inputs].contiguous(),
            w_hh_gradient,
            bias_gradient.contiguous(),
            bias_gradient.contiguous(),
            None,
        )


def _step_through(
    projected: Tensor, w_hh: Tensor, hiddens: Tensor, cells: Tensor, gates: Tensor, squashed: Tensor
) -> None:
    """Fills h, c, the four gates and tanh(c) of every step, in place."""
    batch, size = cells.shape[1:]
    sums = torch.empty(batch, 4 * size, dtype=projected.dtype)
    by_gate = sums.view(batch, 4, size).transpose(0, 1)
    for x, h, h_next, c, c_next, gate, tanh_c in zip(
        projected.unbind(),
        hiddens[:-1].unbind(),
        hiddens[1:].unbind(),
        cells[:-1].unbind(),
        cells[1:].unbind(),
        gates.unbind(),
        squashed.unbind(),
        strict=True,
    ):
        torch.addmm(x, h, w_hh, out=sums)
        gate.copy_(by_gate)
        i, f, g, o = gate.unbind()
        gate[:2].sigmoid_()
        g.tanh_()
        o.sigmoid_()
        torch.mul(f, c, out=c_next).addcmul_(i, g)
        torch.tanh(c_next, out=tanh_c)
        torch.mul(o, tanh_c, out=h_next)


def _step_back(
    hidden_gradient: Tensor, w_hh: Tensor, cells: Tensor, gates: Tensor, squashed: Tensor
) -> Tensor:
    """Gradient of the gates' weighted sums: [steps, batch, 4H] in the precision of ``w_hh``."""
    steps, _, batch, size = gates.shape
    slopes, output_slope = _slopes(cells, gates, squashed)
    gradient = torch.empty(steps, batch, 4 * size, dtype=w_hh.dtype)
    by_gate = gradient.view(steps, batch, 4, size).transpose(1, 2)
    exact, dc = torch.empty(4, batch, size), torch.zeros(batch, size)
    dh = hidden_gradient[-1]
    for t in range(steps - 1, -1, -1):
        dh = dh.float()
        dc.addcmul_(dh, output_slope[t])
        torch.mul(dc, slopes[t, :3], out=exact[:3])
        torch.mul(dh, slopes[t, 3], out=exact[3])
        by_gate[t].copy_(exact)
        dc.mul_(gates[t, 1])
        if t:
            dh = torch.addmm(hidden_gradient[t - 1], gradient[t], w_hh)
    return gradient


def _slopes(cells: Tensor, gates: Tensor, squashed: Tensor) -> tuple[Tensor, Tensor]:
    """Derivatives by the gates' weighted sums, [steps, 4, batch, H]: of c for the first three, of h
    for the output gate; and of h by c, [steps, batch, H]."""
    i, _, g, o = gates.unbind(1)
    slopes = torch.addcmul(gates, gates, gates, value=-1)
    slopes[:, 0] *= g
    slopes[:, 1] *= cells[:-1]
    torch.addcmul(i, i, g * g, value=-1, out=slopes[:, 2])
    slopes[:, 3] *= squashed
    return slopes, torch.addcmul(o, o, squashed * squashed, value=-1)
