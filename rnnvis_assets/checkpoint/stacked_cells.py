"""The cells as layers of several networks, and reading with them.

Each gives the equations of ``torch.nn`` and their derivatives: those of a state by the sums in the
gates, and how gradients are carried back through the steps.
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import torch
from torch import Tensor

from rnnvis_assets.checkpoint.stacked_layer import LayerBatch, StackedLayer
from rnnvis_assets.configuration.cell_kinds import Cell


class _Rnn(StackedLayer):
    tanh = 0

    def forward(self) -> None:
        columns = self.hidden[:, :-1], self.new, self.hidden[:, 1:]
        weights = self.for_steps(self.w_hh.mT)
        for before, new, after, w in zip(*map(self.steps, columns), weights, strict=True):
            torch.tanh(new.baddbmm_(before, w), out=after)

    def derive(self, number: int, length: int, sums: Tensor) -> None:
        sums[:, :, 0] = 1 - self.hidden[number, 1 : length + 1] ** 2

    def backward(self, hidden: Tensor, sums: Tensor) -> None:
        arrays = hidden[:, :-1], hidden[:, 1:], sums
        rows = zip(*map(self.steps, arrays), self.for_steps(self.w_hh), strict=True)
        for earlier, gradient, total, w in reversed(list(rows)):
            earlier.baddbmm_(total.mul_(gradient), w)


class _Lstm(StackedLayer):
    """Gates i, f and o; g has the tanh."""

    sigmoids = (0, 1, 3)
    tanh = 2

    def forward(self) -> None:
        self._cell, self._tanh_cell = self.states(1), self.allocate(self.units)
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

    def derive(self, number: int, length: int, sums: Tensor) -> None:
        enter, keep, out = self.parts(self.gates[number, :length])
        new, seen = self.new[number, :length], self._tanh_cell[number, :length]
        sums[:, :, 0] = new * enter * (1 - enter)
        sums[:, :, 1] = self._cell[number, :length] * keep * (1 - keep)
        sums[:, :, 2] = enter * (1 - new * new)
        sums[:, :, 3] = seen * out * (1 - out)
        seen.square_().neg_().add_(1).mul_(out)  # from here on dh/dc

    def backward(self, hidden: Tensor, sums: Tensor) -> None:
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


class _Gru(StackedLayer):
    """Gates r and z; n has the tanh. r scales what the state adds to n, its bias included."""

    sigmoids = (0, 1)
    tanh = 2

    def input_bias(self, batch: LayerBatch) -> Tensor:
        bias = batch.weights[2].detach().clone()
        bias[: 2 * self.units] += batch.weights[3].detach()[: 2 * self.units]
        return bias

    def forward(self) -> None:
        self._scaled = self.allocate(self.units)
        split = [2 * self.units, self.units]
        b_hh = torch.stack([batch.weights[3].detach() for batch in self.batches])
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

    def derive(self, number: int, length: int, sums: Tensor) -> None:
        reset, keep = self.parts(self.gates[number, :length])
        new, scaled = self.new[number, :length], self._scaled[number, :length]
        by_new = (1 - keep) * (1 - new * new)
        sums[:, :, 2] = by_new * reset
        sums[:, :, 0] = by_new * scaled * reset * (1 - reset)
        sums[:, :, 1] = (self.hidden[number, :length] - new) * keep * (1 - keep)
        scaled.copy_(by_new)  # from here on dh/d(what the inputs add to n)

    def backward(self, hidden: Tensor, sums: Tensor) -> None:
        keep = self.parts(self.gates)[1]
        arrays = hidden[:, :-1], hidden[:, 1:], keep, torch.unflatten(sums, -1, (3, -1)), sums
        rows = zip(*map(self.steps, arrays), self.for_steps(self.w_hh), strict=True)
        for earlier, gradient, kept, parts, total, w in reversed(list(rows)):
            parts.mul_(gradient[:, :, None])
            earlier.addcmul_(gradient, kept).baddbmm_(total, w)

    def input_gradient(self, number: int, hidden: Tensor, sums: Tensor) -> Tensor:
        by_new = self.flat(self._scaled, number)
        sums[:, 2 * self.units :] = self.flat(hidden[:, 1:], number) * by_new
        return sums


STACKED_CELLS: Mapping[Cell, type[StackedLayer]] = MappingProxyType(
    {"rnn": _Rnn, "lstm": _Lstm, "gru": _Gru}
)
"""The cells that are read so; others as ``torch.nn`` does."""


class _Recurrence(torch.autograd.Function):
    """``StackedLayer`` as autograd sees it."""

    @staticmethod
    def forward(
        ctx: Any,
        kind: type[StackedLayer],
        batches: Sequence[LayerBatch],
        *_: Tensor,
    ) -> tuple[Tensor, ...]:
        layer = ctx.layer = kind(batches)
        return layer.read()

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        return None, None, *ctx.layer.gradients(gradients)


def read_layers(cell: Cell, batches: Sequence[LayerBatch]) -> list[Tensor]:
    """h of the layers of several networks of equal shape, float[places, H] each."""
    order = sorted(range(len(batches)), key=lambda number: -batches[number].steps.length)
    ordered = [batches[number] for number in order]
    tensors = [tensor for batch in ordered for tensor in (batch.inputs, *batch.weights)]
    read = _Recurrence.apply(STACKED_CELLS[cell], ordered, *tensors)  # type: ignore[no-untyped-call]
    return [read[order.index(number)] for number in range(len(order))]
