"""One recurrent layer, stepped by hand, because ``torch.nn`` keeps neither c nor the gates.

The equations are those of ``torch.nn.RNN``, ``LSTM`` and ``GRU``, float32. On the CPU this comes
within 10 % of ``nn.LSTM``'s own speed (2 x 600, 64 lanes) with weights that are transposed once;
weights packed for oneDNN were no faster. On a trained 2 x 128 LSTM, 80,000 tokens, h was at most
2.5e-6 from h in float64, ``nn.LSTM``'s own 4.4e-6.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import ClassVar

import torch
from torch import Tensor

from rnnvis_assets.configuration.model_config import Cell
from rnnvis_assets.network.recurrent_network import RecurrentNetwork
from warehouse.recording_schema import LayerShape, stacked_layers

Views = Mapping[str, Tensor]
"""Tensors by recorded array's name."""


STEPS_OF_A_PRODUCT, ROWS_OF_A_PRODUCT = 8, 128
"""Steps whose inputs are multiplied at once, and words (steps x lanes) that are at least. The fewer
lanes, the more a product waits for its weights to come from memory: with 16 lanes of 600 units this
saves a fifth of all time, with 64 nothing; more steps save no more, and their products no longer
fit the cache. A sentence read alone takes one product, not three: a sixth of the time to read 17
words through 2,000 units."""


class Layer(ABC):
    """The weights of one layer, and how it steps from one state to the next.

    ``arrays`` names what it records, ``states`` those of them that it carries on.
    """

    cell: ClassVar[str]
    arrays: ClassVar[tuple[str, ...]] = ("hidden", "hidden_delta")
    states: ClassVar[tuple[str, ...]] = ("hidden",)

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
        """Takes W x + b, float[lanes, gates x units] to be overwritten, and the states before;
        fills the states after and the gate."""

    def run(
        self, inputs: Tensor, starts: Tensor, before: Sequence[Tensor], out: Views
    ) -> list[Tensor]:
        """Steps through float[lanes, steps, inputs] and fills ``out`` (the same, units wide).

        ``starts``: bool[lanes, steps], on the CPU, true where a sequence begins: there the state
        before is zero. ``before``: float[lanes, units] a state. Returns the states after the last
        step, in memory of their own.
        """
        restarts = starts.any(dim=0).tolist()
        masks = starts.to(inputs.device).unsqueeze(2).unbind(1)
        views = zip(*(out[name].unbind(1) for name in self.arrays), strict=True)
        for step, (read, arrays) in enumerate(zip(self._read(inputs), views, strict=True)):
            after = dict(zip(self.arrays, arrays, strict=True))
            if restarts[step]:
                before = [state.masked_fill(masks[step], 0.0) for state in before]
            self.step(read, before, after)
            for name, state in zip(self.states, before, strict=True):
                torch.sub(after[name], state, out=after[f"{name}_delta"])
            before = [after[name] for name in self.states]
        return [state.clone() for state in before]

    def _read(self, inputs: Tensor) -> Iterator[Tensor]:
        """W x + b of every step."""
        lanes, _, size = inputs.shape
        at_once = max(STEPS_OF_A_PRODUCT, ROWS_OF_A_PRODUCT // lanes)
        for steps in torch.split(inputs, at_once, dim=1):
            by_step = steps.transpose(0, 1).reshape(-1, size)
            read = torch.addmm(self.bias_ih, by_step, self.weight_ih)
            yield from torch.unflatten(read, 0, (steps.shape[1], lanes)).unbind()


class TanhLayer(Layer):
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


class LstmLayer(Layer):
    """c = f c + i g, h = o tanh(c); the keep gate is f.

    f is computed as 1 - sigmoid(-x). Near 1 that is rounded once, where sigmoid(x) is rounded
    twice, and f's error times a large c adds up step by step: this halves the distance to c in
    float64.
    """

    cell = "lstm"
    arrays = ("hidden", "hidden_delta", "cell", "cell_delta", "keep_gate")
    states = ("hidden", "cell")

    def __init__(self, weights: Sequence[Tensor]) -> None:
        # PyTorch's order is i, f, g, o; here one call squashes i, -f and o.
        def reordered(weight: Tensor) -> Tensor:
            i, f, g, o = weight.chunk(4)
            return torch.cat([i, -f, o, g])

        super().__init__([reordered(weight) for weight in weights])
        self.bias_ih = self.bias_ih + self.bias_hh
        self.one = torch.ones_like(self.bias_ih[0])

    def step(self, read: Tensor, before: Sequence[Tensor], after: Views) -> None:
        o = self._step_cell(read, before, after)
        torch.mul(o, after["cell"].tanh(), out=after["hidden"])

    def _step_cell(self, read: Tensor, before: Sequence[Tensor], after: Views) -> Tensor:
        """Fills c and the keep gate; returns o."""
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

    def step(self, read: Tensor, before: Sequence[Tensor], after: Views) -> None:
        o = self._step_cell(read, before, after)
        after["hidden"].copy_(torch.mm(o * after["cell"].tanh(), self.weight_hr))


class GruLayer(Layer):
    """h = (1 - z) n + z h, PyTorch's convention; the keep gate is z."""

    cell = "gru"
    arrays = ("hidden", "hidden_delta", "keep_gate")

    def step(self, read: Tensor, before: Sequence[Tensor], after: Views) -> None:
        (hidden,) = before
        kept = torch.addmm(self.bias_hh, hidden, self.weight_hh)
        read_r, read_z, read_n = read.chunk(3, dim=1)
        kept_r, kept_z, kept_n = kept.chunk(3, dim=1)
        r = read_r.add_(kept_r).sigmoid_()
        torch.sigmoid(read_z.add_(kept_z), out=after["keep_gate"])
        n = read_n.addcmul_(r, kept_n).tanh_()
        torch.lerp(n, hidden, after["keep_gate"], out=after["hidden"])


LAYERS: Mapping[Cell, type[Layer]] = MappingProxyType(
    {"rnn": TanhLayer, "lstm": LstmLayer, "gru": GruLayer}
)


def layer_shapes(network: RecurrentNetwork) -> tuple[LayerShape, ...]:
    """What is recorded of each layer of a network, lowest first."""
    units, kind = network.rnn.hidden_size, LAYERS[network.cell]
    return stacked_layers([units] * network.rnn.num_layers, kind.arrays, network.cell)


def make_layers(network: RecurrentNetwork) -> list[Layer]:
    """The layers of a network, lowest first; their weights are copies."""
    return [LAYERS[network.cell](weights) for weights in network.rnn.all_weights]
