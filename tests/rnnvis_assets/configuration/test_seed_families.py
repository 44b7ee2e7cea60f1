"""``seeds: N`` of a model: the networks that it stands for, and what may compare them."""

from rnnvis_assets.configuration.model_config import training_settings
from tests.rnnvis_assets.configuration.small_project import MODEL, faults_of

SEVERAL = MODEL + "seed: 3\nseeds: 3\n"
FAMILY = ("small", "small.seed-4", "small.seed-5")
CELLS = "kind: cells\nmodels: {rnn: small-rnn, lstm: small, gru: small-gru}\n"
OTHERS = {f"models__small-{cell}": SEVERAL.replace("lstm", cell) for cell in ("rnn", "gru")}


def test_a_file_stands_for_a_network_of_every_seed(load):
    project = load(models__small=SEVERAL)
    assert tuple(project.models) == FAMILY == project.family_of("small")
    assert [config.seed for config in project.models.values()] == [3, 4, 5]
    assert project.family_of("small.seed-4") == ("small.seed-4",)
    assert project.siblings("small.seed-4") == tuple(m for m in FAMILY if m != "small.seed-4")
    assert list(project.families()) == [("small", FAMILY)]


def test_networks_of_a_family_differ_in_the_seed_only(load):
    settings = [training_settings(config) for config in load(models__small=SEVERAL).models.values()]
    assert settings == [settings[0] | {"seed": seed} for seed in (3, 4, 5)]


def test_further_seeds_leave_the_first_network_as_it_is(load):
    single, (first, *_) = (
        list(load(models__small=text).models.values()) for text in (MODEL + "seed: 3\n", SEVERAL)
    )
    assert training_settings(single[0]) == training_settings(first)


def test_a_family_is_compared_over_its_seeds(load):
    project = load(models__small=SEVERAL)
    assert list(project.comparisons) == ["small.seeds"]
    assert project.compared("small.seeds") == {"network": FAMILY}
    assert dict(load(models__small=MODEL).comparisons) == {}


def test_families_are_compared_seed_by_seed(load):
    project = load(models__small=SEVERAL, comparisons__cells=CELLS, **OTHERS)
    compared = project.compared("cells")
    assert list(compared) == ["rnn", "lstm", "gru"]
    assert compared["gru"] == ("small-gru", "small-gru.seed-4", "small-gru.seed-5")


def test_families_of_several_sizes_are_not_compared(load):
    faults = faults_of(load, models__small=MODEL, comparisons__cells=CELLS, **OTHERS)
    assert "small-rnn has 3, small has 1, small-gru has 3" in faults


def test_a_single_network_has_no_seeds_to_compare(load):
    text = "kind: seeds\nmodels: {network: small}\n"
    assert "expected one of several" in faults_of(load, comparisons__over=text)
