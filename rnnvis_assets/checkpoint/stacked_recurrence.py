"""A recurrent layer of several networks at once, with gradients: what ``nn.RNN``, ``nn.LSTM`` and
``nn.GRU`` compute for each, in fewer and larger operations, in float32 on the CPU.

Networks read packed batches of their own, which need not be equally long. From step to step the
gradient of a state is multiplied by numbers that are known beforehand. These are computed for all
steps at once, so that the way back takes three to five operations a step, and the gradient of a
weight is one product over all steps. PyTorch's own layers take some fifteen operations a step.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, ClassVar

import torch
from torch import Tensor
from torch.nn.utils.rnn import PackedSequence

from rnnvis_assets.configuration.cell_kinds import Cell
from rnnvis_assets.network.recurrent_network import State

_ROWS = 32
"""Sequences come in multiples of so many: vector instructions then never straddle two networks, so
that what one of them computes does not depend on the others."""


@dataclass(frozen=True)
class Steps:
    """A packed batch of one network, laid out as ``length`` steps of ``rows`` sequences, the
    longest sequence first.

    ``tokens`` int64[tokens] are the places, step * rows + row, of the packed items; ``ends``
    int64[sequences] those of each sequence's last item, in the order before packing.
    """

    length: int
    rows: int
    tokens: Tensor
    ends: Tensor

    @classmethod
    def of(cls, batch: PackedSequence, rows: int) -> "Steps":
        """The layout of a batch of at most ``rows`` sequences."""
        sizes = batch.batch_sizes
        step = torch.repeat_interleave(sizes)
        row = torch.arange(len(step)) - (sizes.cumsum(0) - sizes)[step]
        last = (sizes[:, None] > torch.arange(int(sizes[0]))).sum(0) - 1
        ends = last * rows + torch.arange(len(last))
        order = batch.unsorted_indices
        ends = ends if order is None else ends[order]
        return cls(len(sizes), rows, step * rows + row, ends)


def lay_out(batches: Sequence[PackedSequence]) -> list[Steps]:
    """The layouts of batches that are read together."""
    most = max(int(batch.batch_sizes[0]) for batch in batches)
    return [Steps.of(batch, -(-most // _ROWS) * _ROWS) for batch in batches]


@dataclass(frozen=True)
class LayerBatch:
    """What the layer of one network reads.

    ``inputs`` float[tokens, E] stand at ``steps.tokens``; ``weights`` are w_ih, w_hh, b_ih, b_hh as
    in ``nn.RNNBase.all_weights``; ``start`` is the state before the first step, float[sequences, H]
    each, the longest sequence first, outside of the graph. h is wanted at ``places``.
    """

    inputs: Tensor
    weights: Sequence[Tensor]
    start: State
    steps: Steps
    places: Tensor


def read_layers(cell: Cell, batches: Sequence[LayerBatch]) -> list[Tensor]:
    """h of the layers of several networks of equal shape, float[places, H] each."""
    order = sorted(range(len(batches)), key=lambda number: -batches[number].steps.length)
    ordered = [batches[number] for number in order]
    tensors = [tensor for batch in ordered for tensor in (batch.inputs, *batch.weights)]
    read = _Recurrence.apply(_CELLS[cell], ordered, *tensors)
    return [read[order.index(number)] for number in range(len(order))]


class _Recurrence(torch.autograd.Function):
    """``_StackedLayer`` as autograd sees it."""

    @staticmethod
    def forward(
        ctx: Any,
        kind: type["_StackedLayer"],
        batches: Sequence[LayerBatch],
        *_: Tensor,
    ) -> tuple[Tensor, ...]:
        ctx.layer = kind(batches)
        return ctx.layer.read()  # type: ignore[no-any-return]

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:  # type: ignore[override]
        return None, None, *ctx.layer.gradients(gradients)


class _StackedLayer:
    """One layer of each of some networks, the longest batch first.

    Arrays are float[networks, steps, rows, width]. A cell's gates are those with a sigmoid, which
    ``sigmoids`` names by their places in the weights, and one with a tanh. ``gates`` and ``new``
    hold both: at first what inputs and biases add to them, after ``_forward`` their values.
    """

    sigmoids: ClassVar[tuple[int, ...]] = ()
    tanh: ClassVar[int]

    def __init__(self, batches: Sequence[LayerBatch]) -> None:
        self._batches = batches
        self._lengths = [batch.steps.length for batch in batches]
        self.active = [sum(n > step for n in self._lengths) for step in range(self._lengths[0])]
        self.w_hh = torch.stack([batch.weights[1].detach() for batch in batches])
        self.units = self.w_hh.shape[2]
        self.hidden = self._states(0)
        self._inputs = torch.zeros_like(self.allocate(batches[0].inputs.shape[1]))
        for number, batch in enumerate(batches):
            self._flat(self._inputs, number)[batch.steps.tokens] = batch.inputs.detach()
        self.gates, self.new = self._project(self.sigmoids), self._project((self.tanh,))

    def read(self) -> tuple[Tensor, ...]:
        """h at the wanted places."""
        self._forward()
        after = self.hidden[:, 1:]
        return tuple(
            self._flat(after, number)[batch.places] for number, batch in enumerate(self._batches)
        )

    def gradients(self, outer: Sequence[Tensor]) -> list[Tensor]:
        """Of each network's inputs, w_ih, w_hh, b_ih and b_hh, given those of ``read``."""
        hidden = torch.zeros_like(self.hidden)
        for number, (batch, gradient) in enumerate(zip(self._batches, outer, strict=True)):
            self._flat(hidden[:, 1:], number)[batch.places] = gradient
        sums = self.allocate(len(self.w_hh[0]))
        for number, length in enumerate(self._lengths):
            part = torch.unflatten(sums[number, :length], -1, (-1, self.units))
            self._derive(number, length, part)
        self._backward(hidden, sums)
        return [each for number in range(len(outer)) for each in self._split(number, hidden, sums)]

    def allocate(self, width: int) -> Tensor:
        first = self._batches[0].steps
        return torch.empty(len(self._batches), first.length, first.rows, width)

    def steps(self, array: Tensor) -> list[Tensor]:
        """An array by step, [networks that still read, rows, width] each."""
        pairs = zip(array.unbind(1), self.active, strict=False)
        return [part if count == len(part) else part[:count] for part, count in pairs]

    def for_steps(self, weights: Tensor) -> list[Tensor]:
        """Weights [networks, ...] of the networks that read in each step."""
        return [weights[:count] for count in self.active]

    def parts(self, gates: Tensor) -> tuple[Tensor, ...]:
        """Each gate of float[..., gates * H]."""
        return torch.split(gates, self.units, -1)

    def rows_of(self, weight: Tensor, gates: Sequence[int]) -> Tensor:
        """The part of a weight or bias [gates * H, ...] that belongs to some gates."""
        return torch.unflatten(weight.detach(), 0, (-1, self.units))[list(gates)].flatten(0, 1)

    def input_bias(self, batch: LayerBatch) -> Tensor:
        """What is added to the products with the inputs, [gates * H]."""
        return batch.weights[2].detach() + batch.weights[3].detach()

    def input_gradient(self, number: int, hidden: Tensor, sums: Tensor) -> Tensor:  # noqa: ARG002
        """From the gradient of the recurrent sums, [steps * rows, gates * H], of one network that
        of what its inputs add."""
        return sums

    def _states(self, part: int) -> Tensor:
        """One step more than there is, the first of which holds the starts."""
        first = self._batches[0].steps
        states = torch.empty(len(self._batches), first.length + 1, first.rows, self.units)
        states[:, 0] = 0
        for state, batch in zip(states, self._batches, strict=True):
            state[0, : len(batch.start[part])] = batch.start[part]
        return states

    def _flat(self, array: Tensor, number: int) -> Tensor:
        """A network's part of an array: float[its steps * rows, width]."""
        return array[number, : self._lengths[number]].flatten(0, 1)

    def _project(self, gates: Sequence[int]) -> Tensor:
        added = self.allocate(len(gates) * self.units)
        for number, batch in enumerate(self._batches if gates else ()):
            weight = self.rows_of(batch.weights[0], gates)
            bias = self.rows_of(self.input_bias(batch), gates)
            out = self._flat(added, number)
            torch.addmm(bias, self._flat(self._inputs, number), weight.t(), out=out)
        return added

    def _split(self, number: int, hidden: Tensor, sums: Tensor) -> tuple[Tensor, ...]:
        batch, recurrent = self._batches[number], self._flat(sums, number)
        w_hh, b_hh = recurrent.t() @ self._flat(self.hidden, number), recurrent.sum(0)
        added = self.input_gradient(number, hidden, recurrent)
        inputs = (added @ batch.weights[0].detach())[batch.steps.tokens]
        return inputs, added.t() @ self._flat(self._inputs, number), w_hh, added.sum(0), b_hh

    def _forward(self) -> None:
        """Computes the gates and the states of all steps."""
        raise NotImplementedError

    def _derive(self, number: int, length: int, sums: Tensor) -> None:
        """Writes the derivatives of a state by the sums in the gates, [steps, rows, gates, H]."""
        raise NotImplementedError

    def _backward(self, hidden: Tensor, sums: Tensor) -> None:
        """Turns derivatives into gradients of the ``sums``, from the last step to the first, and
        adds to the gradient of h what comes from later steps."""
        raise NotImplementedError


class _Rnn(_StackedLayer):
    tanh = 0

    def _forward(self) -> None:
        columns = self.hidden[:, :-1], self.new, self.hidden[:, 1:]
        weights = self.for_steps(self.w_hh.mT)
        for before, new, after, w in zip(*map(self.steps, columns), weights, strict=True):
            torch.tanh(new.baddbmm_(before, w), out=after)

    def _derive(self, number: int, length: int, sums: Tensor) -> None:
        sums[:, :, 0] = 1 - self.hidden[number, 1 : length + 1] ** 2

    def _backward(self, hidden: Tensor, sums: Tensor) -> None:
        arrays = hidden[:, :-1], hidden[:, 1:], sums
        rows = zip(*map(self.steps, arrays), self.for_steps(self.w_hh), strict=True)
        for earlier, gradient, total, w in reversed(list(rows)):
            earlier.baddbmm_(total.mul_(gradient), w)


class _Lstm(_StackedLayer):
    """Gates i, f and o; g has the tanh."""

    sigmoids = (0, 1, 3)
    tanh = 2

    def _forward(self) -> None:
        self._cell, self._tanh_cell = self._states(1), self.allocate(self.units)
        weights = (
            self.for_steps(torch.stack([self.rows_of(w, part) for w in self.w_hh]).mT)
            for part in (self.sigmoids, (self.tanh,))
        )
        arrays = (
            self.hidden[:, :-1], self._cell[:, :-1], self.gates, *self.parts(self.gates),
            self.new, self._cell[:, 1:], self._tanh_cell, self.hidden[:, 1:],
        )  # fmt: skip
        for before, cell, gates, enter, keep, out, new, cell_after, seen, after, w, v in zip(
            *map(self.steps, arrays), *weights, strict=True
        ):
            gates.baddbmm_(before, w).sigmoid_()
            new.baddbmm_(before, v).tanh_()
            torch.mul(keep, cell, out=cell_after).addcmul_(enter, new)
            torch.mul(out, torch.tanh(cell_after, out=seen), out=after)

    def _derive(self, number: int, length: int, sums: Tensor) -> None:
        enter, keep, out = self.parts(self.gates[number, :length])
        new, seen = self.new[number, :length], self._tanh_cell[number, :length]
        sums[:, :, 0] = new * enter * (1 - enter)
        sums[:, :, 1] = self._cell[number, :length] * keep * (1 - keep)
        sums[:, :, 2] = enter * (1 - new * new)
        sums[:, :, 3] = seen * out * (1 - out)
        seen.square_().neg_().add_(1).mul_(out)  # from here on dh/dc

    def _backward(self, hidden: Tensor, sums: Tensor) -> None:
        carried = torch.zeros_like(hidden[:, 0])
        by_cell, by_hidden = torch.split(torch.unflatten(sums, -1, (4, -1)), [3, 1], -2)
        keep = self.parts(self.gates)[1]
        arrays = (
            hidden[:, :-1], hidden[:, 1:], self._tanh_cell, keep, by_cell, by_hidden.squeeze(-2),
            sums,
        )  # fmt: skip
        rows = zip(
            *map(self.steps, arrays), *map(self.for_steps, (carried, self.w_hh)), strict=True
        )
        for earlier, gradient, slope, kept, from_cell, from_hidden, total, cell, w in reversed(
            list(rows)
        ):
            cell.addcmul_(gradient, slope)
            from_cell.mul_(cell[:, :, None])
            from_hidden.mul_(gradient)
            cell.mul_(kept)
            earlier.baddbmm_(total, w)


class _Gru(_StackedLayer):
    """Gates r and z; n has the tanh. r scales what the state adds to n, its bias included."""

    sigmoids = (0, 1)
    tanh = 2

    def input_bias(self, batch: LayerBatch) -> Tensor:
        bias = batch.weights[2].detach().clone()
        bias[: 2 * self.units] += batch.weights[3].detach()[: 2 * self.units]
        return bias

    def _forward(self) -> None:
        self._scaled = self.allocate(self.units)
        split = [2 * self.units, self.units]
        b_hh = torch.stack([batch.weights[3].detach() for batch in self._batches])
        weights = *torch.split(self.w_hh.mT, split, -1), b_hh[:, None, split[0] :]
        arrays = (
            self.hidden[:, :-1], self.gates, *self.parts(self.gates), self.new,
            self._scaled, self.hidden[:, 1:],
        )  # fmt: skip
        for before, gates, reset, keep, new, scaled, after, w, v, bias in zip(
            *map(self.steps, arrays), *map(self.for_steps, weights), strict=True
        ):
            gates.baddbmm_(before, w).sigmoid_()
            torch.baddbmm(bias, before, v, out=scaled)
            new.addcmul_(reset, scaled).tanh_()
            torch.lerp(new, before, keep, out=after)

    def _derive(self, number: int, length: int, sums: Tensor) -> None:
        reset, keep = self.parts(self.gates[number, :length])
        new, scaled = self.new[number, :length], self._scaled[number, :length]
        by_new = (1 - keep) * (1 - new * new)
        sums[:, :, 2] = by_new * reset
        sums[:, :, 0] = by_new * scaled * reset * (1 - reset)
        sums[:, :, 1] = (self.hidden[number, :length] - new) * keep * (1 - keep)
        scaled.copy_(by_new)  # from here on dh/d(what the inputs add to n)

    def _backward(self, hidden: Tensor, sums: Tensor) -> None:
        keep = self.parts(self.gates)[1]
        arrays = hidden[:, :-1], hidden[:, 1:], keep, torch.unflatten(sums, -1, (3, -1)), sums
        rows = zip(*map(self.steps, arrays), self.for_steps(self.w_hh), strict=True)
        for earlier, gradient, kept, parts, total, w in reversed(list(rows)):
            parts.mul_(gradient[:, :, None])
            earlier.addcmul_(gradient, kept).baddbmm_(total, w)

    def input_gradient(self, number: int, hidden: Tensor, sums: Tensor) -> Tensor:
        by_new = self._flat(self._scaled, number)
        sums[:, 2 * self.units :] = self._flat(hidden[:, 1:], number) * by_new
        return sums


_CELLS: Mapping[Cell, type[_StackedLayer]] = MappingProxyType(
    {"rnn": _Rnn, "lstm": _Lstm, "gru": _Gru}
)
