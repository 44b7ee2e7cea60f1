"""Findings that compare models of one dataset: kinds of cells, two class balances, seeds."""

from collections.abc import Sequence
from functools import reduce

import numpy as np

from rnnvis_assets.findings import cell_contrast
from rnnvis_assets.findings.finding_inputs import NO_POLARITY, FindingInputs
from rnnvis_assets.findings.interval_estimates import inconclusive
from rnnvis_assets.findings.opinion_lexicon import good_and_bad
from rnnvis_assets.findings.seed_intervals import agreement_between_seeds
from rnnvis_assets.findings.sentiment import (
    RANKED,
    RECALL,
    WORDS,
    better_ranked,
    negative_recall,
    negative_words,
)
from warehouse.arrays import FloatArray, IntArray
from warehouse.findings_table import Measurements
from warehouse.stored_responses import StoredResponses, StoredRows

BOTH_STATES = ("hidden", "cell")


def _same_words(*found: StoredResponses) -> list[StoredRows]:
    """Mean responses to the words that all networks have responses to."""
    common = reduce(np.intersect1d, [responses.word_ids for responses in found])
    return [responses.rows_of(common) for responses in found]


def measure_strength(rnn: FindingInputs, lstm: FindingInputs) -> Measurements:
    """Finding 4, of h of the RNN, and of h and of c of the LSTM."""
    summary = rnn.unit_summary("hidden")
    updates = cell_contrast.relative_updates(summary)
    sparsity = cell_contrast.update_sparsity(rnn, "hidden", summary["std"])
    known = ~np.isnan(sparsity)
    parts: Measurements = ()
    for state in BOTH_STATES:
        other = lstm.unit_summary(state)
        responses = _same_words(
            rnn.responses(rnn.top_layer, "hidden"), lstm.responses(lstm.top_layer, state)
        )
        spreads = (summary["std"], other["std"])
        of_rnn, of_lstm = map(cell_contrast.sizes_in_spreads, responses, spreads)
        sparse = cell_contrast.update_sparsity(lstm, state, other["std"])
        parts += (
            cell_contrast.stronger_response(of_rnn, of_lstm, state),
            cell_contrast.larger_updates(updates, cell_contrast.relative_updates(other), state),
            cell_contrast.sparser_updates(sparsity[known], sparse[known], state),
        )
    return parts


def measure_distributions(
    rnn: FindingInputs, lstm: FindingInputs, gru: FindingInputs
) -> Measurements:
    """Finding 5, of h."""
    return cell_contrast.closer_distribution(
        *_same_words(*(each.responses(each.top_layer, "hidden") for each in (gru, lstm, rnn)))
    )


def measure_preserved(rnn: FindingInputs, lstm: FindingInputs, gru: FindingInputs) -> Measurements:
    """Finding 6, of h of all three and of c of the LSTM."""
    reference = _preserved(rnn, "hidden")
    compared = (("LSTM", lstm, "hidden"), ("LSTM", lstm, "cell"), ("GRU", gru, "hidden"))
    return tuple(
        cell_contrast.preserved_information(
            _preserved(inputs, state), reference, (cell, state), ("RNN", "hidden")
        )
        for cell, inputs, state in compared
    )


def measure_preserved_by_mamba(lstm: FindingInputs, mamba: FindingInputs) -> Measurements:
    """Finding 6, of h and of c of both."""
    return tuple(
        cell_contrast.preserved_information(
            _preserved(mamba, state), _preserved(lstm, state), ("Mamba", state), ("LSTM", state)
        )
        for state in BOTH_STATES
    )


def _preserved(inputs: FindingInputs, state: str) -> FloatArray:
    """Of the units that vary."""
    found = inputs.unit_summary(state)["preserved_centred"]
    return found[np.isfinite(found)]


def _negative_moves(inputs: FindingInputs, polarity: FloatArray, word_ids: IntArray) -> FloatArray:
    """What each word adds to the log odds of the negative class, in the mean over its occurrences,
    shrunk towards 0 for rare words: by n / (n + minimum count) of n occurrences."""
    found = inputs.responses(inputs.top_layer, "hidden")
    rows = np.searchsorted(found.word_ids, word_ids)
    shrinkage = found.counts[rows] / (found.counts[rows] + inputs.minimum_count)
    moves: FloatArray = found.mean[rows] @ polarity * shrinkage
    return moves


def measure_class_balance(as_it_comes: FindingInputs, balanced: FindingInputs) -> Measurements:
    """Finding 9."""
    compared = (as_it_comes, balanced)
    polarities = [found for found in (each.polarity() for each in compared) if found is not None]
    if len(polarities) < len(compared):
        return tuple(inconclusive(name, NO_POLARITY) for name in (RECALL, RANKED, WORDS))
    read = (each.responses(each.top_layer, "hidden").word_ids for each in compared)
    common = reduce(np.intersect1d, read)
    _, bad = good_and_bad()
    listed = np.intersect1d(common, [as_it_comes.vocabulary.ids.get(word, -1) for word in bad])
    moves = [
        _negative_moves(each, polarity, listed)
        for each, polarity in zip(compared, polarities, strict=True)
    ]
    documents = [each.labelled() for each in compared]
    return (
        negative_recall(*(found.recognised for found in documents)),
        better_ranked(*documents),
        negative_words(*moves),
    )


def measure_agreement(family: Sequence[FindingInputs]) -> Measurements:
    """Finding 14, in the last layer."""
    stability = [inputs.stability() for inputs in family]
    labels = [inputs.word_clusters(inputs.top_layer) for inputs in family]
    return (agreement_between_seeds(labels, float(np.mean(stability))),)
