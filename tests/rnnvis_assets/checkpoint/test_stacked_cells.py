"""Layers of several networks at once, compared with ``torch.nn``'s, one by one."""

from collections.abc import Sequence

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence, pack_sequence

from rnnvis_assets.checkpoint.stacked_cells import read_layers
from rnnvis_assets.checkpoint.stacked_layer import LayerBatch, Steps, lay_out

CELLS = {"rnn": nn.RNN, "lstm": nn.LSTM, "gru": nn.GRU}
INPUTS, UNITS = 3, 5

Lengths = Sequence[Sequence[int]]


class Example:
    """A network with documents, a start for each and a random direction of its gradient."""

    def __init__(self, cell: str, lengths: Sequence[int]) -> None:
        self.cell = cell
        self.layer = CELLS[cell](INPUTS, UNITS)
        documents = [torch.randn(length, INPUTS) for length in lengths]
        self.packed = pack_sequence(documents, enforce_sorted=False)
        self.inputs = self.packed.data.clone().requires_grad_()
        self.start = tuple(torch.randn(len(lengths), UNITS) for _ in range(2 - (cell != "lstm")))
        self.slope = torch.randn(len(self.inputs), UNITS)

    def batch(self, steps: Steps) -> LayerBatch:
        start = tuple(part[self.packed.sorted_indices] for part in self.start)
        return LayerBatch(self.inputs, self.layer.all_weights[0], start, steps, steps.tokens)

    def read_by_torch(self) -> Tensor:
        start = tuple(part[None] for part in self.start)
        packed = PackedSequence(self.inputs, *self.packed[1:])
        return self.layer(packed, start if self.cell == "lstm" else start[0])[0].data

    def gradients(self, hidden: Tensor) -> tuple[Tensor, ...]:
        of = (self.inputs, *self.layer.all_weights[0])
        return torch.autograd.grad((hidden * self.slope).sum(), of, retain_graph=True)


def read_together(examples: Sequence[Example]) -> list[Tensor]:
    steps = lay_out([example.packed for example in examples])
    batches = [example.batch(each) for example, each in zip(examples, steps, strict=True)]
    return read_layers(examples[0].cell, batches)


@pytest.mark.slow
@pytest.mark.parametrize("cell", CELLS)
@settings(max_examples=15, deadline=None)
@given(
    lengths=st.lists(st.lists(st.integers(1, 9), min_size=1, max_size=40), min_size=1, max_size=4)
)
def test_values_and_gradients_are_those_of_torch(cell: str, lengths: Lengths) -> None:
    torch.manual_seed(0)
    examples = [Example(cell, each) for each in lengths]
    hidden = read_together(examples)
    total = sum((h * example.slope).sum() for h, example in zip(hidden, examples, strict=True))
    total.backward()
    for example, found in zip(examples, hidden, strict=True):
        expected = example.read_by_torch()
        torch.testing.assert_close(found, expected)
        tensors = (example.inputs, *example.layer.all_weights[0])
        for tensor, gradient in zip(tensors, example.gradients(expected), strict=True):
            torch.testing.assert_close(tensor.grad, gradient, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("cell", CELLS)
def test_a_network_does_not_depend_on_the_others(cell: str) -> None:
    torch.manual_seed(0)
    examples = [Example(cell, lengths) for lengths in ([4, 9, 1], [2] * 33, [12], [5, 3])]
    together = read_together(examples)
    for example, hidden in zip(examples, together, strict=True):
        torch.testing.assert_close(hidden, read_together([example])[0], rtol=1e-6, atol=1e-7)


def test_what_is_not_finite_stays_in_its_network() -> None:
    examples = [Example("gru", [3, 2]), Example("gru", [5])]
    examples[1].layer.weight_hh_l0.data.fill_(torch.nan)
    hidden = read_together(examples)
    sum(h.sum() for h in hidden).backward()
    assert hidden[0].isfinite().all()
    assert all(weight.grad.isfinite().all() for weight in examples[0].layer.all_weights[0])


def test_places_of_packed_words_and_ends() -> None:
    (steps,) = lay_out([pack_sequence([torch.zeros(2), torch.zeros(3)], enforce_sorted=False)])
    assert (steps.length, steps.rows) == (3, 32)
    assert steps.tokens.tolist() == [0, 1, 32, 33, 64]
    assert steps.ends.tolist() == [33, 64]
