"""Findings that compare models of one dataset: cells of three kinds, or two class balances."""

from functools import reduce

import numpy as np

from rnnvis_assets.findings import preserved, strength
from rnnvis_assets.findings.class_balance import RECALL, WORDS, negative_recall, negative_words
from rnnvis_assets.findings.distribution import closer_distribution
from rnnvis_assets.findings.evidence import NO_POLARITY, Evidence
from rnnvis_assets.findings.measurement import Floats, Ints, untold
from rnnvis_assets.findings.steps import SentenceSteps, sentence_steps
from warehouse.findings import Measurements


def _same_words(*compared: Evidence) -> list[Floats]:
    """Mean responses of h in the last layer, to the words that all networks have responses to."""
    found = [evidence.responses(evidence.top_layer, "hidden") for evidence in compared]
    common = reduce(np.intersect1d, [matrix.word_ids for matrix in found])
    return [matrix.mean[np.searchsorted(matrix.word_ids, common)] for matrix in found]


def _steps(*compared: Evidence) -> list[SentenceSteps]:
    """Figures of every sentence that has tokens."""
    found = [sentence_steps(evidence) for evidence in compared]
    told = ~np.isnan(found[0].updated)
    return [
        SentenceSteps(steps.updated[told], steps.sparsity[told], steps.preserved[told])
        for steps in found
    ]


def measure_strength(rnn: Evidence, lstm: Evidence) -> Measurements:
    """Finding 4."""
    of_rnn, of_lstm = _steps(rnn, lstm)
    return (
        strength.stronger_response(*_same_words(rnn, lstm)),
        strength.larger_updates(of_rnn.updated, of_lstm.updated),
        strength.sparser_updates(of_rnn.sparsity, of_lstm.sparsity),
    )


def measure_distributions(rnn: Evidence, lstm: Evidence, gru: Evidence) -> Measurements:
    """Finding 5."""
    return closer_distribution(*_same_words(gru, lstm, rnn))


def measure_preserved(rnn: Evidence, lstm: Evidence, gru: Evidence) -> Measurements:
    """Finding 6."""
    steps = _steps(rnn, lstm, gru)
    return preserved.preserved_information(*(found.preserved for found in steps))


def _negative_moves(evidence: Evidence, polarity: Floats, word_ids: Ints) -> Floats:
    """What each word adds to the log odds of the negative class, in the mean."""
    found = evidence.responses(evidence.top_layer, "hidden")
    moves: Floats = found.mean[np.searchsorted(found.word_ids, word_ids)] @ polarity
    return moves


def measure_class_balance(as_it_comes: Evidence, balanced: Evidence) -> Measurements:
    """Finding 9."""
    compared = (as_it_comes, balanced)
    polarities = [found for found in (each.polarity() for each in compared) if found is not None]
    if len(polarities) < len(compared):
        return tuple(untold(name, NO_POLARITY) for name in (RECALL, WORDS))
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
