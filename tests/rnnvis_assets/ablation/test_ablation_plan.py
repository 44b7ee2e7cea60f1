"""How many tokens are read: by the number of multiplications, whatever the machine."""

import pytest
import torch

from rnnvis_assets.ablation.ablation_plan import (
    OPERATIONS_OF_A_CELL,
    OPERATIONS_OF_A_CORE,
    PLAIN_CORES,
    Work,
    affordable_tokens,
    forecast_seconds,
    operations_of_a_token,
)
from rnnvis_assets.network.cells import stepped
from rnnvis_assets.network.mamba import STATE_SIZE
from rnnvis_assets.network.stepped_mamba import stepped_mamba
from tests.rnnvis_assets.recording.networks import make_network

UNITS, GATES, OUTPUTS = 5, 4, 3


def test_a_clamped_layer_shares_its_inputs_and_those_above_do_not() -> None:
    network = stepped(make_network("lstm", num_layers=3, units=UNITS))
    recurrent, output = GATES * UNITS * UNITS, OUTPUTS * UNITS
    top = operations_of_a_token(network, [Work(layer=2, sets=7, scored=0.5)])
    assert top == 7 * (recurrent + 0.5 * output)
    both = operations_of_a_token(network, [Work(2, 7, 0.5), Work(0, 2, 1.0)])
    assert both == top + 2 * (5 * recurrent + output)


def test_no_set_shares_what_a_mamba_reads() -> None:
    network = make_network("mamba", num_layers=2, units=UNITS)
    parts = stepped_mamba(network, dict.fromkeys(range(2), torch.ones(1, STATE_SIZE)))
    block = sum(weights.numel() for weights in network.rnn.layers[0].parameters())
    block += OPERATIONS_OF_A_CELL * 2 * UNITS * STATE_SIZE
    found = operations_of_a_token(parts, [Work(layer=0, sets=7, scored=0.5)])
    assert found == 7 * (2 * block + 0.5 * OUTPUTS * UNITS)


def test_tokens_fit_the_seconds_between_the_fewest_and_the_most() -> None:
    rate = PLAIN_CORES * OPERATIONS_OF_A_CORE
    bounds = {"fewest": 500, "most": 20_000}
    assert affordable_tokens(rate / 1000, seconds=3, **bounds) == 3000
    assert affordable_tokens(rate / 1000, seconds=100, **bounds) == 20_000
    assert affordable_tokens(rate, seconds=3, **bounds) == 500
    assert affordable_tokens(rate, seconds=3, fewest=500, most=28) == 28


def test_the_forecast_is_for_the_cores_at_hand() -> None:
    assert forecast_seconds(OPERATIONS_OF_A_CORE / 1000, tokens=3000, cores=4) == pytest.approx(
        0.75
    )
