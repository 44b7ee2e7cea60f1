"""Which layers of a saved network are recorded, and what is said of the others."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tokenizers import Tokenizer, models

from rnnvis_assets.recording.recording_plan import spread
from rnnvis_assets.transformers_import.saved_network import (
    DEFAULT_LAYERS,
    SavedNetwork,
    open_network,
)
from tests.rnnvis_assets.transformers_import.tiny_modules import tiny_module
from warehouse.errors import ImportedModelError


def opened(folder: Path, family: str, asked: Any = None, **settings: Any) -> SavedNetwork:
    tiny_module(family, **settings).save_pretrained(folder)
    Tokenizer(models.BPE()).save(str(folder / "tokenizer.json"))
    return open_network("transformers", folder, asked)


def test_four_layers_are_spread_over_the_depth():
    for recurrent, chosen in [
        (range(24), [0, 8, 15, 23]), ((0, 1, 2, 4, 5, 6, 8), [0, 2, 5, 8]), ((0, 2), [0, 2]),
        ((3,), [3]),
    ]:  # fmt: skip
        assert spread(np.array(recurrent), DEFAULT_LAYERS).tolist() == chosen


def test_a_layer_may_be_both(tmp_path):
    network = opened(tmp_path, "falcon_h1")
    assert network.recurrent == (0, 1)
    assert network.describe_depth() == {
        "layers": [
            {"name": "Mamba-2, layer 0", "depth": 0},
            {"name": "Mamba-2, layer 1", "depth": 1},
        ],
        "attention_layers": [0, 1],
    }


def test_layers_that_are_asked_for_are_recorded_in_their_order(tmp_path):
    network = opened(tmp_path, "mamba", asked=(1, 0, 1))
    assert network.capture.depths == (0, 1)
    assert [layer.recorded.units for layer in network.layers] == [16, 16]


def test_a_layer_that_is_not_recurrent_is_refused(tmp_path):
    with pytest.raises(
        ImportedModelError, match=r"layers: found 1, 7, expected some of .* \(0, 2\)"
    ):
        opened(tmp_path, "qwen3_next", asked=(0, 1, 7))


def test_a_network_without_recurrent_layers_is_refused(tmp_path):
    with pytest.raises(ImportedModelError, match="no recurrent layer: all 3 attend to words"):
        opened(tmp_path, "qwen3_next", layer_types=["full_attention"] * 3)
