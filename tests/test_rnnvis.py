"""The module ``rnnvis``: a network in memory, compared with PyTorch's own layers."""

import json
import subprocess
import sys
from collections import defaultdict
from pathlib import Path
from random import Random

import numpy as np
import pytest
import torch
from torch import nn

import rnnvis
from rnnvis_assets.in_memory.live_inputs import take_module
from warehouse.errors import (
    ConfigurationError,
    ImportedModelError,
    ReleaseError,
    RnnvisError,
)

pytestmark = pytest.mark.slow

WORDS = ("the", "a", "cat", "dog", "sees", "hears", "old", "new")
SMALL = {
    "co_clusters": {"minimum_count": 1, "maximum_clusters": 3, "seeds": 2},
    "ablation": {"num_tokens": 100, "num_sets": 2},
}
UNITS = 6


class Network(nn.Module):
    def __init__(self, outputs: int = len(WORDS)) -> None:
        super().__init__()
        self.embedding = nn.Embedding(len(WORDS), UNITS)
        self.layers = nn.LSTM(UNITS, UNITS, 2, batch_first=True, dropout=0.5)
        self.output = nn.Linear(UNITS, outputs)

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        return self.output(self.layers(self.embedding(ids))[0])


class Classifier(Network):
    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        return super().forward(ids)[:, -1]


def made_up_texts(count: int = 40) -> list[str]:
    chance = Random(0)
    return [" ".join(chance.choices(WORDS, k=chance.randint(2, 7))) for _ in range(count)]


def top_states(network: Network, text: str) -> np.ndarray:
    """The upper layer's h after each word, from zero, float32[words, units]."""
    ids = torch.tensor([[WORDS.index(word) for word in text.split()]])
    with torch.no_grad():
        plain = nn.LSTM(UNITS, UNITS, 2, batch_first=True)
        plain.load_state_dict(network.layers.state_dict())
        return plain(network.embedding(ids))[0][0].numpy()


@pytest.fixture(scope="module")
def network() -> Network:
    torch.manual_seed(0)
    return Network().double().train()


@pytest.fixture(scope="module")
def analysis(network: Network) -> rnnvis.Analysis:
    return rnnvis.analyse(network, made_up_texts(), words=WORDS, analysis=SMALL, name="mine")


@pytest.fixture
def storage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("RNNVIS_HOME", str(tmp_path / "storage"))
    return tmp_path / "storage"


def test_responses_are_the_mean_changes_of_the_states(network, analysis):
    changes = defaultdict(list)
    exact = Network()
    exact.load_state_dict(network.state_dict())
    for text in made_up_texts():
        states = top_states(exact, text)
        for word, change in zip(text.split(), np.diff(states, axis=0, prepend=0), strict=True):
            changes[word].append(change)
    found = analysis.responses(layer=1, state="hidden")
    assert found.words == WORDS
    assert found.counts.tolist() == [len(changes[word]) for word in WORDS]
    expected = np.array([np.mean(changes[word], axis=0) for word in WORDS])
    np.testing.assert_allclose(found.mean, expected, atol=1e-6)


def test_clusters_hold_every_word_and_every_unit_in_both_directions(analysis):
    clusters = analysis.clusters(k=3, layer=1)
    assert len(clusters) == 3
    assert sorted(word for each in clusters for word in each.words) == sorted(WORDS)
    cells = sorted(cell for each in clusters for cell in each.units)
    assert cells == [(unit, way) for unit in range(UNITS) for way in (-1, 1)]
    with pytest.raises(ReleaseError):
        analysis.clusters(k=4)


def test_a_sentence_is_read_from_a_zero_state(network, analysis):
    exact = Network()
    exact.load_state_dict(network.state_dict())
    found = analysis.sentence("the old cat hears")
    assert found.words == ("the", "old", "cat", "hears")
    states = found.layers[1]["hidden"]
    np.testing.assert_allclose(states, top_states(exact, "the old cat hears"), atol=1e-6)
    with pytest.raises(RnnvisError, match="zebra"):
        analysis.sentence("the zebra")


def test_the_module_stays_as_it_was(network, analysis):
    assert network.training
    assert next(network.parameters()).dtype == torch.float64
    assert "mine: 2×6 lstm" in repr(analysis)


def test_it_is_kept_under_a_name_and_opened_again(analysis, storage):
    saved = analysis.save("kept")
    assert rnnvis.names() == ["kept"]
    opened = rnnvis.open("kept")
    for each in (saved, opened):
        found, expected = each.responses(1), analysis.responses(1)
        np.testing.assert_array_equal(found.mean, expected.mean)
    assert [path.name for path in storage.iterdir() if path.name.startswith(".")] == []
    with pytest.raises(ConfigurationError, match="rnnvis remove kept"):
        analysis.save("kept")
    with pytest.raises(ConfigurationError, match="lower case"):
        analysis.save("Not a name")
    with pytest.raises(ConfigurationError, match="in a storage already"):
        opened.save("again")


def test_word_ids_stand_for_themselves_and_labels_make_a_classifier(storage):
    torch.manual_seed(1)
    chance = Random(1)
    ids = [chance.choices(range(len(WORDS)), k=5) for _ in range(30)]
    found = rnnvis.analyse(Classifier(outputs=2), ids, labels=["bad", "good"] * 15, analysis=SMALL)
    assert found.release.model["task"] == "classification"
    assert found.responses().words == tuple(map(str, range(len(WORDS))))
    figures = {row["metric"] for row in found.release.evaluation().to_pylist()}
    assert "accuracy" in figures


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"texts": []}, "no text"),
        ({"texts": ["a cat"], "words": None}, "without the network's words"),
        ({"texts": ["a zebra"]}, "'zebra', which is none of the words"),
        ({"texts": [[0, 99]]}, "the word id 99, expected 0 to 7"),
        ({"texts": [[-1, 2]]}, "the word id -1"),
        ({"texts": ["a"], "labels": ["x", "y"]}, "2 labels for 1 texts"),
        ({"texts": ["a", ""], "labels": ["x", "y"]}, "texts without a word"),
        ({"texts": ["a"], "words": ["a", "a"]}, "a word twice"),
        ({"texts": ["a"], "words": {"a": 1, "b": 2}}, "expected each from 0 on once"),
    ],
)
def test_what_does_not_fit_is_refused(network, given, message):
    with pytest.raises(ConfigurationError, match=message):
        rnnvis.analyse(network, **{"words": WORDS, **given})


def test_a_module_without_recurrent_layers_is_refused():
    with pytest.raises(ImportedModelError):
        rnnvis.analyse(nn.Linear(2, 2), [[0, 1]])


def test_a_module_that_is_gone_is_named():
    with pytest.raises(ImportedModelError, match="is there no more"):
        take_module("of a process that has ended")


def test_importing_it_imports_none_of_the_large_libraries():
    code = "import rnnvis, sys, json; print(json.dumps(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = {name.partition(".")[0] for name in json.loads(done.stdout)}
    assert not loaded & {"torch", "dagster", "panel", "bokeh", "pandas", "duckdb", "sklearn"}


def test_what_is_public_is_there_and_described():
    for name in rnnvis.__all__:
        assert getattr(rnnvis, name).__doc__, name
