"""Every kind of fault that one key of a configuration can have, named where it stands."""

import pytest

from tests.rnnvis_assets.configuration.small_project import DATASET, MODEL, REVIEWS, one_fault_of


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
            "small.yaml:2: cell: found 'LSTM', expected one of rnn, lstm, gru, min_gru, min_lstm, "
            "mamba; did you mean 'lstm' or 'min_lstm'?",
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
            {"models__small": MODEL.replace("words", "reviews") + "dropout: {locked: true}\n"},
            "small.yaml:10: dropout.locked: found true, expected false for a classification task",
            id="locked dropout of a classifier",
        ),
        pytest.param(
            {"models__small": MODEL.replace("words", "reviews")
             + "dropout: {recurrent_weights: 0.2}\n"},
            "small.yaml:10: dropout.recurrent_weights: found 0.2, expected 0.0 for a classif",
            id="dropped weights of a classifier",
        ),
        pytest.param(
            {"models__small": MODEL.replace("words", "reviews") + "  cell_penalty: 0.1\n"},
            "training.cell_penalty: found 0.1, expected 0 for a classification task",
            id="cell penalty of a classifier",
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
            "words.yaml:2: source.kind: found 'texts', expected one of docstrings, own_splits, "
            "split_files, table, text, toy_reviews, yelp; did you mean 'text'?",
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
            {"analyses__default": "glyphs: {num_clusters: 21}\n"},
            "default.yaml: glyphs.num_clusters 21 is outside the co_clusters range 2 to 20",
            id="glyphs of an uncomputed clustering",
        ),
        pytest.param(
            {"analyses__default": "ablation: {num_clusters: [4, 21]}\n"},
            "default.yaml: ablation.num_clusters: 21 is outside the co_clusters range 2 to 20",
            id="ablation of an uncomputed clustering",
        ),
        pytest.param(
            {"analyses__default": "ablation: {num_sets: 1}\n"},
            "default.yaml:1: ablation.num_sets: found 1, expected",
            id="one random set",
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
        pytest.param(
            {"engine": "workers: 0\n"},
            "engine.yaml:1: workers: found 0, expected a whole number, at least 1, at most 4096",
            id="no worker",
        ),
        pytest.param(
            {"engine": "store:\n  holds: all\n"},
            "engine.yaml:2: store.holds: found 'all', expected one of releases, results",
            id="a store of something else",
        ),
        pytest.param(
            {"engine": "workers: 2\naddress: auto\n"},
            "address: found it with executor: local, expected ray",
            id="address of no cluster",
        ),
    ],
)  # fmt: skip
def test_a_fault_names_file_line_path_and_what_was_meant(load, replaced, expected):
    assert expected in one_fault_of(load, **replaced)
