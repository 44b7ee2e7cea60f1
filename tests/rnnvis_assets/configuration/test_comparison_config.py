"""Comparisons in ``configs/comparisons``: what is taken, and what is refused with which words."""

import pytest

from rnnvis_assets.configuration.load_project import load_project
from tests.rnnvis_assets.configuration.small_project import GOOD, MODEL, faults_of, write_project

CELLS = "kind: cells\nmodels: {rnn: small-rnn, lstm: small, gru: small-gru}\n"
MODELS = {f"models/small-{cell}.yaml": MODEL.replace("lstm", cell) for cell in ("rnn", "gru")}


@pytest.fixture
def load(tmp_path):
    def loaded(**replaced):
        files = {name.replace("__", "/") + ".yaml": text for name, text in replaced.items()}
        return load_project(write_project(tmp_path, GOOD | MODELS | files))

    return loaded


def test_a_comparison_names_a_model_in_every_role(load):
    found = load(comparisons__cells=CELLS).comparisons["cells"]
    assert found.models == {"rnn": "small-rnn", "lstm": "small", "gru": "small-gru"}


def test_no_comparisons_are_none(load):
    assert dict(load().comparisons) == {}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("kind: cells\nmodels: {rnn: small-rnn}\n", "expected rnn, lstm, gru for cells"),
        (CELLS.replace("small-gru", "smal-gru"), "did you mean 'small-gru'"),
        (CELLS.replace("small-gru", "small-rnn"), "of the cell rnn, expected one of gru"),
        (CELLS.replace("cells", "sells"), "'cells'"),
        ("kind: mamba\nmodels: {lstm: small, mamba: small-gru}\n", "gru, expected one of mamba"),
    ],
)
def test_what_is_wrong_is_told(load, text, told):
    assert told in faults_of(load, comparisons__cells=text)


def test_models_of_several_datasets_are_not_compared(load):
    other = MODEL.replace("lstm", "gru").replace("dataset: words", "dataset: reviews")
    faults = faults_of(load, comparisons__cells=CELLS, **{"models__small-gru": other})
    assert "several datasets" in faults
    assert "small-gru reads reviews" in faults


def test_models_of_several_recorded_splits_are_not_compared(load):
    other = f"analysis: other\n{MODEL}".replace("cell: lstm", "cell: gru")
    replaced = {"models__small-gru": other, "analyses__other": "recording: {split: validation}\n"}
    assert "record several splits" in faults_of(load, comparisons__cells=CELLS, **replaced)


def test_a_comparison_is_not_called_like_a_model(load):
    assert "found the name of a model" in faults_of(load, comparisons__small=CELLS)


BALANCE = "kind: class_balance\nmodels: {as_it_comes: plain, balanced: even}\n"
PLAIN = MODEL.replace("dataset: words", "dataset: reviews").replace("cell: lstm", "cell: gru")
EVEN = PLAIN.rstrip() + "\n  class_balance: oversample\n"


@pytest.mark.parametrize(
    ("even", "told"),
    [
        (EVEN, None),
        (PLAIN, "'even' of class_balance as_is, expected oversample"),
        (
            "dropout: {output: 0.3}\n" + EVEN,
            "differ in dropout too",
        ),
    ],
)
def test_balances_are_compared_where_nothing_else_differs(load, even, told):
    models = {"models__plain": PLAIN, "models__even": even, "comparisons__balance": BALANCE}
    if told is None:
        assert "balance" in load(**models).comparisons
    else:
        assert told in faults_of(load, **models)
