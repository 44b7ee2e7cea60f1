"""Loss and gradients are those of PyTorch's cross-entropy of a linear layer."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional

from rnnvis_assets.checkpoint import linear_cross_entropy as module
from rnnvis_assets.checkpoint.linear_cross_entropy import linear_cross_entropy


def make_inputs(rows: int, words: int, seed: int = 0) -> tuple[torch.Tensor, ...]:
    generator = torch.Generator().manual_seed(seed)
    hidden, weight, bias = (
        torch.randn(shape, generator=generator).requires_grad_()
        for shape in ((rows, 5), (words, 5), (words,))
    )
    return hidden, weight, bias, torch.randint(words, (rows,), generator=generator)


def gradients(loss: torch.Tensor, inputs: tuple[torch.Tensor, ...]) -> list[torch.Tensor]:
    return list(torch.autograd.grad(loss, inputs[:3]))


@given(st.integers(1, 9), st.integers(2, 30), st.integers(0, 5))
@settings(deadline=None, max_examples=25)
def test_agrees_with_pytorch(rows: int, words: int, seed: int) -> None:
    inputs = make_inputs(rows, words, seed)
    hidden, weight, bias, targets = inputs
    expected = functional.cross_entropy(functional.linear(hidden, weight, bias), targets)
    loss = linear_cross_entropy(*inputs, torch.float32)
    torch.testing.assert_close(loss, expected)
    torch.testing.assert_close(gradients(loss, inputs), gradients(expected, inputs))


def test_blocks_of_rows_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    inputs = make_inputs(rows=11, words=13)
    whole = linear_cross_entropy(*inputs, torch.float32)
    monkeypatch.setattr(module, "_LARGEST_BUFFER", 4 * 13)
    blocks = linear_cross_entropy(*inputs, torch.float32)
    torch.testing.assert_close(blocks, whole)
    torch.testing.assert_close(gradients(blocks, inputs), gradients(whole, inputs))


def test_bfloat16_is_near() -> None:
    inputs = make_inputs(rows=64, words=50)
    exact = linear_cross_entropy(*inputs, torch.float32)
    rounded = linear_cross_entropy(*inputs, torch.bfloat16)
    torch.testing.assert_close(rounded, exact, rtol=5e-3, atol=5e-3)
    for got, expected in zip(gradients(rounded, inputs), gradients(exact, inputs), strict=True):
        assert (got - expected).norm() < 0.02 * expected.norm()
        assert got.dtype == torch.float32


def test_vanishing_probability_counts_a_finite_loss() -> None:
    hidden, weight = torch.tensor([[1.0]]), torch.tensor([[1000.0], [-1000.0]])
    loss = linear_cross_entropy(hidden, weight, torch.zeros(2), torch.tensor([1]), torch.float32)
    assert loss.item() == pytest.approx(87.3, abs=0.1)


def test_nan_is_not_hidden() -> None:
    hidden, weight, bias, targets = make_inputs(2, 3)
    loss = linear_cross_entropy(hidden * torch.nan, weight, bias, targets, torch.float32)
    assert loss.isnan()
