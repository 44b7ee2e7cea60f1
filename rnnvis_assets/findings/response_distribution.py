"""Finding 5: a GRU's responses are distributed more like an LSTM's than like a vanilla RNN's
(paper, Fig. 9). Measured on the hidden state h."""

from collections.abc import Sequence

import numpy as np
from scipy.stats import wasserstein_distance

from rnnvis_assets.findings.interval_estimates import (
    FEWEST,
    bootstrap_interval,
    claim_above,
    too_few,
)
from warehouse.arrays import FloatArray, IntArray
from warehouse.findings_table import Measurement

RANGE = "distance of the GRU's responses from the RNN's, less from the LSTM's"
SHAPE = "the same in shape, each distribution divided by its standard deviation"
BINS = 1000


def _histograms(responses: tuple[FloatArray, ...]) -> tuple[FloatArray, Sequence[FloatArray]]:
    """The middles of common bins, and per network how many units of every word fall into each."""
    low, high = min(part.min() for part in responses), max(part.max() for part in responses)
    edges = np.linspace(low, high, BINS + 1)
    counts = [
        np.stack([np.histogram(row, edges)[0] for row in part]).astype(np.float64)
        for part in responses
    ]
    return (edges[:-1] + edges[1:]) / 2, counts


def _closer(statistic: str, gru: FloatArray, lstm: FloatArray, rnn: FloatArray) -> Measurement:
    middles, (of_gru, of_lstm, of_rnn) = _histograms((gru, lstm, rnn))

    def distances(rows: IntArray) -> tuple[float, float]:
        own, *others = (part[rows].sum(axis=0) for part in (of_gru, of_rnn, of_lstm))
        far, near = (wasserstein_distance(middles, middles, own, other) for other in others)
        return float(far), float(near)

    def difference(rows: IntArray) -> float:
        far, near = distances(rows)
        return far - near

    everything = np.arange(len(gru))
    far, near = distances(everything)
    return claim_above(
        statistic,
        far - near,
        bootstrap_interval((everything,), difference),
        threshold=0.0,
        reference=near,
        explanation=f"Wasserstein-1 distances over {len(gru):,} words and all units: {far:.4f} "
        f"from the RNN, {near:.4f} from the LSTM (the reference).",
    )


def closer_distribution(
    gru: FloatArray, lstm: FloatArray, rnn: FloatArray
) -> tuple[Measurement, ...]:
    """W₁(GRU, RNN) − W₁(GRU, LSTM) between the distributions of all responses [words, units] of
    the same words, as they are and divided by their standard deviation; both must exceed 0.

    Distributions are taken in 1,000 bins (an error of a thousandth of the range at most); the
    bootstrap is over words.
    """
    if len(gru) < FEWEST:
        few = "words that all three networks have read"
        return tuple(too_few(name, len(gru), few) for name in (RANGE, SHAPE))
    scaled = [part / (part.std() or 1.0) for part in (gru, lstm, rnn)]
    return _closer(RANGE, gru, lstm, rnn), _closer(SHAPE, *scaled)
