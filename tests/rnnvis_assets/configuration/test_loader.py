"""Configurations: good ones load, and every fault of every file is named at once."""

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnnvis_assets.configuration.loader import load_project
from rnnvis_assets.configuration.project import Project
from warehouse.errors import ConfigurationError
from warehouse.storage import CHECKOUT

DATASET = """\
task: language_model
source: {kind: text, path: my.txt}
"""
REVIEWS = """\
task: classification
source: {kind: toy_reviews, num_documents: 100}
"""
MODEL = """\
dataset: words
cell: lstm
num_layers: 2
hidden_size: 8
embedding_size: 8
training:
  epochs: 1
  batch_size: 4
  learning_rate: 0.01
"""
GOOD = {
    "datasets/words.yaml": DATASET,
    "datasets/reviews.yaml": REVIEWS,
    "models/small.yaml": MODEL,
    "analyses/default.yaml": "",
}


def _write(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return folder


@pytest.fixture
def load(tmp_path):
    """Loads the good project with some of its files replaced."""

    def _load(**replaced: str) -> Project:
        files = {name.replace("__", "/") + ".yaml": text for name, text in replaced.items()}
        return load_project(_write(tmp_path, GOOD | files))

    return _load


def _faults(load, **replaced: str) -> str:
    with pytest.raises(ConfigurationError) as caught:
        load(**replaced)
    return str(caught.value)


def _one_fault(load, **replaced: str) -> str:
    text = _faults(load, **replaced)
    assert text.startswith("1 fault "), text
    return text.splitlines()[1]


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
    monkeypatch.setenv("RNNVIS_CONFIGS", str(_write(tmp_path, GOOD)))
    assert set(load_project().models) == {"small"}


def test_loading_does_not_import_torch():
    code = "import sys, rnnvis_assets.configuration.loader as l; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=CHECKOUT, check=False).returncode == 0


def test_a_whole_number_serves_where_a_fraction_is_expected(load):
    project = load(models__small=MODEL + "  weight_decay: 0\ndropout: {output: 0}\n")
    assert project.models["small"].training.weight_decay == 0.0


def test_a_name_may_hold_a_list_of_models(load):
    assert load(schedules="nightly: {models: [small]}").schedules.nightly.models == ("small",)


@pytest.mark.parametrize(
    ("replaced", "expected"),
    [
        pytest.param(
            {"models__small": MODEL.replace("epochs: 1", "epochs: 1\n  optimizer: adamv")},
            "small.yaml:8: training.optimizer: found 'adamv', "
            "expected one of sgd, adam, adamw; did you mean 'adam' or 'adamw'?",
            id="wrong choice",
        ),
        pytest.param(
            {"models__small": MODEL.replace("cell: lstm", "cell: LSTM")},
            "small.yaml:2: cell: found 'LSTM', expected one of rnn, lstm, gru; "
            "did you mean 'lstm'?",
            id="wrong case",
        ),
        pytest.param(
            {"models__small": MODEL + "epochs: 3\n"},
            "did you mean 'training.epochs'?",
            id="right key in the wrong section",
        ),
        pytest.param(
            {"models__small": MODEL.replace("num_layers: 2", "num_layers: '2'")},
            "small.yaml:3: num_layers: found '2', expected a whole number, at least 1; "
            "YAML takes this for text, write 2",
            id="quoted number",
        ),
        pytest.param(
            {"models__small": MODEL.replace("0.01", "1e-2")},
            "training.learning_rate: found '1e-2', expected a number, more than 0; "
            "YAML takes this for text, write 0.01",
            id="YAML's own notation",
        ),
        pytest.param(
            {"models__small": MODEL.replace("0.01", ".nan")},
            "training.learning_rate: found nan, expected a number, more than 0",
            id="not a number",
        ),
        pytest.param(
            {"models__small": MODEL.replace("batch_size: 4", "batch_size: true")},
            "training.batch_size: found true, expected a whole number, at least 1",
            id="truth value",
        ),
        pytest.param(
            {"models__small": MODEL.replace("  batch_size: 4\n", "")},
            "small.yaml:6: training.batch_size: found nothing, expected this key: a whole number",
            id="missing key",
        ),
        pytest.param(
            {"models__small": "- 1\n- 2\n"},
            "small.yaml: found a list of 2, expected a section with the keys description, dataset",
            id="not a section",
        ),
        pytest.param(
            {"models__small": MODEL.replace("words", "wrods")},
            "small.yaml:1: dataset: found 'wrods', expected the name of a dataset "
            "(reviews, words); did you mean 'words'?",
            id="unknown dataset",
        ),
        pytest.param(
            {"models__small": MODEL + "analysis: defualt\n"},
            "small.yaml:10: analysis: found 'defualt', expected the name of an analysis (default); "
            "did you mean 'default'?",
            id="unknown analysis",
        ),
        pytest.param(
            {"models__small": MODEL.replace("words", "reviews") + "tied_embedding: true\n"},
            "small.yaml:10: tied_embedding: found true, expected false for a classification task",
            id="tied classifier",
        ),
        pytest.param(
            {"models__small": MODEL + "  class_balance: oversample\n"},
            "training.class_balance: found 'oversample', expected 'as_is'",
            id="over-sampled language model",
        ),
        pytest.param(
            {"models__small": MODEL + "embedding_size: 3\n"},
            "small.yaml:10: embedding_size: found this key twice, expected it once",
            id="key twice",
        ),
        pytest.param(
            {"models__small": MODEL.replace("embedding_size: 8", "embedding_size: 4")
             + "tied_embedding: true\n"},
            "small.yaml: tied_embedding: embedding_size 4 must equal hidden_size 8",
            id="tied sizes",
        ),
        pytest.param(
            {"models__small": "dataset: !!python/object/apply:os.system ['true']\n"},
            "small.yaml:1: found could not determine a constructor for the tag",
            id="a tag that would run code",
        ),
        pytest.param(
            {"models__small": "dataset: [words\ncell: lstm\n"},
            "small.yaml:2: found expected ',' or ']'",
            id="broken YAML",
        ),
        pytest.param(
            {"models__Small": MODEL},
            "Small.yaml: found the name 'Small', expected at most 64 lower case letters",
            id="upper case name",
        ),
        pytest.param(
            {"models__words": MODEL},
            "words.yaml: found the name of a dataset",
            id="a model named like a dataset",
        ),
        pytest.param(
            {"datasets__words": DATASET.replace("kind: text", "kind: texts")},
            "words.yaml:2: source.kind: found 'texts', expected one of docstrings, split_files, "
            "table, text, toy_reviews, yelp; did you mean 'text'?",
            id="unknown source",
        ),
        pytest.param(
            {"datasets__words": DATASET.replace("kind: text, ", "")},
            "words.yaml:2: source.kind: found nothing, expected one of docstrings",
            id="no kind of source",
        ),
        pytest.param(
            {"datasets__words": DATASET.replace("path", "text")},
            "words.yaml:2: source.text: found an unknown key, expected one of kind, path, file",
            id="a key named like the kind",
        ),
        pytest.param(
            {"datasets__words": DATASET.replace("my.txt", "12")},
            "words.yaml:2: source.path: found 12, expected text, or null; write it in quotes",
            id="number for text",
        ),
        pytest.param(
            {"datasets__words": DATASET.replace("path: my.txt", "path: null")},
            "words.yaml:2: source: exactly one of path (your own file) and file (a known one)",
            id="no file",
        ),
        pytest.param(
            {"datasets__reviews": REVIEWS.replace("classification", "language_model")},
            "reviews.yaml: task language_model does not fit: source toy_reviews gives labels",
            id="source of another task",
        ),
        pytest.param(
            {"datasets__reviews": REVIEWS + "classes: [good, no]\n"},
            "reviews.yaml:3: classes[1]: found false, expected text; write it in quotes",
            id="a class that YAML takes for false",
        ),
        pytest.param(
            {"datasets__words": DATASET + "split: {train: 0.8, test: 0.2, validation: 0.1}\n"},
            "words.yaml:3: split: train, validation and test add up to 1.1, expected 1",
            id="shares",
        ),
        pytest.param(
            {"analyses__default": "co_clusters: {maximum_clusters: 8}\n"},
            "default.yaml: glyphs.num_clusters 10 is outside the co_clusters range 2 to 8",
            id="glyphs of an uncomputed clustering",
        ),
        pytest.param(
            {"schedules": "nightly: {models: [smal]}\n"},
            "schedules.yaml:1: nightly.models[0]: found 'smal', expected the name of a model "
            "(small); did you mean 'small'?",
            id="unknown model in the schedule",
        ),
        pytest.param(
            {"schedules": "nightly: {cron: hourly}\n"},
            "nightly.cron: found 'hourly', expected five fields",
            id="cron",
        ),
        pytest.param(
            {"schedules": "nightly: {timezone: Mars/Olympus}\n"},
            "nightly.timezone: found 'Mars/Olympus', expected a time zone such as",
            id="time zone",
        ),
    ],
)  # fmt: skip
def test_a_fault_names_file_line_path_and_what_was_meant(load, replaced, expected):
    assert expected in _one_fault(load, **replaced)


def test_a_wrong_key_is_named_beside_the_key_that_is_missing(load):
    text = _faults(load, models__small=MODEL.replace("epochs", "epohcs"))
    assert "small.yaml:7: training.epohcs: found an unknown key, expected one of epochs" in text
    assert "did you mean 'epochs'?" in text
    assert "small.yaml:6: training.epochs: found nothing, expected this key" in text


def test_a_list_that_contains_itself_is_refused(load):
    assert "small.yaml:1: a: found an unknown key" in _faults(load, models__small="a: &a [*a]\n")


def test_all_faults_of_all_files_come_at_once(load):
    text = _faults(
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
    assert "words.yaml" in _one_fault(load, datasets__words=DATASET + "colour: red\n")


def test_a_file_with_the_other_suffix_is_not_passed_over(tmp_path):
    folder = _write(tmp_path, GOOD | {"models/late.yml": MODEL})
    with pytest.raises(ConfigurationError, match=r"late\.yml: found the suffix \.yml"):
        load_project(folder)


def test_text_that_is_no_utf8(tmp_path):
    folder = _write(tmp_path, GOOD)
    (folder / "models/small.yaml").write_bytes(b"dataset: w\xf6rds\n")
    with pytest.raises(ConfigurationError, match="byte at 10 that is no UTF-8"):
        load_project(folder)


def test_a_file_that_cannot_be_read(tmp_path):
    folder = _write(tmp_path, GOOD)
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


@settings(deadline=None)
@given(content=_YAML)
def test_no_content_makes_the_loader_fall_over(tmp_path_factory, content):
    import yaml

    folder = _write(tmp_path_factory.mktemp("configs"), GOOD)
    (folder / "models/odd.yaml").write_text(yaml.safe_dump(content), "utf-8")
    with pytest.raises(ConfigurationError, match=r"odd\.yaml"):
        load_project(folder)
