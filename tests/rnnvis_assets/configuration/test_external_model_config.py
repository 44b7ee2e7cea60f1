"""Models of other sources: what their files may say, and what is said of their faults."""

import pytest

from rnnvis_assets.configuration.external_model_config import PytorchModel, RecordedModel
from rnnvis_assets.configuration.model_config import ModelConfig
from tests.rnnvis_assets.configuration.small_project import MODEL, faults_of

PYTORCH = """\
source: pytorch
dataset: words
factory: my/model.py:build
arguments: {ntoken: 12}
weights: w.safetensors
"""
RECORDING = """\
source: recording
folder: from/elsewhere
"""


def test_the_source_says_of_what_kind_a_model_is(load):
    project = load(models__mine=PYTORCH, models__other=RECORDING, models__small=MODEL)
    kinds = {name: type(model) for name, model in project.models.items()}
    assert kinds == {"mine": PytorchModel, "other": RecordedModel, "small": ModelConfig}
    assert project.models["small"].source == "trained"
    summaries = {name: model.summary for name, model in project.models.items()}
    assert summaries == {"mine": "PyTorch, model", "other": "recording", "small": "2×8 lstm"}
    assert project.dataset_of("other") is None


def test_the_corpus_is_the_datasets_or_one_of_the_models_own(load):
    own_words = PYTORCH + "vocabulary: {file: words.txt}\n"
    project = load(models__mine=PYTORCH, models__worded=own_words, models__other=RECORDING)
    names = {name: project.corpus_of(name) for name in project.models}
    assert names == {"mine": "words", "worded": "worded", "other": "other", "small": "words"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("source: torch\n", "mine.yaml:1: source: found 'torch', expected one of trained, "
         "pytorch, transformers, xlstm, rwkv, recording; did you mean 'pytorch'?"),
        ("source: [pytorch]\n", "mine.yaml:1: source: found a list of 1, expected one of"),
        (PYTORCH + "wieghts: x\n", "mine.yaml:6: wieghts: found an unknown key, expected one of "
         "description, source, dataset"),
        (PYTORCH.replace("my/model.py:build", "my/model.py"), "mine.yaml:3: factory: found "
         "'my/model.py', expected text, matching"),
        (PYTORCH.replace("words", "wrods"), "mine.yaml:2: dataset: found 'wrods', expected the "
         "name of a dataset (reviews, words); did you mean 'words'?"),
        (PYTORCH + "output: {meaning: class}\n", "mine.yaml:6: output.meaning: found 'class', "
         "expected 'next_word' or 'none' for a language_model task"),
        (PYTORCH + "output: {meaning: klass}\n", "output.meaning: found 'klass', expected one of"),
        (PYTORCH + "vocabulary: {unknown: UNK}\n", "vocabulary: exactly one of file and words"),
        (PYTORCH + "input: {layout: batch}\n", "input.layout: found 'batch', expected one of"),
        (RECORDING.replace("folder", "foldr"), "did you mean 'folder'?"),
    ],
)  # fmt: skip
def test_faults_are_told_by_the_rules_of_the_models_own_kind(load, text, expected):
    assert expected in faults_of(load, models__mine=text)
