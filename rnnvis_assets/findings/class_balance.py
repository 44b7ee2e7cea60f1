"""Finding 9: what over-sampling the smaller class changes (paper, Fig. 11B and C)."""

from rnnvis_assets.findings.interval_estimates import paired_difference
from warehouse.arrays import BoolArray, FloatArray
from warehouse.findings_table import Measurement

RECALL = "recall of the negative class, balanced less as it comes"
WORDS = "share of clustered words that are strongly negative, balanced less as it comes"
STRONGLY = 0.5


def negative_recall(as_it_comes: BoolArray, balanced: BoolArray) -> Measurement:
    """Whether each document of the negative class was recognised, bool[documents], by the network
    trained on the classes as they come and by the balanced one; the bootstrap is over documents."""
    return paired_difference(
        RECALL, balanced.astype(float), as_it_comes.astype(float), items="negative documents",
        explanation=f"{balanced.mean():.1%} when balanced, {as_it_comes.mean():.1%} as it comes "
        "(the reference).",
    )  # fmt: skip


def negative_words(as_it_comes: FloatArray, balanced: FloatArray) -> Measurement:
    """How many of the clouds' words raise the log odds of the negative class by more than 0.5 in
    the mean: (u_negative − u_positive) · ŝ(word), [words] of each network, of the same words; the
    bootstrap is over words."""
    strong = [(moves > STRONGLY).astype(float) for moves in (balanced, as_it_comes)]
    return paired_difference(
        WORDS, *strong, items="clustered words",
        explanation=f"{int(strong[0].sum())} words when balanced, {int(strong[1].sum())} as it "
        f"comes, raise the log odds of the negative class by more than {STRONGLY}.",
    )  # fmt: skip
