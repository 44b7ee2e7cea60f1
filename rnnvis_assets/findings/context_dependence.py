"""Finding 8: one word moves the memory according to its context (paper, Fig. 10: *though*)."""

from rnnvis_assets.findings.interval_estimates import paired_difference
from warehouse.arrays import FloatArray
from warehouse.findings_table import Measurement

STATISTIC = "move towards negative at the conjunction, after praise less after blame"


def contextual_moves(after_praise: FloatArray, after_blame: FloatArray) -> Measurement:
    """(u_negative − u_positive) · (h_t − h_(t−1)) at the conjunction, in units of log odds, for
    pairs of sentences that hold the same two clauses in either order: [pairs] of sentences that
    begin with the praise, and of those that begin with the blame. The bootstrap is over pairs."""
    return paired_difference(
        STATISTIC, after_praise, after_blame, items="pairs of sentences",
        explanation=f"{after_praise.mean():+.3f} after praise, {after_blame.mean():+.3f} after "
        f"blame in the mean, {after_praise[0]:+.3f} and {after_blame[0]:+.3f} in the first, the "
        "paper's own (log odds of the negative class).",
    )  # fmt: skip
