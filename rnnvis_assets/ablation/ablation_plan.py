"""How many tokens are read under clamps, so that it takes as long as the analysis allows."""

from collections.abc import Iterable
from dataclasses import dataclass

from rnnvis_assets.network.cells import RecurrentLayer
from rnnvis_assets.network.stepped_mamba import MambaLayer, Stepped

OPERATIONS_OF_A_CORE = 2.5e10
"""Multiply-adds a second that a plain core takes in a pass: of 200 units and 10,000 words about so
many, whether in a layer or in the output layer; of smaller networks fewer."""

OPERATIONS_OF_A_CELL = 60
"""Multiply-adds that take as long as one step of a number of a Mamba's memory."""

PLAIN_CORES = 2
SHARE_OF_UNITS = 0.2
"""Of the time, for silencing every direction by itself."""

FEWEST_TOKENS = 2_000
FEWEST_TOKENS_OF_UNITS = 100
"""Read however large the network is; a direction's cost is compared with no random sets."""


@dataclass(frozen=True)
class Work:
    """Some sets of clamps on a layer, and the share of tokens after which they are scored."""

    layer: int
    sets: int
    scored: float


def operations_of_a_token(network: Stepped, works: Iterable[Work]) -> float:
    """Multiply-adds for each token that is read under all sets of clamps.

    The clamped layer's own products with its inputs are shared by all sets, but those of a Mamba.
    """
    total = 0.0
    for work in works:
        clamped, *above = network.layers[work.layer :]
        shared = 0 if isinstance(clamped, MambaLayer) else clamped.weight_ih.numel()
        products = sum(map(_operations_of_a_layer, (clamped, *above))) - shared
        total += work.sets * (products + work.scored * network.output.weight.numel())
    return total


def _operations_of_a_layer(layer: RecurrentLayer | MambaLayer) -> int:
    if isinstance(layer, MambaLayer):
        cells = layer.block.A_log.numel()
        return sum(each.numel() for each in layer.block.parameters()) + OPERATIONS_OF_A_CELL * cells
    return layer.weight_ih.numel() + layer.weight_hh.numel()


def affordable_tokens(operations: float, seconds: float, fewest: int, most: int) -> int:
    """Tokens that two plain cores read in so many ``seconds``, from ``fewest`` to ``most``.

    The same on every machine, so that the results are.
    """
    affordable = int(seconds * PLAIN_CORES * OPERATIONS_OF_A_CORE / operations)
    return min(most, max(fewest, affordable))


def forecast_seconds(operations: float, tokens: int, cores: int) -> float:
    """About how long it takes here."""
    return operations * tokens / (cores * OPERATIONS_OF_A_CORE)
