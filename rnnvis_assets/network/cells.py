"""One recurrent layer, stepped by hand, because ``torch.nn`` returns neither c nor the gates.

The equations are those of ``torch.nn.RNN``, ``LSTM`` and ``GRU``, float32. With weights transposed
once, the CPU takes within 10 % of the time of ``nn.LSTM`` (2 x 600, 64 streams); packing them for
oneDNN was no faster. On a trained 2 x 128 LSTM, 80,000 tokens, h was at most 2.5e-6 from h in
float64, and that of ``nn.LSTM`` 4.4e-6.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import ClassVar

import torch
from torch import Tensor

from rnnvis_assets.configuration.cell_kinds import CELLS
from rnnvis_assets.network.linear_recurrence import LINEAR_CELLS
from rnnvis_assets.network.recurrent_network import OutputLayer, RecurrentNetwork
from warehouse.recording_schema import LayerShape, stacked_layers

Views = Mapping[str, Tensor]
"""Tensors by recorded array's name."""


STEPS_OF_A_PRODUCT, ROWS_OF_A_PRODUCT = 8, 128
"""The fewest steps, and words (steps x streams), whose inputs are multiplied in one product.

A product of few streams waits for its weights: with 16 streams of 600 units this saves a fifth of
the time, with 64 nothing, and products of more steps no longer fit the cache. A single sentence
takes one product instead of three, a sixth of the time to read 17 words through 2,000 units."""


class RecurrentLayer(ABC):
    """The weights of one layer, and how it steps from one state to the next.

    ``cell`` is its name in ``CELLS``, which says what it records (``arrays``) and carries on
    (``states``).
    """

    cell: ClassVar[str]
    arrays: ClassVar[tuple[str, ...]]
    states: ClassVar[tuple[str, ...]]

    def __init_subclass__(cls) -> None:
        cls.arrays, cls.states = CELLS[cls.cell].arrays, CELLS[cls.cell].states

    def __init__(self, weights: Sequence[Tensor]) -> None:
        """``weights``: weight_ih, weight_hh, bias_ih, bias_hh, as ``nn.RNNBase`` has them."""
        weight_ih, weight_hh, bias_ih, bias_hh = (weight.detach() for weight in weights)
        self.units = weight_hh.shape[1]
        self.weight_ih = weight_ih.t().contiguous()
        self.weight_hh = weight_hh.t().contiguous()
        self.bias_ih, self.bias_hh = bias_ih, bias_hh

    def size_of(self, _array: str) -> int:
        """Values a step of an array."""
        return self.units

    @abstractmethod
    def step(self, read: Tensor, before: Sequence[Tensor], after: Views) -> None:
        """Takes W x + b, float[streams, gates x units] to be overwritten, and the states before;
        fills the states after and the gate."""

    def run(
        self, inputs: Tensor, starts: Tensor, before: Sequence[Tensor], out: Views
    ) -> list[Tensor]:
        """Steps through float[streams, steps, inputs] and fills ``out`` (the same, units wide).

        ``starts``: bool[streams, steps], on the CPU, true where a sequence begins: there the state
        before is zero. ``before``: float[streams, units] a state. Returns the states after the last
        step, in memory of their own.
        """
        restarts = starts.any(dim=0).tolist()
        masks = starts.to(inputs.device).unsqueeze(2).unbind(1)
        views = zip(*(out[name].unbind(1) for name in self.arrays), strict=True)
        for step, (read, arrays) in enumerate(zip(self.read_inputs(inputs), views, strict=True)):
            after = dict(zip(self.arrays, arrays, strict=True))
            if restarts[step]:
                before = [state.masked_fill(masks[step], 0.0) for state in before]
            self.step(read, before, after)
            for name, state in zip(self.states, before, strict=True):
                torch.sub(after[name], state, out=after[f"{name}_delta"])
            before = [after[name] for name in self.states]
        return [state.clone() for state in before]

    def read_inputs(self, inputs: Tensor) -> Iterator[Tensor]:
        """W x + b, float[streams, gates x units], step by step, of [streams, steps, inputs]."""
        streams, _, size = inputs.shape
        at_once = max(STEPS_OF_A_PRODUCT, ROWS_OF_A_PRODUCT // streams)
        for steps in torch.split(inputs, at_once, dim=1):
            by_step = steps.transpose(0, 1).reshape(-1, size)
            read = torch.addmm(self.bias_ih, by_step, self.weight_ih)
            yield from torch.unflatten(read, 0, (steps.shape[1], streams)).unbind()


class TanhLayer(RecurrentLayer):
    """h = tanh(W x + b + U h + b')."""

    cell = "rnn"

    def __init__(self, weights: Sequence[Tensor]) -> None:
        super().__init__(weights)
        self.bias_ih = self.bias_ih + self.bias_hh

    def step(self, read: Tensor, before: Sequence[Tensor], after: Views) -> None:
        (hidden,) = before
        torch.tanh(read.addmm_(hidden, self.weight_hh), out=after["hidden"])


class ReluLayer(TanhLayer):
    """h = max(0, W x + b + U h + b')."""

    cell = "rnn_relu"

    def step(self, read: Tensor, before: Sequence[Tensor], after: Views) -> None:
        (hidden,) = before
        torch.clamp(read.addmm_(hidden, self.weight_hh), min=0, out=after["hidden"])


class LstmLayer(RecurrentLayer):
    """c = f c + i g, h = o tanh(c); the keep gate is f.

    f is computed as 1 - sigmoid(-x). Near 1 that is rounded once, where sigmoid(x) is rounded
    twice, and f's error times a large c adds up step by step: this halves the distance to c in
    float64.
    """

    cell = "lstm"

    def __init__(self, weights: Sequence[Tensor]) -> None:
        # PyTorch's order is i, f, g, o; here one call squashes i, -f and o.
        def reordered(weight: Tensor) -> Tensor:
            i, f, g, o = weight.chunk(4)
            return torch.cat([i, -f, o, g])

        super().__init__([reordered(weight) for weight in weights])
        self.bias_ih = self.bias_ih + self.bias_hh
        self.one = torch.ones_like(self.bias_ih[0])

    def step(self, read: Tensor, before: Sequence[Tensor], after: Views) -> None:
        o = self.step_cell(read, before, after)
        self.emit(o, after["cell"].tanh(), after)

    def emit(self, o: Tensor, cell_output: Tensor, after: Views) -> None:
        """Fills h from the output gate and tanh(c)."""
        torch.mul(o, cell_output, out=after["hidden"])

    def step_cell(self, read: Tensor, before: Sequence[Tensor], after: Views) -> Tensor:
        """The first half of ``step``: fills c and the keep gate; returns o."""
        hidden, cell = before
        gates = read.addmm_(hidden, self.weight_hh)
        gates[:, : 3 * self.units].sigmoid_()
        i, forgotten, o, g = gates.chunk(4, dim=1)
        torch.sub(self.one, forgotten, out=after["keep_gate"])
        torch.mul(i, g.tanh_(), out=after["cell"])
        after["cell"].addcmul_(after["keep_gate"], cell)
        return o


class ProjectedLstmLayer(LstmLayer):
    """An LSTM whose h is a projection, h = P (o tanh(c)), and so of another size than c (Sak et
    al. 2014; ``proj_size``)."""

    cell = "lstm_projected"

    def __init__(self, weights: Sequence[Tensor]) -> None:
        """``weights``: those of an LSTM, then weight_hr."""
        *lstm, weight_hr = weights
        super().__init__(lstm)
        self.units = weight_hr.shape[1]
        self.weight_hr = weight_hr.detach().t().contiguous()

    def size_of(self, array: str) -> int:
        return self.weight_hr.shape[1] if array.startswith("hidden") else self.units

    def emit(self, o: Tensor, cell_output: Tensor, after: Views) -> None:
        after["hidden"].copy_(torch.mm(o * cell_output, self.weight_hr))


class GruLayer(RecurrentLayer):
    """h = (1 - z) n + z h, PyTorch's convention; the keep gate is z."""

    cell = "gru"

    def step(self, read: Tensor, before: Sequence[Tensor], after: Views) -> None:
        (hidden,) = before
        kept = torch.addmm(self.bias_hh, hidden, self.weight_hh)
        read_r, read_z, read_n = read.chunk(3, dim=1)
        kept_r, kept_z, kept_n = kept.chunk(3, dim=1)
        r = read_r.add_(kept_r).sigmoid_()
        torch.sigmoid(read_z.add_(kept_z), out=after["keep_gate"])
        n = read_n.addcmul_(r, kept_n).tanh_()
        torch.lerp(n, hidden, after["keep_gate"], out=after["hidden"])


class MinGruLayer(RecurrentLayer):
    """h = a h + b, by the coefficients of its cell in ``LINEAR_CELLS``; the keep gate is a."""

    cell = "min_gru"

    def __init__(self, weights: Sequence[Tensor]) -> None:
        """``weights``: weight_ih and bias_ih, as ``LinearRecurrence`` has them."""
        self.coefficients = LINEAR_CELLS[self.cell].coefficients
        weight, bias = weights
        units = len(bias) // LINEAR_CELLS[self.cell].blocks
        super().__init__((weight, weight.new_empty(0, units), bias, bias.new_empty(0)))

    def step(self, read: Tensor, before: Sequence[Tensor], after: Views) -> None:
        (hidden,) = before
        keep, added = self.coefficients(read)
        after["keep_gate"].copy_(keep)
        torch.addcmul(added, keep, hidden, out=after["hidden"])


class MinLstmLayer(MinGruLayer):
    """The minLSTM."""

    cell = "min_lstm"


LAYERS: Mapping[str, type[RecurrentLayer]] = MappingProxyType({
    layer.cell: layer
    for layer in (TanhLayer, ReluLayer, LstmLayer, ProjectedLstmLayer, GruLayer, MinGruLayer,
                  MinLstmLayer)
})  # fmt: skip


def layer_shapes(network: RecurrentNetwork) -> tuple[LayerShape, ...]:
    """The recorded arrays of each layer of a network, lowest first."""
    units, kind = network.rnn.hidden_size, LAYERS[network.cell]
    return stacked_layers([units] * network.rnn.num_layers, kind.arrays, network.cell)


def make_layers(network: RecurrentNetwork) -> list[RecurrentLayer]:
    """The layers of a network, lowest first; their weights are copies."""
    return [LAYERS[network.cell](weights) for weights in network.rnn.all_weights]


@dataclass(frozen=True)
class SteppedNetwork:
    """A network as what it takes to step it: ``embedding`` float32[words, inputs], the layers from
    the input up, and what reads the last layer's h."""

    embedding: Tensor
    layers: Sequence[RecurrentLayer]
    output: OutputLayer


def stepped(network: RecurrentNetwork) -> SteppedNetwork:
    """The parts of a network that was trained here."""
    return SteppedNetwork(
        network.embedding.weight.detach(), make_layers(network), network.output_layer
    )
