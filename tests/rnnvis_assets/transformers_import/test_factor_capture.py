"""What is captured of a pass is what the network's own cache holds, for every family."""

from typing import Any

import numpy as np
import pytest
import torch

from rnnvis_assets.transformers_import import capture_checks
from rnnvis_assets.transformers_import.capture_checks import check_capture
from rnnvis_assets.transformers_import.factor_capture import FactorCapture, layers_in_depth
from rnnvis_assets.transformers_import.families import FAMILIES
from tests.rnnvis_assets.transformers_import.numpy_recurrences import numpy_states
from tests.rnnvis_assets.transformers_import.tiny_modules import PIECES, SETTINGS, tiny_module
from warehouse.errors import ImportedModelError

pytestmark = pytest.mark.slow

STEPS = 13
RECURRENT = {"jamba": (0, 2), "bamba": (0, 2), "granitemoehybrid": (0, 2), "qwen3_next": (0, 2)}
RECURRENT |= {"olmo_hybrid": (0, 2), "qwen3_5_text": (0, 2)}
AS_CACHED = {
    "Mamba": lambda memory: memory[:, :, 0],
    "Mamba-2": lambda memory: memory.mT,
    "gated delta net": lambda memory: memory,
}
"""Keys and values in the order of the cache."""


def pieces_of(batch: int = 2, steps: int = STEPS) -> torch.Tensor:
    return torch.randint(1, PIECES, (batch, steps), generator=torch.Generator().manual_seed(2))


def capture_of(module: Any) -> FactorCapture:
    return FactorCapture(module, FAMILIES[module.config.model_type])


def stepped_cache(module: Any, pieces: torch.Tensor) -> Any:
    from transformers import DynamicCache  # its import takes a second

    cache = DynamicCache(config=module.config)
    with torch.no_grad():
        for step in range(pieces.shape[1]):
            position = torch.tensor([[step]])
            module(pieces[:, step : step + 1], cache=cache, use_cache=True, position_ids=position)
    return cache


def test_every_known_family_is_tried():
    assert set(SETTINGS) == set(FAMILIES)


@pytest.mark.parametrize("family", SETTINGS)
def test_a_numpy_recurrence_over_the_factors_ends_where_the_cache_does(family):
    module, pieces = tiny_module(family), pieces_of(batch=1)
    read = capture_of(module).read(pieces)
    assert tuple(read) == RECURRENT.get(family, (0, 1))
    cache = stepped_cache(module, pieces)
    for depth, found in read.items():
        if isinstance(found, tuple):
            own = cache.layers[depth].recurrent_states[0][0].numpy()
            mine = AS_CACHED[FAMILIES[family].title](numpy_states(*found)[-1])
        else:
            own = layers_in_depth(module)[depth].temporal_block.rg_lru.recurrent_states[0].numpy()
            mine = found["hidden"][0, -1].numpy()
        scale = np.abs(own).max()
        assert scale > 1e-3
        np.testing.assert_allclose(mine / scale, own / scale, atol=1e-5 * (depth + 1))


@pytest.mark.parametrize("family", SETTINGS)
def test_a_pass_agrees_with_stepping_and_with_other_batches(family):
    check_capture(capture_of(tiny_module(family)), pieces_of())


def test_layers_that_are_not_asked_for_are_not_kept():
    module = tiny_module("mamba")
    capture = capture_of(module)
    capture.depths = (1,)
    assert tuple(capture.read(pieces_of())) == (1,)


def test_nothing_stays_wrapped():
    from transformers.models.mamba import modeling_mamba

    before = modeling_mamba.mamba_selective_scan
    module = tiny_module("mamba")
    capture_of(module).read(pieces_of())
    with pytest.raises(IndexError):
        capture_of(module).read(torch.tensor([[PIECES]]))
    assert modeling_mamba.mamba_selective_scan is before
    assert not any(layer._forward_pre_hooks for layer in layers_in_depth(module).values())


def wrapped_mixer(module: Any, change: Any) -> Any:
    """The module with a change of what enters its upper layer's mixer."""
    mixer = module.backbone.layers[1].mixer
    forward = mixer.forward
    mixer.forward = lambda hidden, *args, **kwargs: forward(change(hidden), *args, **kwargs)
    return module


@pytest.mark.parametrize(
    ("change", "cause"),
    [
        (lambda hidden: hidden + hidden.mean(0), "it mixes sequences of a batch"),
        (lambda hidden: hidden + hidden.mean(1, keepdim=True), "padding would change it"),
    ],
)
def test_a_network_that_looks_further_is_refused_by_name(change, cause):
    module = wrapped_mixer(tiny_module("mamba"), change)
    with pytest.raises(ImportedModelError, match=f"layer 1: .* differs by .*{cause}"):
        check_capture(capture_of(module), pieces_of())


def test_a_version_that_steps_otherwise_is_refused(monkeypatch):
    from transformers.models.mamba2 import modeling_mamba2

    step = modeling_mamba2.mamba2_selective_state_update

    def later(state: torch.Tensor, *args: Any, **kwargs: Any) -> Any:
        return step(state.mul_(0.999), *args, **kwargs)

    monkeypatch.setattr(modeling_mamba2, "mamba2_selective_state_update", later)
    with pytest.raises(ImportedModelError, match=r"layer 0: stepped .*the state differs by"):
        check_capture(capture_of(tiny_module("mamba2")), pieces_of())


def test_a_weight_that_is_not_a_number_is_named_by_its_layer():
    module = tiny_module("mamba2")
    with torch.no_grad():
        module.backbone.layers[1].mixer.dt_bias[2] = float("nan")
    with pytest.raises(ImportedModelError, match="layer 1: value is nan at piece 0"):
        check_capture(capture_of(module), pieces_of())


def test_rounding_that_a_network_amplifies_is_no_fault(monkeypatch):
    """A deep network of large weights, where stepping rounds otherwise than a whole pass, as it
    does by itself on some processors: the results differ by more than 1e-5."""
    module = wrapped_mixer(
        tiny_module("mamba", num_hidden_layers=12, hidden_size=16),
        lambda hidden: hidden * (1 + 2**-21) if hidden.shape[1] == 1 else hidden,
    )
    with torch.no_grad():
        for weight in module.parameters():
            weight.mul_(2)
    before = module.backbone.embeddings.weight.clone()
    check_capture(capture_of(module), pieces_of())
    assert torch.equal(module.backbone.embeddings.weight, before)
    monkeypatch.setattr(capture_checks, "ROUNDINGS", 0)
    with pytest.raises(ImportedModelError, match="differs by up to"):
        check_capture(capture_of(module), pieces_of())
