"""Findings 4, 5 and 6: how the memories of a vanilla RNN, an LSTM and a GRU differ.

Responses and updates are of the hidden state h, which all cells have, within ±1 (paper, Fig. 9);
preserved information is of the analysed state (Eq. 7).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import wasserstein_distance

from rnnvis_assets.findings.finding_inputs import FindingInputs
from rnnvis_assets.findings.interval_estimates import (
    FEWEST,
    claim_above,
    estimate_of_rows,
    paired_difference,
    too_few,
)
from rnnvis_assets.findings.layer_contrast import hoyer_sparsity
from rnnvis_assets.glyphs.aggregate_information import ClusterReader
from warehouse.arrays import FloatArray, IntArray
from warehouse.chips import Chips
from warehouse.findings_table import Measurement

STRENGTH = "mean |response| of the RNN over that of the LSTM"
UPDATED = "fraction of the memory updated at a step, RNN less LSTM"
SPARSER = "sparsity of a step's update, LSTM less RNN"
RANGE = "distance of the GRU's responses from the RNN's, less from the LSTM's"
SHAPE = "the same in shape, each distribution divided by its standard deviation"
LSTM_KEEPS = "preserved fraction of the memory, LSTM less RNN"
GRU_KEEPS = "preserved fraction of the memory, GRU less RNN"
BINS = 1000


def stronger_response(rnn: FloatArray, lstm: FloatArray) -> Measurement:
    """Ratio of mean |expected response| over the same words; it must exceed 1.

    [words, units] each, where the numbers of units may differ. The bootstrap is over words.
    """
    if len(rnn) < FEWEST:
        return too_few(STRENGTH, len(rnn), "words that both networks have read")
    sizes = [np.abs(part).mean(axis=1, dtype=np.float64) for part in (rnn, lstm)]
    return claim_above(
        STRENGTH,
        estimate_of_rows(
            len(rnn), lambda rows: sizes[0][rows].mean() / sizes[1][rows].mean(), over="words"
        ),
        threshold=1.0,
        reference=float(sizes[1].mean()),
        explanation=f"Over {len(rnn):,} words: {sizes[0].mean():.3f} for the RNN, "
        f"{sizes[1].mean():.3f} for the LSTM (the reference), both of h.",
    )


def larger_updates(rnn: FloatArray, lstm: FloatArray) -> Measurement:
    """Σ|h_t − h_(t−1)| / Σ(|h_t| + |h_(t−1)|), 1 where none of the memory is kept.

    Means over the steps of each sentence: [sentences] of each network, of the same sentences.
    """
    return paired_difference(
        UPDATED, rnn, lstm, items="sentences",
        explanation=f"{np.mean(rnn):.3f} for the RNN, {np.mean(lstm):.3f} for the LSTM.",
    )  # fmt: skip


def sparser_updates(rnn: FloatArray, lstm: FloatArray) -> Measurement:
    """Hoyer's sparsity of h_t − h_(t−1), as means over the steps of each sentence: [sentences]."""
    return paired_difference(
        SPARSER, lstm, rnn, items="sentences",
        explanation="0 is an update of all units alike, 1 of a single one: "
        f"{np.mean(lstm):.3f} for the LSTM, {np.mean(rnn):.3f} for the RNN.",
    )  # fmt: skip


def closer_distribution(
    gru: FloatArray, lstm: FloatArray, rnn: FloatArray
) -> tuple[Measurement, ...]:
    """W₁(GRU, RNN) − W₁(GRU, LSTM) between the distributions of all responses [words, units].

    To the same words, unscaled and divided by their standard deviation; both must exceed 0.
    Distributions are taken in 1,000 bins (an error of a thousandth of the range at most); the
    bootstrap is over words.
    """
    if len(gru) < FEWEST:
        few = "words that all three networks have read"
        return tuple(too_few(name, len(gru), few) for name in (RANGE, SHAPE))
    scaled = [part / (part.std() or 1.0) for part in (gru, lstm, rnn)]
    return _closer(RANGE, gru, lstm, rnn), _closer(SHAPE, *scaled)


def _closer(statistic: str, gru: FloatArray, lstm: FloatArray, rnn: FloatArray) -> Measurement:
    middles, (of_gru, of_lstm, of_rnn) = _histograms((gru, lstm, rnn))

    def distances(rows: IntArray) -> tuple[float, float]:
        own, *others = (part[rows].sum(axis=0) for part in (of_gru, of_rnn, of_lstm))
        far, near = (wasserstein_distance(middles, middles, own, other) for other in others)
        return float(far), float(near)

    far, near = distances(np.arange(len(gru)))
    return claim_above(
        statistic,
        estimate_of_rows(len(gru), lambda rows: -np.diff(distances(rows))[0], over="words"),
        threshold=0.0,
        reference=near,
        explanation=f"Wasserstein-1 distances over {len(gru):,} words and all units: {far:.4f} "
        f"from the RNN, {near:.4f} from the LSTM (the reference).",
    )


def _histograms(responses: tuple[FloatArray, ...]) -> tuple[FloatArray, Sequence[FloatArray]]:
    """The middles of common bins, and for each network [words, bins] counts of units."""
    low, high = min(part.min() for part in responses), max(part.max() for part in responses)
    edges = np.linspace(low, high, BINS + 1)
    counts = [
        np.stack([np.histogram(row, edges)[0] for row in part]).astype(np.float64)
        for part in responses
    ]
    return (edges[:-1] + edges[1:]) / 2, counts


def preserved_information(
    rnn: FloatArray, lstm: FloatArray, gru: FloatArray
) -> tuple[Measurement, ...]:
    """β / Σ|s_t| (Eq. 7) over all units of the last layer, s the analysed state.

    Means over the steps of each sentence: [sentences] of each network, of the same sentences.
    """
    return tuple(
        paired_difference(
            statistic, gated, rnn, items="sentences",
            explanation=f"{np.mean(gated):.3f} for the {name}, {np.mean(rnn):.3f} for the RNN "
            "(the reference).",
        )
        for statistic, name, gated in ((LSTM_KEEPS, "LSTM", lstm), (GRU_KEEPS, "GRU", gru))
    )  # fmt: skip


@dataclass(frozen=True)
class SentenceSteps:
    """Means over the steps of each sentence, float64[sentences]; NaN for one without tokens.

    ``updated`` is Σ|Δh| / Σ(|h_t| + |h_(t-1)|), ``sparsity`` Hoyer's of Δh, ``preserved`` the
    fraction of the analysed state that the one before explains (paper, Eq. 7, over all units).
    """

    updated: FloatArray
    sparsity: FloatArray
    preserved: FloatArray


def sentence_steps(inputs: FindingInputs) -> SentenceSteps:
    """Streams the last layer of the recording once; memory does not depend on its length."""
    reading = inputs.reading
    state = reading.recording.layers[inputs.top_layer].states[-1]
    units = reading.recording.units[inputs.top_layer]
    whole_layer = ClusterReader(Chips.of_units(np.zeros(units, np.int32), 1))
    sums = np.zeros((3, reading.split.num_sentences))
    columns = ("hidden", "hidden_delta", "position", state)
    for block in reading.blocks(inputs.top_layer, tuple(dict.fromkeys(columns))):
        hidden, change = block.columns["hidden"], block.columns["hidden_delta"]
        starts = block.columns["position"] == 0
        figures = (
            _updated_fraction(hidden, change),
            hoyer_sparsity(change),
            whole_layer.read(block.columns[state], starts).preserved[:, 0],
        )
        for total, figure in zip(sums, figures, strict=True):
            total += np.bincount(block.sentence, figure, minlength=len(total))
    lengths = np.diff(reading.split.sentence_offsets)
    blank = np.full(sums.shape, np.nan)
    return SentenceSteps(*np.divide(sums, lengths, out=blank, where=lengths > 0))


def _updated_fraction(hidden: FloatArray, change: FloatArray) -> FloatArray:
    whole = np.abs(hidden).sum(axis=1) + np.abs(hidden - change).sum(axis=1)
    fraction: FloatArray = np.divide(
        np.abs(change).sum(axis=1), whole, out=np.zeros(len(hidden)), where=whole > 0
    )
    return fraction
