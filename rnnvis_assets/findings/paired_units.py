"""Finding 3: units that take the same words, with the same or with the opposite sign (Fig. 8C)."""

from dataclasses import dataclass

import numpy as np

from rnnvis_assets.findings.interval_estimates import (
    SEED,
    claim_above,
    estimate_of_rows,
    inconclusive,
)
from warehouse.arrays import FloatArray, IntArray
from warehouse.findings_table import Measurement

PAIRED = "|cosine| of the two most alike units, up to sign, less that of an untrained network"
FEWEST_WORDS = 20
ALIKE = 0.5


@dataclass(frozen=True)
class _Pair:
    """The two units that respond most alike, up to sign, on half of the words, and what they
    and the partners of all units do on the others."""

    units: tuple[int, int]
    responses: FloatArray
    share: float

    def cosine(self, rows: IntArray) -> float:
        return float(_cosines(self.responses[rows])[0, 1])


def _cosines(responses: FloatArray) -> FloatArray:
    """float64[units, units]: cosine of every two columns of [words, units]; 0 for empty ones."""
    norms = np.linalg.norm(responses, axis=0)
    columns = np.divide(responses, norms, out=np.zeros(responses.shape), where=norms > 0)
    cosines: FloatArray = columns.T @ columns
    return cosines


def _most_alike(choosing: FloatArray, measuring: FloatArray) -> _Pair:
    sizes = np.abs(_cosines(choosing))
    np.fill_diagonal(sizes, -1)
    first, second = np.unravel_index(np.argmax(sizes), sizes.shape)
    units = int(first), int(second)
    held_out = np.abs(_cosines(measuring))[np.arange(len(sizes)), sizes.argmax(axis=1)]
    return _Pair(units, measuring[:, units], float(np.mean(held_out > ALIKE)))


def paired_units(trained: FloatArray, untrained: FloatArray | str) -> Measurement:
    """|cosine|, over words, of the responses of two units, less the same of an untrained network.

    Responses [words, units] to the same words, or why there are none. Whether two units take words
    alike or opposed depends on the sign of either, which is a convention: a network with a unit and
    its weights turned round computes the same. So the cosine is taken up to sign. One random half
    of the words selects the most alike pair of each network and the other half measures it, so that
    selecting among many pairs does not flatter the result; the bootstrap is over the latter.
    """
    words, units = trained.shape
    if words < FEWEST_WORDS or units < 2:
        return inconclusive(PAIRED, f"Found {words} words and {units} units: too few.")
    if isinstance(untrained, str):
        return inconclusive(PAIRED, untrained)
    choosing, measuring = np.array_split(np.random.default_rng(SEED).permutation(words), 2)
    pair, chance = (
        _most_alike(values[choosing].astype(np.float64), values[measuring].astype(np.float64))
        for values in (trained, untrained)
    )
    every = np.arange(len(measuring))
    return claim_above(
        PAIRED,
        estimate_of_rows(
            len(measuring), lambda rows: abs(pair.cosine(rows)) - abs(chance.cosine(rows)),
            over="words",
        ),
        reference=abs(chance.cosine(every)),
        explanation=f"Units {pair.units[0]} and {pair.units[1]}, cosine {pair.cosine(every):+.3f}; "
        f"of the untrained network {chance.cosine(every):+.3f} (its size is the reference). "
        f"{pair.share:.0%} of all units have a partner beyond {ALIKE}, {chance.share:.0%} before "
        f"training. Measured on {len(measuring)} words, chosen on the others. The sign is a "
        "convention: turning a unit and its weights round leaves the network as it is.",
    )  # fmt: skip
