"""Finding 8: what a conjunction does after praise and after blame (paper, Fig. 10)."""

from collections.abc import Callable, Collection, Mapping, Sequence

import numpy as np

from rnnvis_assets.configuration.dataset_config import Tokenizer
from rnnvis_assets.corpus.tokenization import tokenize
from rnnvis_assets.findings.interval_estimates import claim_above, estimate_mean
from warehouse.arrays import FloatArray, IntArray
from warehouse.findings_table import Measurement

NUM_CONTROLS = 40

MoveAt = Callable[[Sequence[str], str], float]
"""How far a word moves the memory towards negative after some tokens, in log odds."""


def statistic_of(conjunction: str) -> str:
    """The name of what is measured of a conjunction."""
    return f"move towards negative at {conjunction!r}, after praise less after blame, beyond others"


def control_words(
    words: Sequence[str], counts: IntArray, left_out: Collection[str]
) -> tuple[str, ...]:
    """The most frequent words that consist of letters, without those of an opinion and the
    conjunctions themselves."""
    without = frozenset(left_out)
    ordered = (words[place] for place in np.argsort(-counts, kind="stable"))
    fitting = [word for word in ordered if word.isalpha() and word not in without]
    return tuple(fitting[:NUM_CONTROLS])


def clause_moves(
    move_at: MoveAt, word: str, clauses: Sequence[tuple[str, str]], tokenizer: Tokenizer
) -> FloatArray:
    """The move at a word that follows the clause of praise, less that where it follows the clause
    of blame: float64[pairs of clauses]."""
    after_praise, after_blame = (
        np.array([move_at(_words_of(clause, tokenizer), word) for clause in side])
        for side in zip(*clauses, strict=True)
    )
    found: FloatArray = after_praise - after_blame
    return found


def _words_of(clause: str, tokenizer: Tokenizer) -> list[str]:
    tokens = tokenize(f"{clause},", tokenizer)
    return tokens[:-1] if tokenizer.end_of_sentence else tokens


def turning_moves(moves: Mapping[str, FloatArray], controls: FloatArray) -> tuple[Measurement, ...]:
    """(u_negative - u_positive) · (h_t - h_(t-1)) after praise less after blame, less the mean of
    the control words at the same place.

    ``moves`` float64[pairs] by conjunction, ``controls`` float64[words, pairs]. Any word may move a
    memory back that is far to one side; this is what the conjunction adds. The bootstrap is over
    pairs of clauses.
    """
    usual = controls.mean(axis=0)
    low, high = np.quantile(controls.mean(axis=1), (0.05, 0.95))
    return tuple(
        claim_above(
            statistic_of(word),
            estimate_mean(found - usual, over="pairs of sentences"),
            reference=float(usual.mean()),
            explanation=f"{found.mean():+.3f} at {word!r}, {usual.mean():+.3f} in the mean of "
            f"{len(controls)} frequent words at its place (the reference), nine in ten of them "
            f"from {low:+.3f} to {high:+.3f} (log odds of the negative class). Over {len(found)} "
            "pairs of sentences.",
        )
        for word, found in moves.items()
    )
