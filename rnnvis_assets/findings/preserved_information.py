"""Finding 6: a vanilla RNN preserves less information than an LSTM or a GRU (paper, Eq. 7)."""

import numpy as np

from rnnvis_assets.findings.interval_estimates import paired_difference
from warehouse.arrays import FloatArray
from warehouse.findings_table import Measurement

LSTM_KEEPS = "preserved share of the memory, LSTM less RNN"
GRU_KEEPS = "preserved share of the memory, GRU less RNN"


def preserved_information(
    rnn: FloatArray, lstm: FloatArray, gru: FloatArray
) -> tuple[Measurement, ...]:
    """β / Σ|s_t| over all units of the last layer, s the analysed state (c of an LSTM, else h):
    means of the steps of each sentence, [sentences], of the same sentences in all networks."""
    return tuple(
        paired_difference(
            statistic, gated, rnn, items="sentences",
            explanation=f"{np.mean(gated):.3f} for the {name}, {np.mean(rnn):.3f} for the RNN "
            "(the reference).",
        )
        for statistic, name, gated in ((LSTM_KEEPS, "LSTM", lstm), (GRU_KEEPS, "GRU", gru))
    )  # fmt: skip
