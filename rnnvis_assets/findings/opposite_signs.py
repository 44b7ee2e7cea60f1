"""Finding 3: some units take the same words with opposite sign (paper, Fig. 8C)."""

import numpy as np

from rnnvis_assets.findings.interval_estimates import (
    SEED,
    claim_above,
    estimate_of_rows,
    inconclusive,
)
from warehouse.arrays import FloatArray, IntArray
from warehouse.findings_table import Measurement

STATISTIC = "opposition of the most opposed pair of units, on words not used to find it"
THRESHOLD = 0.5
FEWEST_WORDS = 20


def _cosines(responses: FloatArray) -> FloatArray:
    """float64[units, units]: cosine of every two columns of [words, units]; 0 for empty ones."""
    norms = np.linalg.norm(responses, axis=0)
    columns = np.divide(responses, norms, out=np.zeros(responses.shape), where=norms > 0)
    cosines: FloatArray = columns.T @ columns
    return cosines


def opposite_signs(responses: FloatArray) -> Measurement:
    """Minus the cosine, over words, of the responses of two units, of [words, units].

    1 where they take the same words with opposite sign, 0 where they have nothing in common. One
    random half of the words selects the most opposed pair of units and the other half measures it,
    so that selecting among many pairs does not flatter the result. The bootstrap is over the words
    that measure; the reference is the median over all pairs of units.
    """
    words, units = responses.shape
    if words < FEWEST_WORDS or units < 2:
        return inconclusive(STATISTIC, f"Found {words} words and {units} units: too few.")
    order = np.random.default_rng(SEED).permutation(words)
    values = np.asarray(responses, np.float64)
    choosing, measuring = values[order[: words // 2]], values[order[words // 2 :]]
    first, second = np.unravel_index(np.argmin(_cosines(choosing)), (units, units))
    held_out = -_cosines(measuring)
    partners = _cosines(choosing).argmin(axis=1)
    opposed = float(np.mean(held_out[np.arange(units), partners] > THRESHOLD))

    def opposition(rows: IntArray) -> float:
        return float(-_cosines(measuring[np.ix_(rows, [first, second])])[0, 1])

    return claim_above(
        STATISTIC,
        estimate_of_rows(len(measuring), opposition),
        threshold=THRESHOLD,
        reference=float(np.median(held_out[np.triu_indices(units, 1)])),
        explanation=f"Units {first} and {second}; {opposed:.0%} of all units have a partner beyond "
        f"the threshold. Measured on {len(measuring)} words, chosen on the others.",
    )
