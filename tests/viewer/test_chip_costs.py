"""The numbers of the bullets next to chips, from the release."""

import pytest

from tests.viewer.conftest import SPEC, TOY
from tests.warehouse.synthetic_ablation import NUM_SETS
from viewer.data.chip_costs import chip_costs
from viewer.data.release_store import Analysis, current_release
from warehouse.reader import Release
from warehouse.storage import Storage


@pytest.fixture(params=[SPEC, TOY], ids=["language model", "classifier"])
def release(storage: Storage, request: pytest.FixtureRequest) -> Release:
    return current_release(storage, request.param.name)


def default_analysis(release: Release) -> Analysis:
    spec = SPEC if release.name == SPEC.name else TOY
    return Analysis(0, "hidden", spec.affinities[0], spec.cluster_counts[-1])


def test_a_chip_has_the_costs_of_what_it_is_for(release: Release) -> None:
    analysis = default_analysis(release)
    costs = chip_costs(release, analysis)
    assert sorted(costs) == list(range(analysis.num_clusters))
    is_classifier = release.model["task"] == "classification"
    measures = {(cost["measure"], cost["scope"].partition(":")[0]) for cost in costs.values()}
    assert measures == {("log_odds", "class") if is_classifier else ("loss", "own_words")}
    assert (costs[0]["rank"], costs[1]["rank"]) == (5, 1)
    assert costs[1]["cost"] == pytest.approx(0.3)
    assert costs[1]["num_sets"] == NUM_SETS


def test_a_co_clustering_that_was_not_silenced_has_none(release: Release) -> None:
    analysis = default_analysis(release)
    assert chip_costs(release, Analysis(0, "hidden", analysis.affinity, 2)) == {}
