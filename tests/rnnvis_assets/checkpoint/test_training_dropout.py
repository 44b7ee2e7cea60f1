"""Dropout: the right share, the right scale, repeatable."""

import pytest
import torch

from rnnvis_assets.checkpoint.training_layers import TrainingLayers, dropout
from rnnvis_assets.configuration.model_config import Dropout
from tests.rnnvis_assets.checkpoint.small_runs import FLOAT32

LOCKED = TrainingLayers(Dropout(locked=True), FLOAT32)


def test_no_share_changes_nothing() -> None:
    values = torch.randn(5)
    assert dropout(values, 0.0) is values


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_share_and_scale(share: float) -> None:
    torch.manual_seed(0)
    dropped = dropout(torch.ones(301, 333), share)
    assert (dropped == 0).float().mean().item() == pytest.approx(share, abs=0.01)
    assert dropped.max().item() == pytest.approx(1 / (1 - share), rel=1e-3)
    assert dropped.mean().item() == pytest.approx(1, abs=0.03)


def test_every_place_is_dropped_alike() -> None:
    """Four neighbours share a random draw; none of them may be special."""
    torch.manual_seed(0)
    shares = (dropout(torch.ones(20_000, 4), 0.3) == 0).float().mean(0)
    torch.testing.assert_close(shares, torch.full((4,), 0.3), atol=0.015, rtol=0)


def test_gradient_flows_where_values_do() -> None:
    values = torch.ones(100, requires_grad=True)
    dropped = dropout(values, 0.5)
    dropped.sum().backward()
    assert torch.equal(values.grad, dropped.detach())


def test_same_seed_same_mask() -> None:
    torch.manual_seed(4)
    first = dropout(torch.ones(50), 0.5)
    torch.manual_seed(4)
    assert torch.equal(dropout(torch.ones(50), 0.5), first)


def test_locked_dropout_drops_the_same_places_at_every_step() -> None:
    torch.manual_seed(0)
    dropped = LOCKED.drop(torch.ones(9, 301, 333), 0.3)
    assert torch.equal(dropped, dropped[:1].expand_as(dropped))
    assert (dropped == 0).float().mean().item() == pytest.approx(0.3, abs=0.01)
    assert dropped.max().item() == pytest.approx(1 / 0.7, rel=1e-3)


def test_no_share_locks_nothing() -> None:
    values = torch.randn(2, 5)
    assert LOCKED.drop(values, 0.0) is values
