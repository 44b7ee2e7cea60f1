"""The costs of silencing chips, as the bullets show and say them."""

from dataclasses import replace

import numpy as np
import pytest

from tests.viewer.conftest import SPEC, TOY
from viewer.data import release_store
from viewer.data.release_store import Analysis
from viewer.data.silencing_costs import NEVER, silencing_costs
from viewer.views.component_data import silencing_data
from warehouse.reader import Release, open_release
from warehouse.storage import Storage

OWN = Analysis(1, "cell", "positive", 10)


def test_a_language_model_s_chips_cost_loss_at_their_own_words(release: Release) -> None:
    found = silencing_costs(release, OWN)
    rows = release.clusters.ablation(layer=1, state="cell", affinity="positive", num_clusters=10)
    own = [row for row in rows.to_pylist() if row["scope"] == "own_words"]
    for row in own:
        chip = found.chips[row["cluster"]]
        assert (chip.cost, chip.low, chip.high) == tuple(
            row[name] for name in ("cost", "random_lower", "random_upper")
        )
    assert "loss" in found.where
    assert found.chips[3].text.splitlines() == [
        "chip 4 silenced costs 0.500 nats at the words of its own cloud",
        "95 % interval 0.450 to 0.550, 500 predictions",
        "20 random sets of as many: 0.000 to 0.100, rank 1 of 21",
        "20 matched in strength: 0.000 to 0.120, rank 1 of 21",
        "nats: 0.500 over all, 0.500 at other words",
    ]


def test_a_classifier_s_chips_cost_log_odds_of_a_class(storage: Storage) -> None:
    with open_release(TOY.name, storage=storage) as release:
        found = silencing_costs(release, release_store.facts_of(release).default)
    assert found.where == "log odds lost"
    first, *rest = found.chips[2].text.splitlines()
    assert first == f"chip 3 silenced costs 0.400 nats of log odds for {TOY.classes[0]}"
    recalls = ", ".join(f"0.400 for {name}" for name in TOY.classes)
    assert f"of recall: {recalls}" in rest


@pytest.mark.parametrize("changed", [{"num_clusters": 5}, {"num_clusters": 20}])
def test_where_nothing_was_silenced_it_says_what_was(
    release: Release, changed: dict[str, int]
) -> None:
    found = silencing_costs(release, replace(OWN, **changed))
    assert not found.chips
    assert "for 10 clusters of positive affinity, not for these" in found.note
    assert silencing_data(found, 5) == {"where": "", "note": found.note}


def test_a_network_that_cannot_be_stepped_has_no_costs(release: Release, monkeypatch) -> None:
    empty = release.clusters.ablation(layer=1, state="cell", affinity="positive", num_clusters=5)
    monkeypatch.setattr(release.clusters, "ablation", lambda **_: empty)
    assert silencing_costs(release, Analysis(0, "cell", "positive", 10)).note == NEVER


def test_a_chip_without_words_has_no_bullet(release: Release) -> None:
    found = silencing_costs(release, OWN)
    without = replace(found, chips={c: chip for c, chip in found.chips.items() if c != 4})
    data = silencing_data(without, 10)
    assert np.isnan(data["costs"]).tolist() == [cluster == 4 for cluster in range(10)]
    assert data["texts"][4] == "" != data["texts"][5]
    np.testing.assert_allclose(data["highs"][[0, 9]], 0.1)
    assert SPEC.num_layers == 2
