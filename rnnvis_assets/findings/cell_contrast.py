"""Findings 4, 5 and 6: how the memories of a vanilla RNN, an LSTM, a GRU and a Mamba differ.

Every figure of a state is relative to that state's own spread (the standard deviation of each unit
over all recorded steps), since h is bounded by 1 and an LSTM's c is not; each statistic names the
state.
"""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from scipy.sparse import csr_array, vstack
from scipy.stats import wasserstein_distance

from rnnvis_assets.findings.finding_inputs import FindingInputs
from rnnvis_assets.findings.interval_estimates import (
    FEWEST,
    claim_above,
    estimate,
    estimate_of_rows,
    paired_difference,
    too_few,
)
from rnnvis_assets.findings.layer_contrast import hoyer_sparsity
from warehouse.arrays import FloatArray, IntArray
from warehouse.findings_table import Measurement
from warehouse.stored_responses import Rows, in_blocks

STRENGTH = "mean |response| of the RNN's h over that of the LSTM's {symbol}, each in spreads"
UPDATED = "relative update at a step, the RNN's h less the LSTM's {symbol}"
SPARSER = "sparsity of a step's update, the LSTM's {symbol} less the RNN's h"
RANGE = "distance of the GRU's responses from the RNN's, less from the LSTM's"
SHAPE = "the same in shape, each distribution divided by its standard deviation"
KEEPS = "preserved fraction of the centred memory, the {}'s {} less the {}'s {}"
SYMBOLS: Mapping[str, str] = {"hidden": "h", "cell": "c"}
CellState = tuple[str, str]
"""A cell, and the name of one of its states."""
BINS = 1000


def sizes_in_spreads(responses: Rows, spread: FloatArray) -> FloatArray:
    """Mean |expected response / spread| to each word, over the units whose standard deviation
    ``spread`` [units] is not 0: float64[words]."""
    varies = spread > 0
    sizes = [
        np.abs(block[:, varies] / spread[varies]).mean(axis=1, dtype=np.float64)
        for _, block in in_blocks(responses)
    ]
    return np.concatenate([np.empty(0), *sizes])


def stronger_response(rnn: FloatArray, lstm: FloatArray, state: str) -> Measurement:
    """Ratio of the means of ``sizes_in_spreads``, [words] of the RNN's h and of an LSTM's ``state``
    for the same words; it must exceed 1. The bootstrap is over words."""
    statistic = STRENGTH.format(symbol=SYMBOLS[state])
    if len(rnn) < FEWEST:
        return too_few(statistic, len(rnn), "words that both networks have read")

    def ratio(rows: IntArray) -> float:
        return float(rnn[rows].mean() / lstm[rows].mean())

    return claim_above(
        statistic,
        estimate_of_rows(len(rnn), ratio, over="words"),
        threshold=1.0,
        reference=float(lstm.mean()),
        explanation=f"Over {len(rnn):,} words, in standard deviations of a unit: "
        f"{rnn.mean():.3f} for the RNN, {lstm.mean():.3f} for the LSTM (the reference).",
    )


def larger_updates(rnn: FloatArray, lstm: FloatArray, state: str) -> Measurement:
    """Root mean square of s_t − s_(t−1) over √2 standard deviations of s, [units] of each network.

    0 of a constant unit, 1 of one whose steps have nothing to do with each other. The bootstrap is
    over the units of both.
    """
    return _between_units(
        UPDATED.format(symbol=SYMBOLS[state]), rnn, lstm,
        f"{rnn.mean():.3f} for the RNN, {lstm.mean():.3f} for the LSTM; 1 where nothing is kept.",
    )  # fmt: skip


def sparser_updates(rnn: FloatArray, lstm: FloatArray, state: str) -> Measurement:
    """Hoyer's sparsity of (s_t − s_(t−1)) / spread, as means over the steps of each sentence:
    [sentences]."""
    return paired_difference(
        SPARSER.format(symbol=SYMBOLS[state]), lstm, rnn, items="sentences",
        explanation="0 is an update of all units alike, 1 of a single one: "
        f"{np.mean(lstm):.3f} for the LSTM, {np.mean(rnn):.3f} for the RNN.",
    )  # fmt: skip


def preserved_information(
    gated: FloatArray, other: FloatArray, of_gated: CellState, of_other: CellState
) -> Measurement:
    """β / Σ|s_t| (Eq. 7) of s less its mean, [units] of the last layer of each network.

    Centred unit by unit: of a state that has drifted, everything is preserved whatever happens. The
    bootstrap is over the units of both.
    """
    return _between_units(
        KEEPS.format(of_gated[0], SYMBOLS[of_gated[1]], of_other[0], SYMBOLS[of_other[1]]),
        gated, other,
        f"{gated.mean():.3f} for the {of_gated[0]}, {other.mean():.3f} for the {of_other[0]} (the "
        "reference).",
    )  # fmt: skip


def _between_units(
    statistic: str, larger: FloatArray, smaller: FloatArray, explanation: str
) -> Measurement:
    """The claim that the first's units exceed the second's in the mean; [units] each, finite."""
    fewest = min(len(larger), len(smaller))
    if fewest < FEWEST:
        return too_few(statistic, fewest, "units that vary")
    return claim_above(
        statistic,
        estimate((larger, smaller), lambda one, other: one.mean() - other.mean(), over="units"),
        reference=float(smaller.mean()),
        explanation=explanation,
    )


def closer_distribution(gru: Rows, lstm: Rows, rnn: Rows) -> tuple[Measurement, ...]:
    """W₁(GRU, RNN) − W₁(GRU, LSTM) between the distributions of all responses [words, units] of h.

    To the same words, unscaled and divided by their standard deviation; both must exceed 0.
    Distributions are taken in 1,000 bins (an error of a thousandth of the range at most); the
    bootstrap is over words.
    """
    if len(gru) < FEWEST:
        few = "words that all three networks have read"
        return tuple(too_few(name, len(gru), few) for name in (RANGE, SHAPE))
    responses = (gru, lstm, rnn)
    in_range = _closer(RANGE, responses, (1.0, 1.0, 1.0))
    return in_range, _closer(SHAPE, responses, [_spread(part) or 1.0 for part in responses])


def _closer(statistic: str, responses: Sequence[Rows], scales: Sequence[float]) -> Measurement:
    """Of the responses of a GRU, an LSTM and an RNN, each over its scale."""
    words = len(responses[0])
    middles, (of_gru, of_lstm, of_rnn) = _histograms(responses, scales)

    def distances(rows: IntArray) -> tuple[float, float]:
        drawn = np.bincount(rows, minlength=words)
        own, *others = (drawn @ part for part in (of_gru, of_rnn, of_lstm))
        far, near = (wasserstein_distance(middles, middles, own, other) for other in others)
        return float(far), float(near)

    far, near = distances(np.arange(words))
    return claim_above(
        statistic,
        estimate_of_rows(words, lambda rows: -np.diff(distances(rows))[0], over="words"),
        reference=near,
        explanation=f"Wasserstein-1 distances over {words:,} words and all units: {far:.4f} "
        f"from the RNN, {near:.4f} from the LSTM (the reference).",
    )


def _spread(responses: Rows) -> float:
    """The standard deviation of all responses, whatever the word and the unit."""
    count, mean = len(responses) * responses.shape[1], 0.0
    for _, block in in_blocks(responses):
        mean += float(block.sum(dtype=np.float64)) / count
    squares = (np.square(block - np.float64(mean)).sum() for _, block in in_blocks(responses))
    return float(np.sqrt(sum(squares) / count))


def _scaled(responses: Rows, scale: float) -> Iterator[FloatArray]:
    return (block / scale for _, block in in_blocks(responses))


def _histograms(
    responses: Sequence[Rows], scales: Sequence[float]
) -> tuple[FloatArray, Sequence[csr_array]]:
    """The middles of common bins, and for each network [words, bins] counts of units, mostly 0."""
    ends = [
        (block.min(), block.max())
        for part, scale in zip(responses, scales, strict=True)
        for block in _scaled(part, scale)
    ]
    edges = np.linspace(min(low for low, _ in ends), max(high for _, high in ends), BINS + 1)
    counts = [
        vstack([_count_rows(block, edges) for block in _scaled(part, scale)], format="csr")
        for part, scale in zip(responses, scales, strict=True)
    ]
    return (edges[:-1] + edges[1:]) / 2, counts


def _count_rows(responses: FloatArray, edges: FloatArray) -> csr_array:
    return csr_array(np.stack([np.histogram(row, edges)[0] for row in responses]))


def relative_updates(summary: Mapping[str, FloatArray]) -> FloatArray:
    """Root mean square of s_t − s_(t−1) over √2 standard deviations of s, for the units [units] of
    a table ``unit_summary`` that vary."""
    varies = summary["std"] > 0
    squares = summary["delta_std"] ** 2 + summary["delta_mean"] ** 2
    updates: FloatArray = np.sqrt(squares[varies] / 2) / summary["std"][varies]
    return updates


def update_sparsity(inputs: FindingInputs, state: str, spread: FloatArray) -> FloatArray:
    """Hoyer's sparsity of a step's update over ``spread`` [units], in the mean of each sentence:
    float64[sentences], NaN for one without tokens.

    Streams the last layer of the recording once; memory does not depend on its length.
    """
    reading, column = inputs.reading, f"{state}_delta"
    total = np.zeros(reading.split.num_sentences)
    scale = np.divide(1, spread, out=np.zeros_like(spread), where=spread > 0)
    for block in reading.blocks(inputs.top_layer, (column,)):
        found = hoyer_sparsity(block.columns[column] * scale)
        total += np.bincount(block.sentence, found, minlength=len(total))
    lengths = np.diff(reading.split.sentence_offsets)
    means: FloatArray = np.divide(
        total, lengths, out=np.full(len(total), np.nan), where=lengths > 0
    )
    return means
