"""Finding 13, our own: chips act on their own words, or on their own class.

Read from the table ``cluster_ablation``: what a network loses when the directions of a chip are
held at their means, next to random sets of as many directions, plain and matched in strength.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from scipy import stats

from rnnvis_assets.findings.interval_estimates import (
    CONFIDENCE,
    FEWEST,
    Estimate,
    claim_above,
    estimate_mean,
    inconclusive,
    p_values,
    too_few,
)
from warehouse.arrays import FloatArray
from warehouse.findings_table import Measurement
from warehouse.parquet_tables import where

BEYOND_PLAIN = "share of random sets that cost less than a chip at its own words"
BEYOND_MATCHED = "the same of random sets matched in strength"
SPECIFIC = "cost of silencing a chip at its own words, less at other words (nats a token)"
NEARLY_ALL = 0.9
NOT_MEASURED = "Silencing was not measured: it needs a network that can be stepped."

Row = dict[str, Any]


def needed(name: str) -> str:
    """The statistic that says whether a class needs its chip."""
    return f"log odds of {name!r} lost without its chip, beyond every random set"


def spared(name: str) -> str:
    """The statistic that says whether the chip of a class spares the others."""
    return f"log odds of other classes lost without the chip of {name!r}, short of all random sets"


def acting_chips(ablation: pa.Table, classes: Sequence[str]) -> tuple[Measurement, ...]:
    """Of a classifier, whether chips are needed for one class each; else, whether each is needed
    after the words of its cloud. ``ablation`` has the rows of one co-clustering of every layer."""
    if not ablation.num_rows:
        return (inconclusive(BEYOND_PLAIN, NOT_MEASURED),)
    return class_chips(ablation, classes) if classes else word_chips(ablation)


def word_chips(ablation: pa.Table) -> tuple[Measurement, ...]:
    """Over the chips of all layers that have words: the share of random sets that cost less at the
    chip's own words (1: it is beyond all of them, 1/2 by chance), and the cost there less that at
    other words. The bootstrap is over chips."""
    ordered = ablation.sort_by([("layer", "ascending"), ("cluster", "ascending")])
    own, other = (ordered.filter(where(scope=scope)) for scope in ("own_words", "other_words"))
    if own.num_rows < FEWEST:
        names = (BEYOND_PLAIN, BEYOND_MATCHED, SPECIFIC)
        return tuple(too_few(name, own.num_rows, "chips with words") for name in names)
    costs = {(row["layer"], row["cluster"]): row["cost"] for row in other.to_pylist()}
    elsewhere = np.array([costs[row["layer"], row["cluster"]] for row in own.to_pylist()])
    return (
        _beyond(BEYOND_PLAIN, own, "rank"),
        _beyond(BEYOND_MATCHED, own, "matched_rank"),
        claim_above(
            SPECIFIC,
            estimate_mean(own["cost"].to_numpy() - elsewhere, over="chips"),
            reference=float(elsewhere.mean()),
            explanation=f"{own['cost'].to_numpy().mean():.3f} at the words of the own cloud, "
            f"{elsewhere.mean():.3f} at others (the reference), over {own.num_rows} chips.",
        ),
    )


def _beyond(statistic: str, own: pa.Table, rank: str) -> Measurement:
    ranks, sets = own[rank].to_numpy(), own["num_sets"].to_numpy()
    return claim_above(
        statistic,
        estimate_mean(1 - (ranks - 1) / sets, over="chips"),
        threshold=NEARLY_ALL,
        reference=0.5,
        explanation=f"1/2 by chance (the reference). Beyond all of {sets[0]} sets: "
        f"{_by_layer(own['layer'].to_numpy(), ranks == 1)}; over {own.num_rows} chips with words.",
    )


def _by_layer(layers: FloatArray, first: FloatArray) -> str:
    return ", ".join(
        f"{np.sum(first[layers == layer])} of {np.sum(layers == layer)} chips of layer {layer}"
        for layer in np.unique(layers)
    )


def class_chips(ablation: pa.Table, classes: Sequence[str]) -> tuple[Measurement, ...]:
    """For every class, its chip is the one that costs it most log odds, in the last layer.

    That must be more than any random set costs, and what the chip costs the other classes less than
    any does: a double dissociation. The interval is over documents; random sets have none.
    """
    odds = ablation.filter(where(measure="log_odds"))
    rows = odds.filter(pc.equal(odds["layer"], pc.max(odds["layer"]))).to_pylist()
    parts: list[Measurement] = []
    for name in classes:
        own = [row for row in rows if row["scope"] == f"class:{name}"]
        if own:
            chip = max(own, key=lambda row: row["cost"])
            others = [row for row in rows if row["cluster"] == chip["cluster"] and row not in own]
            parts += _dissociated(name, chip, others)
    return tuple(parts) or (inconclusive(needed(classes[0]), NOT_MEASURED),)


def _dissociated(name: str, chip: Row, others: Sequence[Row]) -> list[Measurement]:
    most = max(chip["random_upper"], chip["matched_upper"])
    parts = [
        claim_above(
            needed(name),
            _over_documents(chip, most, +1),
            reference=most,
            explanation=f"{chip['cost']:.2f} without chip {chip['cluster'] + 1}; at most "
            f"{most:.2f} without {2 * chip['num_sets']} random sets of as many directions, half of "
            "them matched in strength (the reference).",
        )
    ]
    if others:
        other = min(others, key=lambda row: _least(row) - row["cost"])
        least = _least(other)
        parts.append(
            claim_above(
                spared(name),
                _over_documents(other, least, -1),
                reference=least,
                explanation=f"Without chip {other['cluster'] + 1}, {other['scope'][6:]!r} loses "
                f"{other['cost']:.2f}; at least {least:.2f} without the random sets (the "
                "reference).",
            )
        )
    return parts


def _least(row: Row) -> float:
    return float(min(row["random_lower"], row["matched_lower"]))


def _over_documents(row: Row, limit: float, sign: int) -> Estimate:
    """How far a cost lies above (+1) or below (-1) a limit, with the interval in the table and the
    p value of the normal law that it goes with."""
    value = sign * (row["cost"] - limit)
    low, high = sorted(sign * (row[end] - limit) for end in ("lower", "upper"))
    law = stats.norm()
    error = (high - low) / (2 * law.ppf((1 + CONFIDENCE) / 2))
    return Estimate(value, low, high, "documents", p_values(value, error, law))
