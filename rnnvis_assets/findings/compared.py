"""Findings that compare models of one dataset: cells of three kinds, or two class balances."""

from functools import reduce

import numpy as np

from rnnvis_assets.findings import class_balance, preserved, strength
from rnnvis_assets.findings.distribution import closer_distribution
from rnnvis_assets.findings.evidence import Evidence
from rnnvis_assets.findings.measurement import Floats, untold
from rnnvis_assets.findings.steps import SentenceSteps, sentence_steps
from warehouse.findings import Measurement

Measurements = tuple[Measurement, ...]


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


def _negative_moves(evidence: Evidence, polarity: Floats) -> Floats:
    """What each clustered word adds to the log odds of the negative class, in the mean."""
    found = evidence.responses(evidence.top_layer, "hidden")
    word_ids, _ = evidence.word_clusters(evidence.top_layer)
    moves: Floats = found.mean[np.searchsorted(found.word_ids, word_ids)] @ polarity
    return moves


def measure_class_balance(as_it_comes: Evidence, balanced: Evidence) -> Measurements:
    """Finding 9."""
    polarities = as_it_comes.polarity(), balanced.polarity()
    if polarities[0] is None or polarities[1] is None:
        why = "The networks have no classes 'negative' and 'positive'."
        return untold(class_balance.RECALL, why), untold(class_balance.WORDS, why)
    return (
        class_balance.negative_recall(as_it_comes.recognised(), balanced.recognised()),
        class_balance.negative_words(
            _negative_moves(as_it_comes, polarities[0]), _negative_moves(balanced, polarities[1])
        ),
    )
