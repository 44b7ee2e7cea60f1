"""Configurations: good ones load, and every fault of every file is named at once."""

import re
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnnvis_assets.configuration import yaml_file
from rnnvis_assets.configuration.load_project import load_project, load_sound_project
from tests.rnnvis_assets.configuration.small_project import (
    DATASET,
    GOOD,
    MODEL,
    faults_of,
    one_fault_of,
    write_project,
)
from warehouse.errors import ConfigurationError
from warehouse.storage import CHECKOUT


def test_a_good_project_is_joined_by_name(load):
    project = load()
    assert set(project.datasets) == {"words", "reviews"}
    assert project.dataset_of("small").source.kind == "text"
    assert project.analysis_of("small") == project.analyses["default"]
    assert not project.schedules.nightly.enabled


def test_the_configurations_of_the_checkout_load(monkeypatch):
    monkeypatch.delenv("RNNVIS_CONFIGS", raising=False)
    project = load_project()
    assert project.folder == CHECKOUT / "configs"
    assert {"docstrings-lstm", "toy-reviews-gru", "ptb-lstm-small", "yelp-gru"} <= set(
        project.models
    )


def test_the_folder_may_be_named_by_the_environment(tmp_path, monkeypatch):
    monkeypatch.setenv("RNNVIS_CONFIGS", str(write_project(tmp_path, GOOD)))
    assert set(load_project().models) == {"small"}


@pytest.mark.slow
def test_loading_does_not_import_torch():
    code = "import sys, rnnvis_assets.configuration.load_project; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=CHECKOUT, check=False).returncode == 0


def test_a_whole_number_serves_where_a_fraction_is_expected(load):
    project = load(models__small=MODEL + "  weight_decay: 0\ndropout: {output: 0}\n")
    assert project.models["small"].training.weight_decay == 0.0


def test_a_name_may_hold_a_list_of_models(load):
    assert load(schedules="nightly: {models: [small]}").schedules.nightly.models == ("small",)


def test_a_wrong_key_is_named_beside_the_key_that_is_missing(load):
    text = faults_of(load, models__small=MODEL.replace("epochs", "epohcs"))
    assert "small.yaml:7: training.epohcs: found an unknown key, expected one of epochs" in text
    assert "did you mean 'epochs'?" in text
    assert "small.yaml:6: training.epochs: found nothing, expected this key" in text


def test_a_list_that_contains_itself_is_refused(load):
    found = faults_of(load, models__small="a: &a [*a]\n")
    assert "small.yaml:1: found a value that contains itself" in found


NINEFOLD = "a: &a0 [x]\n" + "".join(
    f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 13)
)
CHAIN = "a0: &a0 x\n" + "".join(f"a{n}: &a{n} [*a{n - 1}]\n" for n in range(1, 1_200))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("text", "message"),
    [
        (NINEFOLD, "characters once aliases are written out, at most 1,000,000"),
        ("a: " + "[" * 20_000, "found more than 50 levels of nesting"),
        (CHAIN, "found more than 50 levels of nesting"),
        ("a: 1" + "0" * 5_000, "found a value that cannot be read"),
        ("a: 0x1" + "0" * 5_000, "found a whole number beyond 9,223,372,036,854,775,807"),
        ("a: 2001-02-31", "found a value that cannot be read (day is out of range"),
    ],
    ids=["aliases", "nesting", "nested aliases", "digits", "hexadecimal", "date"],
)
def test_a_value_without_bounds_is_refused(load, text, message):
    found = faults_of(load, models__small=text)
    assert "small.yaml:1: " in found
    assert message in found
    assert len(found) < 1_000


def test_a_device_is_no_configuration(tmp_path):
    configs = write_project(tmp_path, GOOD)
    (configs / "models" / "device.yaml").symlink_to("/dev/null")
    found = "device.yaml: cannot be read: found a pipe or a device, expected a regular file"
    with pytest.raises(ConfigurationError, match=found):
        load_project(configs)


def test_a_configuration_beyond_its_limit(load):
    found = faults_of(load, models__small="# " + "x" * yaml_file.MOST_BYTES)
    assert "found 4,000,002 bytes, expected at most 4,000,000" in found


@pytest.mark.parametrize("line", ["k{}: 1\n", "k: {}\n"], ids=["unknown", "twice"])
def test_faults_of_one_file_are_counted_beyond_a_hundred(load, line):
    found = faults_of(load, models__small=MODEL + "".join(map(line.format, range(202))))
    assert re.search(r"small.yaml: found 20[12] faults; here are the first 100\n", found)
    assert found.count("\n  ") < 110


@pytest.mark.slow
def test_what_was_found_is_shortened(load):
    long = "x" * 100_000
    found = faults_of(load, models__small=MODEL.replace("words", long) + f"? {long}\n: 1\n")
    assert "found an unknown key" in found
    found += faults_of(load, models__small=MODEL.replace("words", long))
    assert "expected the name of a dataset" in found
    assert len(found) < 5_000


def test_all_faults_of_all_files_come_at_once(load):
    text = faults_of(
        load,
        models__small=MODEL.replace("lstm", "lstn").replace("epochs: 1", "epochs: 0"),
        models__other=MODEL.replace("words", "wordz"),
        datasets__words=DATASET.replace("task", "taks"),
        schedules="nightli: {}",
    )
    assert text.startswith("6 faults ")
    for part in (
        "small.yaml:2: cell",
        "small.yaml:7: training.epochs",
        "other.yaml:1: dataset",
        "words.yaml:1: taks",
        "task: found nothing",
        "schedules.yaml:1: nightli",
    ):
        assert part in text
    assert text.index("words.yaml") < text.index("other.yaml") < text.index("small.yaml")


def test_a_dataset_with_a_fault_of_its_own_still_counts_as_existing(load):
    assert "words.yaml" in one_fault_of(load, datasets__words=DATASET + "colour: red\n")


def test_a_file_with_the_other_suffix_is_not_passed_over(tmp_path):
    folder = write_project(tmp_path, GOOD | {"models/late.yml": MODEL})
    with pytest.raises(ConfigurationError, match=r"late\.yml: found the suffix \.yml"):
        load_project(folder)


def test_text_that_is_no_utf8(tmp_path):
    folder = write_project(tmp_path, GOOD)
    (folder / "models/small.yaml").write_bytes(b"dataset: w\xf6rds\n")
    with pytest.raises(ConfigurationError, match="byte at 10 that is no UTF-8"):
        load_project(folder)


def test_a_file_that_cannot_be_read(tmp_path):
    folder = write_project(tmp_path, GOOD)
    (folder / "models/folder.yaml").mkdir()
    with pytest.raises(ConfigurationError, match=r"folder\.yaml: cannot be read"):
        load_project(folder)


def test_a_missing_folder(tmp_path):
    with pytest.raises(ConfigurationError, match="3 faults") as caught:
        load_project(tmp_path / "nowhere")
    assert "nowhere/models: found no such folder" in str(caught.value)


_KEYS = st.sampled_from(["dataset", "cell", "training", "epochs", "a", "<<", "1"])
_YAML = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_KEYS, inner, max_size=4),
    max_leaves=8,
)


@pytest.mark.slow
@settings(max_examples=30)
@given(content=_YAML)
def test_no_content_makes_the_loader_fall_over(tmp_path_factory, content):
    import yaml

    folder = write_project(tmp_path_factory.mktemp("configs"), GOOD)
    (folder / "models/odd.yaml").write_text(yaml.safe_dump(content), "utf-8")
    with pytest.raises(ConfigurationError, match=r"odd\.yaml"):
        load_project(folder)


COMPARISON = "kind: seeds\nmodels: {network: small}\n"
SCHEDULES = "nightly: {models: [small, other]}\n"
OTHER = MODEL.replace("words", "prose")


@pytest.mark.parametrize(
    ("wrong", "models", "datasets"),
    [
        ({"models/small.yaml": "cell: lstn"}, {"other"}, {"words", "reviews", "prose"}),
        ({"models/small.yaml": "cell: [lstm"}, {"other"}, {"words", "reviews", "prose"}),
        ({"datasets/words.yaml": "task: none"}, {"other"}, {"reviews", "prose"}),
        ({"analyses/default.yaml": "states: [cell]"}, set(), {"words", "reviews", "prose"}),
        ({"models/big.yml": MODEL}, {"small", "other"}, {"words", "reviews", "prose"}),
    ],
)
def test_a_wrong_file_is_left_out_with_what_refers_to_it(tmp_path, wrong, models, datasets):
    good = {
        **GOOD,
        "datasets/prose.yaml": DATASET,
        "models/other.yaml": OTHER,
        "models/small.yaml": MODEL.replace("num_layers", "seeds: 2\nnum_layers"),
        "comparisons/small-seeds.yaml": COMPARISON,
        "schedules.yaml": SCHEDULES,
    }
    project, error = load_sound_project(write_project(tmp_path, good | wrong))
    families = {name for name, _ in project.families()}
    assert families == models
    assert set(project.datasets) == datasets
    assert set(project.schedules.nightly.models) == models
    assert ("small-seeds" in project.comparisons) == ("small" in models)
    assert next(iter(wrong)) in str(error).replace("\\", "/")


def test_where_nothing_is_wrong_nothing_is_left_out(tmp_path):
    folder = write_project(tmp_path, GOOD)
    assert load_sound_project(folder) == (load_project(folder), None)


def test_without_a_whole_folder_nothing_is_sound(tmp_path):
    with pytest.raises(ConfigurationError, match="found no such folder"):
        load_sound_project(tmp_path)
