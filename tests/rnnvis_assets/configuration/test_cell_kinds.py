"""The table of cells says what PyTorch and our own layers do."""

from typing import get_args

import pytest
import torch
from torch import nn

from rnnvis_assets.configuration.cell_kinds import CELLS, Cell
from rnnvis_assets.network.cells import LAYERS
from warehouse.recording_schema import RECORDED_ARRAYS


def test_every_cell_has_a_layer_that_records_its_arrays() -> None:
    assert {name: layer.arrays for name, layer in LAYERS.items()} == {
        name: cell.arrays for name, cell in CELLS.items() if not cell.matrix
    }
    assert CELLS["lstm"].arrays == ("hidden", "hidden_delta", "cell", "cell_delta", "keep_gate")
    assert CELLS["gru"].arrays == ("hidden", "hidden_delta", "keep_gate")
    assert CELLS["rnn"].arrays == ("hidden", "hidden_delta")
    assert CELLS["mamba"].arrays == RECORDED_ARRAYS


@pytest.mark.parametrize("name", [name for name in get_args(Cell) if not CELLS[name].linear])
def test_a_cell_that_is_trained_reads_alike_by_its_module_and_its_function(name: Cell) -> None:
    cell = CELLS[name]
    module = getattr(nn, str(cell.module))(3, 4, batch_first=True, **dict(cell.options))
    inputs = torch.randn(2, 5, 3, generator=torch.Generator().manual_seed(0))
    start = tuple(torch.zeros(1, 2, 4) for _ in cell.states)
    expected, _ = module(inputs)
    found, *_ = getattr(torch, str(cell.function))(
        inputs, start if len(start) > 1 else start[0], module.all_weights[0],
        has_biases=True, num_layers=1, dropout=0.0, train=False, bidirectional=False,
        batch_first=True,
    )  # fmt: skip
    torch.testing.assert_close(found, expected)
