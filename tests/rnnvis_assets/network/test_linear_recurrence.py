"""The scan and its gradient, and coefficients where gates vanish."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from rnnvis_assets.network.linear_recurrence import LINEAR_CELLS, scan


@pytest.mark.slow
@settings(max_examples=15)
@given(steps=st.integers(1, 6), streams=st.integers(1, 3), seed=st.integers(0, 2**31))
def test_the_gradient_of_the_scan_is_that_of_its_values(
    steps: int, streams: int, seed: int
) -> None:
    generator = torch.Generator().manual_seed(seed)
    shapes = (steps, streams, 2), (steps, streams, 2), (streams, 2)
    keep, added, start = (
        torch.randn(shape, generator=generator, dtype=torch.float64, requires_grad=True)
        for shape in shapes
    )
    expected, hidden = [], start
    for kept, new in zip(keep, added, strict=True):
        hidden = kept * hidden + new
        expected.append(hidden)
    torch.testing.assert_close(scan(keep, added, start), torch.stack(expected))
    assert torch.autograd.gradcheck(scan, (keep, added, start))


@pytest.mark.parametrize("cell", LINEAR_CELLS)
@pytest.mark.parametrize("size", [-1e4, 0.0, 1e4])
def test_coefficients_are_finite_and_so_are_their_gradients(cell: str, size: float) -> None:
    read = torch.full((LINEAR_CELLS[cell].blocks,), size, requires_grad=True)
    keep, added = LINEAR_CELLS[cell].coefficients(read)
    (keep + added).sum().backward()
    assert 0 <= keep <= 1
    assert added.isfinite().all()
    assert read.grad.isfinite().all()
