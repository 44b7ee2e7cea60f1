"""A small good project in text, and its faults once some of it is replaced."""

from pathlib import Path

import pytest

from warehouse.errors import ConfigurationError

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


def write_project(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return folder


def faults_of(load, **replaced: str) -> str:
    with pytest.raises(ConfigurationError) as caught:
        load(**replaced)
    return str(caught.value)


def one_fault_of(load, **replaced: str) -> str:
    text = faults_of(load, **replaced)
    assert text.startswith("1 fault "), text
    return text.splitlines()[1]
