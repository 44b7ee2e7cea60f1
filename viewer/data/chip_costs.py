"""What silencing each chip costs, next to random sets: the numbers of the bullets next to chips."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from viewer.data.release_cache import cached_by_release
from viewer.data.release_store import Analysis
from warehouse.reader import Release

SHOWN = (
    "cost", "lower", "upper", "random_lower", "random_upper", "rank", "matched_lower",
    "matched_upper", "matched_rank", "num_sets", "num_tokens",
)  # fmt: skip


@cached_by_release(maxsize=64)
def chip_costs(release: Release, analysis: Analysis) -> Mapping[int, Mapping[str, Any]]:
    """By chip: ``scope``, ``measure`` and the columns ``SHOWN`` of one row of ``cluster_ablation``.

    Of a language model that is the loss after the chip's own words; of a classifier the log odds of
    the class whose documents lose most, beyond what random sets take on average. Empty where the
    co-clustering was not silenced; a chip without words or cells is left out.
    """
    chosen: dict[int, Mapping[str, Any]] = {}
    for row in release.clusters.ablation(**asdict(analysis)).to_pylist():
        if row["scope"] != "own_words" and row["measure"] != "log_odds":
            continue
        before = chosen.get(row["cluster"])
        if before is None or _beyond(row) > _beyond(before):
            chosen[row["cluster"]] = row
    names = ("scope", "measure", *SHOWN)
    return {cluster: {name: row[name] for name in names} for cluster, row in chosen.items()}


def _beyond(row: Mapping[str, Any]) -> float:
    return float(row["cost"] - row["random_mean"])
