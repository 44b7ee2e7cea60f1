"""A recurrent layer of several networks at once, with gradients: what ``nn.RNN``, ``nn.LSTM`` and
``nn.GRU`` compute for each, in fewer and larger operations, in float32 on the CPU.

Networks read packed batches of their own, which need not be equally long. From step to step the
gradient of a state is multiplied by numbers that are known beforehand. These are computed for all
steps at once, so that the way back takes three to five operations a step, and the gradient of a
weight is one product over all steps. PyTorch's own layers take some fifteen operations a step.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor
from torch.nn.utils.rnn import PackedSequence

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


class StackedLayer(ABC):
    """One layer of each of some networks, the longest batch first.

    Arrays are float[networks, steps, rows, width]. A cell's gates are those with a sigmoid, which
    ``sigmoids`` names by their places in the weights, and one with a tanh. ``gates`` and ``new``
    hold both: at first what inputs and biases add to them, after ``forward`` their values.
    """

    sigmoids: ClassVar[tuple[int, ...]] = ()
    tanh: ClassVar[int]

    def __init__(self, batches: Sequence[LayerBatch]) -> None:
        self.batches = batches
        self._lengths = [batch.steps.length for batch in batches]
        self.active = [sum(n > step for n in self._lengths) for step in range(self._lengths[0])]
        self.w_hh = torch.stack([batch.weights[1].detach() for batch in batches])
        self.units = self.w_hh.shape[2]
        self.hidden = self.states(0)
        self._inputs = torch.zeros_like(self.allocate(batches[0].inputs.shape[1]))
        for number, batch in enumerate(batches):
            self.flat(self._inputs, number)[batch.steps.tokens] = batch.inputs.detach()
        self.gates, self.new = self._project(self.sigmoids), self._project((self.tanh,))

    def read(self) -> tuple[Tensor, ...]:
        """h at the wanted places."""
        self.forward()
        after = self.hidden[:, 1:]
        return tuple(
            self.flat(after, number)[batch.places] for number, batch in enumerate(self.batches)
        )

    def gradients(self, outer: Sequence[Tensor]) -> list[Tensor]:
        """Of each network's inputs, w_ih, w_hh, b_ih and b_hh, given those of ``read``."""
        hidden = torch.zeros_like(self.hidden)
        for number, (batch, gradient) in enumerate(zip(self.batches, outer, strict=True)):
            self.flat(hidden[:, 1:], number)[batch.places] = gradient
        sums = self.allocate(len(self.w_hh[0]))
        for number, length in enumerate(self._lengths):
            part = torch.unflatten(sums[number, :length], -1, (-1, self.units))
            self.derive(number, length, part)
        self.backward(hidden, sums)
        return [each for number in range(len(outer)) for each in self._split(number, hidden, sums)]

    def allocate(self, width: int) -> Tensor:
        first = self.batches[0].steps
        return torch.empty(len(self.batches), first.length, first.rows, width)

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

    def states(self, part: int) -> Tensor:
        """One step more than there is, the first of which holds the starts."""
        first = self.batches[0].steps
        states = torch.empty(len(self.batches), first.length + 1, first.rows, self.units)
        states[:, 0] = 0
        for state, batch in zip(states, self.batches, strict=True):
            state[0, : len(batch.start[part])] = batch.start[part]
        return states

    def flat(self, array: Tensor, number: int) -> Tensor:
        """A network's part of an array: float[its steps * rows, width]."""
        return array[number, : self._lengths[number]].flatten(0, 1)

    def _project(self, gates: Sequence[int]) -> Tensor:
        added = self.allocate(len(gates) * self.units)
        for number, batch in enumerate(self.batches if gates else ()):
            weight = self.rows_of(batch.weights[0], gates)
            bias = self.rows_of(self.input_bias(batch), gates)
            out = self.flat(added, number)
            torch.addmm(bias, self.flat(self._inputs, number), weight.t(), out=out)
        return added

    def _split(self, number: int, hidden: Tensor, sums: Tensor) -> tuple[Tensor, ...]:
        batch, recurrent = self.batches[number], self.flat(sums, number)
        w_hh, b_hh = recurrent.t() @ self.flat(self.hidden, number), recurrent.sum(0)
        added = self.input_gradient(number, hidden, recurrent)
        inputs = (added @ batch.weights[0].detach())[batch.steps.tokens]
        return inputs, added.t() @ self.flat(self._inputs, number), w_hh, added.sum(0), b_hh

    @abstractmethod
    def forward(self) -> None:
        """Computes the gates and the states of all steps."""

    @abstractmethod
    def derive(self, number: int, length: int, sums: Tensor) -> None:
        """Writes the derivatives of a state by the sums in the gates, [steps, rows, gates, H]."""

    @abstractmethod
    def backward(self, hidden: Tensor, sums: Tensor) -> None:
        """Turns derivatives into gradients of the ``sums``, from the last step to the first, and
        adds to the gradient of h what comes from later steps."""
