"""Recurrent layers whose state is only scaled and added to, h_t = a_t h_(t-1) + b_t, by what their
inputs say: minGRU and minLSTM (Feng et al. 2024, "Were RNNs All We Needed?", sections 3.1 and 3.2).

The steps are taken one after the other, in one operation each, forward and back. A parallel scan of
35 steps x 20 streams x 200 units took seven times as long on the CPU, and one of 140 eleven times.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence, pad_packed_sequence


@dataclass(frozen=True)
class LinearCell:
    """A cell by its equations: ``coefficients`` are a, the keep gate, and b, float[..., units], of
    W x + b, float[..., blocks x units]."""

    blocks: int
    coefficients: Callable[[Tensor], tuple[Tensor, Tensor]]


def _min_gru(read: Tensor) -> tuple[Tensor, Tensor]:
    """a = 1 - z, b = z h', where z = sigmoid(W_z x) and h' = W_h x, in this order."""
    update, new = read.chunk(2, dim=-1)
    return torch.sigmoid(-update), torch.sigmoid(update) * new


def _min_lstm(read: Tensor) -> tuple[Tensor, Tensor]:
    """a = f / (f + i), b = i / (f + i) h', where f and i are sigmoids and h' = W_h x, in this
    order.

    f / (f + i) is the sigmoid of log f - log i, which is finite where both vanish.
    """
    forget, enter, new = read.chunk(3, dim=-1)
    ratio = functional.logsigmoid(forget) - functional.logsigmoid(enter)
    return torch.sigmoid(ratio), torch.sigmoid(-ratio) * new


LINEAR_CELLS: Mapping[str, LinearCell] = MappingProxyType({
    "min_gru": LinearCell(2, _min_gru),
    "min_lstm": LinearCell(3, _min_lstm),
})  # fmt: skip


class _Scan(torch.autograd.Function):
    """``scan`` as autograd sees it."""

    @staticmethod
    def forward(ctx: Any, keep: Tensor, added: Tensor, start: Tensor) -> Tensor:
        hidden = added.new_empty(len(added) + 1, *added.shape[1:])
        hidden[0] = start
        steps = hidden.unbind()
        for number, (kept, new) in enumerate(zip(keep.unbind(), added.unbind(), strict=True)):
            torch.addcmul(new, kept, steps[number], out=steps[number + 1])
        ctx.save_for_backward(keep, hidden)
        return hidden[1:]

    @staticmethod
    def backward(ctx: Any, outer: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        keep, hidden = ctx.saved_tensors
        gradient = outer.clone(memory_format=torch.contiguous_format)
        steps, kept = gradient.unbind(), keep.unbind()
        for number in range(len(steps) - 1, 0, -1):
            steps[number - 1].addcmul_(kept[number], steps[number])
        return gradient * hidden[:-1], gradient, kept[0] * steps[0]


def scan(keep: Tensor, added: Tensor, start: Tensor) -> Tensor:
    """h_t = keep_t h_(t-1) + added_t: float[steps, streams, units], from float[streams, units]."""
    scanned: Tensor = _Scan.apply(keep, added, start)  # type: ignore[no-untyped-call]
    return scanned


class LinearRecurrence(nn.Module):
    """Layers of a cell of ``LINEAR_CELLS``, used as ``nn.RNNBase`` is, ``batch_first``."""

    def __init__(
        self, cell: str, input_size: int, hidden_size: int, num_layers: int, dropout: float
    ) -> None:
        super().__init__()
        self.cell, self.hidden_size = LINEAR_CELLS[cell], hidden_size
        self.num_layers, self.dropout = num_layers, dropout
        rows = self.cell.blocks * hidden_size
        for layer in range(num_layers):
            columns = hidden_size if layer else input_size
            setattr(self, f"weight_ih_l{layer}", nn.Parameter(torch.zeros(rows, columns)))
            setattr(self, f"bias_ih_l{layer}", nn.Parameter(torch.zeros(rows)))

    @property
    def all_weights(self) -> list[list[Tensor]]:
        """weight_ih and bias_ih of each layer."""
        names = ("weight_ih", "bias_ih")
        return [[getattr(self, f"{n}_l{layer}") for n in names] for layer in range(self.num_layers)]

    def read_layer(
        self, layer: int, inputs: Tensor, start: tuple[Tensor, ...]
    ) -> tuple[Tensor, tuple[Tensor, ...]]:
        """h float[steps, streams, units] of float[steps, streams, inputs], in the precision of its
        start, float[streams, units], and its last step."""
        read = functional.linear(inputs, *self.all_weights[layer]).to(start[0].dtype)
        hidden = scan(*self.cell.coefficients(read), *start)
        return hidden, (hidden[-1],)

    def forward(self, inputs: Any, state: Tensor) -> tuple[Any, Tensor]:
        """The last layer's h of float[streams, steps, inputs] or a PackedSequence, in the same
        form, and every layer's after the last step, float[layers, streams, units]."""
        if not isinstance(inputs, PackedSequence):
            layers = list(self._layers(inputs.transpose(0, 1), state))
            return layers[-1].transpose(0, 1), torch.stack([hidden[-1] for hidden in layers])
        padded, lengths = pad_packed_sequence(inputs)
        layers, rows = list(self._layers(padded, state)), torch.arange(len(lengths))
        ends = torch.stack([hidden[lengths - 1, rows] for hidden in layers])
        return pack_padded_sequence(layers[-1], lengths, enforce_sorted=False), ends

    def _layers(self, hidden: Tensor, state: Tensor) -> Iterator[Tensor]:
        for layer, start in enumerate(state):
            if layer:
                hidden = functional.dropout(hidden, self.dropout, self.training)
            hidden, _ = self.read_layer(layer, hidden, (start,))
            yield hidden
