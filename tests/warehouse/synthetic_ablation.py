"""What silencing costs in a synthetic release: every cluster costs more than its random sets, but
the first."""

from itertools import product

from tests.warehouse.synthetic_network import Columns, Synthetic, keyed, stacked

NUM_SETS = 20


def _scopes(spec: Synthetic) -> list[tuple[str, str]]:
    if not spec.classes:
        return [(scope, "loss") for scope in ("all", "own_words", "other_words")]
    by_class = product((f"class:{name}" for name in spec.classes), ("recall", "log_odds", "auc"))
    return [("all", "loss"), *by_class]


def _costs(cost: float) -> Columns:
    return {"num_tokens": [500], "cost": [cost], "lower": [cost - 0.05], "upper": [cost + 0.05]}


def _cluster(spec: Synthetic, key: Columns, cluster: int, scope: str, measure: str) -> Columns:
    cost = 0.02 if cluster == 0 else 0.1 * cluster + 0.2
    ranks = 5 if cluster == 0 else 1
    columns: Columns = {
        "num_sets": [NUM_SETS],
        "random_mean": [0.02], "random_lower": [0.0], "random_upper": [0.1], "rank": [ranks],
        "matched_mean": [0.03], "matched_lower": [0.0], "matched_upper": [0.12],
        "matched_rank": [ranks],
    }  # fmt: skip
    names = {"cluster": cluster, "scope": scope, "measure": measure}
    return keyed(key | names, columns | _costs(cost))


def ablation_tables(spec: Synthetic) -> dict[str, Columns]:
    """The default co-clustering's clusters, and both directions of every unit."""
    k = spec.cluster_counts[-1]
    clusters, units = [], []
    for layer, state in spec.analysed:
        key = {
            "layer": layer, "state": state, "affinity": spec.affinities[0], "num_clusters": k
        }  # fmt: skip
        clusters += [
            _cluster(spec, key, cluster, *scope)
            for cluster, scope in product(range(k), _scopes(spec))
        ]
        units += [
            keyed({"layer": layer, "state": state, "unit": unit, "direction": side}, _costs(0.01))
            for unit, side in product(range(spec.units_of(layer)), (1, -1))
        ]
    return {"cluster_ablation": stacked(clusters), "unit_ablation": stacked(units)}
