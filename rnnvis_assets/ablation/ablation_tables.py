"""The two tables of this stage: costs to rows."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rnnvis_assets.ablation.ablation_costs import Costs, compare
from rnnvis_assets.ablation.ablation_inputs import ClusteredState
from warehouse.arrays import Int64Array

Row = Mapping[str, Any]


def cluster_rows(
    clustered: ClusteredState, cluster: int, costs: Sequence[Costs], num_sets: int, seed: int
) -> Iterator[Row]:
    """Rows of ``cluster_ablation`` of one cluster. Of the sets in ``costs``, the first is the
    cluster, then come ``num_sets`` random ones, then as many that match it in strength."""
    for found in costs:
        mean = found.mean
        low, high = found.intervals(slice(0, 1), seed)[:, 0]
        random = compare(mean[0], mean[1 : 1 + num_sets])
        matched = compare(mean[0], mean[1 + num_sets :])
        yield {
            "layer": clustered.layer,
            "state": clustered.state,
            "affinity": clustered.affinity,
            "num_clusters": clustered.chips.num_clusters,
            "cluster": cluster,
            "scope": found.scope,
            "measure": found.measure,
            "num_tokens": found.costs.shape[1],
            "cost": mean[0],
            "lower": low,
            "upper": high,
            "num_sets": num_sets,
            "rank": random.pop("rank"),
            **{f"random_{name}": value for name, value in random.items()},
            **{f"matched_{name}": value for name, value in matched.items()},
        }


def unit_rows(
    clustered: ClusteredState, places: Int64Array, costs: Costs, seed: int
) -> Iterator[Row]:
    """Rows of ``unit_ablation``: the sets in ``costs`` are the cells at ``places``."""
    intervals = costs.intervals(slice(None), seed).T
    for place, cost, (low, high) in zip(places, costs.mean, intervals, strict=True):
        yield {
            "layer": clustered.layer,
            "state": clustered.state,
            "unit": clustered.chips.units[place],
            "direction": clustered.chips.directions[place],
            "num_tokens": costs.costs.shape[1],
            "cost": cost,
            "lower": low,
            "upper": high,
        }
