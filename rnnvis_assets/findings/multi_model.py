"""Findings that compare models of one dataset: cells of three kinds, or two class balances."""

from functools import reduce

import numpy as np

from rnnvis_assets.findings import cell_contrast
from rnnvis_assets.findings.cell_contrast import SentenceSteps, sentence_steps
from rnnvis_assets.findings.finding_inputs import NO_POLARITY, FindingInputs
from rnnvis_assets.findings.interval_estimates import inconclusive
from rnnvis_assets.findings.sentiment import RECALL, WORDS, negative_recall, negative_words
from warehouse.arrays import FloatArray, IntArray
from warehouse.findings_table import Measurements


def _same_words(*compared: FindingInputs) -> list[FloatArray]:
    """Mean responses of h in the last layer, to the words that all networks have responses to."""
    found = [inputs.responses(inputs.top_layer, "hidden") for inputs in compared]
    common = reduce(np.intersect1d, [matrix.word_ids for matrix in found])
    return [matrix.mean[np.searchsorted(matrix.word_ids, common)] for matrix in found]


def _steps(*compared: FindingInputs) -> list[SentenceSteps]:
    """Figures of every sentence that has tokens."""
    found = [sentence_steps(inputs) for inputs in compared]
    known = ~np.isnan(found[0].updated)
    return [
        SentenceSteps(steps.updated[known], steps.sparsity[known], steps.preserved[known])
        for steps in found
    ]


def measure_strength(rnn: FindingInputs, lstm: FindingInputs) -> Measurements:
    """Finding 4."""
    of_rnn, of_lstm = _steps(rnn, lstm)
    return (
        cell_contrast.stronger_response(*_same_words(rnn, lstm)),
        cell_contrast.larger_updates(of_rnn.updated, of_lstm.updated),
        cell_contrast.sparser_updates(of_rnn.sparsity, of_lstm.sparsity),
    )


def measure_distributions(
    rnn: FindingInputs, lstm: FindingInputs, gru: FindingInputs
) -> Measurements:
    """Finding 5."""
    return cell_contrast.closer_distribution(*_same_words(gru, lstm, rnn))


def measure_preserved(rnn: FindingInputs, lstm: FindingInputs, gru: FindingInputs) -> Measurements:
    """Finding 6."""
    steps = _steps(rnn, lstm, gru)
    return cell_contrast.preserved_information(*(found.preserved for found in steps))


def _negative_moves(inputs: FindingInputs, polarity: FloatArray, word_ids: IntArray) -> FloatArray:
    """What each word adds to the log odds of the negative class, in the mean."""
    found = inputs.responses(inputs.top_layer, "hidden")
    moves: FloatArray = found.mean[np.searchsorted(found.word_ids, word_ids)] @ polarity
    return moves


def measure_class_balance(as_it_comes: FindingInputs, balanced: FindingInputs) -> Measurements:
    """Finding 9."""
    compared = (as_it_comes, balanced)
    polarities = [found for found in (each.polarity() for each in compared) if found is not None]
    if len(polarities) < len(compared):
        return tuple(inconclusive(name, NO_POLARITY) for name in (RECALL, WORDS))
    clustered = (each.word_clusters(each.top_layer)[0] for each in compared)
    common = reduce(np.intersect1d, clustered)
    moves = [
        _negative_moves(each, polarity, common)
        for each, polarity in zip(compared, polarities, strict=True)
    ]
    return (
        negative_recall(*(each.recognised() for each in compared)),
        negative_words(*moves),
    )
