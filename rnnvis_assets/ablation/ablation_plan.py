"""How many tokens are read under clamps, so that it takes as long as the analysis allows."""

from collections.abc import Iterable
from dataclasses import dataclass

from rnnvis_assets.network.cells import SteppedNetwork

OPERATIONS_OF_A_CORE = 2.5e10
"""Multiply-adds a second that a plain core takes in a pass: of 200 units and 10,000 words about so
many, whether in a layer or in the output layer; of smaller networks fewer."""

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


def operations_of_a_token(network: SteppedNetwork, works: Iterable[Work]) -> float:
    """Multiply-adds for each token that is read under all sets of clamps.

    The clamped layer's own products with its inputs are shared by all sets.
    """
    total = 0.0
    for work in works:
        clamped, *above = network.layers[work.layer :]
        products = clamped.weight_hh.numel() + work.scored * network.output.weight.numel()
        products += sum(layer.weight_ih.numel() + layer.weight_hh.numel() for layer in above)
        total += work.sets * products
    return total


def affordable_tokens(operations: float, seconds: float, fewest: int, most: int) -> int:
    """Tokens that two plain cores read in so many ``seconds``, from ``fewest`` to ``most``.

    The same on every machine, so that the results are.
    """
    affordable = int(seconds * PLAIN_CORES * OPERATIONS_OF_A_CORE / operations)
    return min(most, max(fewest, affordable))


def forecast_seconds(operations: float, tokens: int, cores: int) -> float:
    """About how long it takes here."""
    return operations * tokens / (cores * OPERATIONS_OF_A_CORE)
