"""Finding 4: a vanilla RNN responds more strongly than an LSTM, and updates more (paper, Fig. 9).

Measured on the hidden state h, which all cells have and which lies within ±1 in all.
"""

import numpy as np

from rnnvis_assets.findings.interval_estimates import (
    FEWEST,
    bootstrap_interval,
    claim_above,
    paired_difference,
    too_few,
)
from warehouse.arrays import FloatArray, IntArray
from warehouse.findings_table import Measurement

STRENGTH = "mean |response| of the RNN over that of the LSTM"
UPDATED = "share of the memory updated at a step, RNN less LSTM"
SPARSER = "sparsity of a step's update, LSTM less RNN"


def stronger_response(rnn: FloatArray, lstm: FloatArray) -> Measurement:
    """Ratio of mean |expected response|, over the same words, [words, units] each (numbers of units
    may differ); it must exceed 1. The bootstrap is over words."""
    if len(rnn) < FEWEST:
        return too_few(STRENGTH, len(rnn), "words that both networks have read")
    sizes = [np.abs(part).mean(axis=1, dtype=np.float64) for part in (rnn, lstm)]

    def ratio(rows: IntArray) -> float:
        return float(sizes[0][rows].mean() / sizes[1][rows].mean())

    everything = np.arange(len(rnn))
    return claim_above(
        STRENGTH,
        ratio(everything),
        bootstrap_interval((everything,), ratio),
        threshold=1.0,
        reference=float(sizes[1].mean()),
        explanation=f"Over {len(rnn):,} words: {sizes[0].mean():.3f} for the RNN, "
        f"{sizes[1].mean():.3f} for the LSTM (the reference), both of h.",
    )


def larger_updates(rnn: FloatArray, lstm: FloatArray) -> Measurement:
    """Σ|h_t − h_(t−1)| / Σ(|h_t| + |h_(t−1)|), 1 where nothing of the memory stays as it was: means
    of the steps of each sentence, [sentences] of each network, of the same sentences."""
    return paired_difference(
        UPDATED, rnn, lstm, items="sentences",
        explanation=f"{np.mean(rnn):.3f} for the RNN, {np.mean(lstm):.3f} for the LSTM.",
    )  # fmt: skip


def sparser_updates(rnn: FloatArray, lstm: FloatArray) -> Measurement:
    """Hoyer's sparsity of h_t − h_(t−1): means of the steps of each sentence, [sentences] of each
    network, of the same sentences."""
    return paired_difference(
        SPARSER, lstm, rnn, items="sentences",
        explanation="0 is an update of all units alike, 1 of a single one: "
        f"{np.mean(lstm):.3f} for the LSTM, {np.mean(rnn):.3f} for the RNN.",
    )  # fmt: skip
