"""Whether chips act on their own words or class, by costs that are known."""

import pyarrow as pa
import pytest

from rnnvis_assets.findings.acting_chips import (
    BEYOND_MATCHED,
    BEYOND_PLAIN,
    SPECIFIC,
    acting_chips,
    needed,
    spared,
)
from warehouse.findings_table import INCONCLUSIVE, NOT_SUPPORTED, SUPPORTED
from warehouse.schema import CLUSTER_ABLATION

NUMBERS = {"cost": 0.0, "lower": 0.0, "upper": 0.0, "random_lower": 1.0, "random_upper": 2.0,
           "matched_lower": 1.0, "matched_upper": 2.0, "random_mean": 1.5,
           "matched_mean": 1.5}  # fmt: skip
COUNTS = {"num_clusters": 5, "num_tokens": 100, "num_sets": 20, "rank": 1, "matched_rank": 1}


def table(*rows) -> pa.Table:
    names = {"state": "hidden", "affinity": "signed", "measure": "loss", "layer": 0}
    filled = [{**names, **NUMBERS, **COUNTS, **row} for row in rows]
    return pa.Table.from_pylist(filled, CLUSTER_ABLATION.arrow_schema(None))


def chips(ranks, own=0.5, other=0.1) -> pa.Table:
    """Five chips of two layers each, the rows of other words in another order."""
    places = [(layer, cluster) for layer in (0, 1) for cluster in range(5)]
    scopes = [
        {"scope": "own_words", "layer": layer, "cluster": cluster, "cost": own + 0.01 * cluster,
         "rank": rank, "matched_rank": 22 - rank}
        for (layer, cluster), rank in zip(places, ranks, strict=True)
    ]  # fmt: skip
    others = [
        {"scope": "other_words", "layer": layer, "cluster": cluster, "cost": other + 0.01 * cluster}
        for layer, cluster in reversed(places)
    ]
    return table(*scopes, *others, {"scope": "all", "cluster": 0})


def test_chips_that_cost_more_than_random_sets():
    found = {part.statistic: part for part in acting_chips(chips([1] * 9 + [2]), ())}
    plain, matched, specific = (found[name] for name in (BEYOND_PLAIN, BEYOND_MATCHED, SPECIFIC))
    assert plain.value == pytest.approx(1 - 0.05 / 10)
    assert (plain.verdict, matched.verdict) == (SUPPORTED, NOT_SUPPORTED)
    assert "5 of 5 chips of layer 0, 4 of 5 chips of layer 1" in plain.explanation
    assert (specific.value, specific.reference) == (pytest.approx(0.4), pytest.approx(0.12))
    assert specific.verdict == SUPPORTED
    assert {part.interval_over for part in found.values()} == {"chips"}


def test_chips_that_cost_no_more_than_random_sets():
    plain, _, specific = acting_chips(chips(range(1, 21, 2), own=0.1, other=0.2), ())
    assert plain.value == pytest.approx(0.55)
    assert plain.verdict == NOT_SUPPORTED
    assert (specific.value, specific.verdict) == (pytest.approx(-0.1), NOT_SUPPORTED)


def classes(costs) -> pa.Table:
    """The log odds lost by class and chip, each with an interval of 0.1 either way."""
    return table(
        *(
            {"scope": f"class:{name}", "measure": "log_odds", "cluster": cluster, "cost": cost,
             "lower": cost - 0.1, "upper": cost + 0.1, "matched_upper": 2.5}
            for name, row in costs.items()
            for cluster, cost in enumerate(row)
        ),
        {"scope": "class:bad", "measure": "recall", "cluster": 0, "cost": 9.0},
    )  # fmt: skip


def test_a_double_dissociation():
    """The random sets cost 1 to 2, those matched in strength up to 2.5."""
    found = acting_chips(classes({"bad": [3.0, 0.2], "good": [0.5, 4.0]}), ("bad", "good"))
    values = {part.statistic: (part.value, part.verdict) for part in found}
    assert values == {
        needed("bad"): (pytest.approx(0.5), SUPPORTED),
        spared("bad"): (pytest.approx(0.5), SUPPORTED),
        needed("good"): (pytest.approx(1.5), SUPPORTED),
        spared("good"): (pytest.approx(0.8), SUPPORTED),
    }
    assert (found[0].low, found[0].high) == (pytest.approx(0.4), pytest.approx(0.6))
    assert found[0].interval_over == "documents"


def test_one_chip_for_both_classes_is_none():
    found = acting_chips(classes({"bad": [3.0, 0.2], "good": [4.0, 0.5]}), ("bad", "good"))
    verdicts = {part.statistic: part.verdict for part in found}
    assert verdicts[spared("bad")] == verdicts[spared("good")] == NOT_SUPPORTED


def test_the_p_value_is_that_of_the_interval():
    """The interval of a normal mean ends where p is 0.05."""
    (found, *_) = acting_chips(classes({"bad": [2.6, 0.0], "good": [0.0, 5.0]}), ("bad", "good"))
    assert found.low == pytest.approx(0)
    assert found.p_value == pytest.approx(0.05)


def test_a_network_that_is_not_silenced_is_not_judged():
    (found,) = acting_chips(table(), ())
    assert found.verdict == INCONCLUSIVE
    assert "can be stepped" in found.explanation
    few = acting_chips(chips([1] * 10).slice(0, 3), ())
    assert [part.verdict for part in few] == [INCONCLUSIVE] * 3
