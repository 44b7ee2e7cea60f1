"""A network that predicts worse than a guess was read with wrong words, or wrong classes."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from rnnvis_assets.configuration.analysis_config import RecordingSettings
from rnnvis_assets.configuration.dataset_config import Tokenizer
from rnnvis_assets.configuration.external_model_config import OwnVocabulary, PytorchModel
from rnnvis_assets.corpus.corpus import Corpus, Split, Vocabulary
from rnnvis_assets.model_import.external_vocabulary import in_words_of, read_words
from rnnvis_assets.model_import.model_import_stage import load_and_check
from rnnvis_assets.model_import.recording import prediction_checks
from tests.rnnvis_assets.model_import import counting_networks
from tests.rnnvis_assets.model_import.counting_networks import (
    NextWord,
    Polarity,
    next_word,
    polarity,
    tempered,
)
from warehouse.errors import ImportedModelError

NETWORKS = counting_networks.__file__
WORDS = ("by", "falling", "frequency", "these", "are", "the", "words", "of", "some", "text")
TOKENS, SENTENCE = 4000, 10
CHANCE = np.random.default_rng(4)
TEST = RecordingSettings(split="test", streams=1)


def markov_text() -> np.ndarray:
    """int32[tokens] of a chain in which each word has one or two likely followers."""
    steps = CHANCE.dirichlet(np.full(len(WORDS), 0.2), len(WORDS))
    ids = [0]
    for _ in range(TOKENS - 1):
        ids.append(int(CHANCE.choice(len(WORDS), p=steps[ids[-1]])))
    return np.array(ids, np.int32)


def split_of(word_ids: np.ndarray, labels: np.ndarray | None = None) -> Split:
    offsets = np.arange(0, len(word_ids) + 1, SENTENCE)
    sentences = [word_ids[start : start + SENTENCE] for start in offsets[:-1]]
    texts = tuple(" ".join(WORDS[word] for word in sentence) for sentence in sentences)
    return Split(word_ids, offsets, np.arange(len(texts), dtype=np.int32), labels, texts)


def corpus_of(train: Split, test: Split, classes: tuple[str, ...] = ()) -> Corpus:
    counts = np.bincount(train.word_ids, minlength=len(WORDS))
    words = Vocabulary(WORDS, counts, (None,) * len(WORDS), np.zeros(len(WORDS), np.float32))
    task = "classification" if classes else "language_model"
    return Corpus("d", task, classes, words, {"train": train, "validation": test, "test": test})


def config_of(factory: str, module: torch.nn.Module, folder: Path, **settings: Any) -> PytorchModel:
    save_file(module.state_dict(), folder / "w.safetensors")
    return PytorchModel.model_validate({
        "source": "pytorch", "dataset": "d", "factory": f"{NETWORKS}:{factory}",
        "arguments": {"words": len(WORDS)}, "weights": str(folder / "w.safetensors"), **settings,
    })  # fmt: skip


@pytest.fixture(scope="module")
def text() -> Corpus:
    ids = markov_text()
    half = TOKENS // 2
    return corpus_of(split_of(ids[:half]), split_of(ids[half:]))


ALPHABETICAL = tuple(sorted(WORDS))
"""The order that the network was trained with."""


def trained_on(text: Corpus, make: Callable[[int], NextWord]) -> NextWord:
    order = np.array([ALPHABETICAL.index(word) for word in WORDS])
    module = make(len(WORDS))
    module.count(order[text.splits["train"].word_ids])
    return module


@pytest.fixture
def trained(text: Corpus) -> NextWord:
    return trained_on(text, next_word)


@pytest.mark.slow
def test_words_read_in_the_datasets_order_are_refused_and_the_vocabulary_is_asked_for(
    text, trained, tmp_path
):
    wrong = config_of("next_word", trained, tmp_path)
    with pytest.raises(ImportedModelError) as caught:
        load_and_check(wrong, text, TEST)
    assert "by a uniform guess 10): its words were read in the dataset's order" in str(caught.value)
    assert "--vocabulary FILE" in caught.value.repair
    assert "--accept-loss" in caught.value.repair
    accepted = config_of("next_word", trained, tmp_path, accept_loss=True)
    assert "perplexity" in load_and_check(accepted, text, TEST).notes[0]


@pytest.mark.parametrize("make", [next_word, tempered])
def test_in_its_own_order_the_perplexity_is_its_own(text, make, tmp_path):
    trained = trained_on(text, make)
    config = config_of(make.__name__, trained, tmp_path, vocabulary=list(ALPHABETICAL))
    own = in_words_of(
        text, read_words(OwnVocabulary(words=ALPHABETICAL)), "m", Tokenizer(kind="whitespace")
    )
    found = load_and_check(config, own, TEST)
    words = torch.from_numpy(own.splits["test"].word_ids[:1025].astype(np.int64))
    logits = trained(words[:-1].unsqueeze(1)).squeeze(1)
    expected = torch.nn.functional.cross_entropy(logits, words[1:]).exp().item()
    assert f"perplexity {expected:.4g} on 1,024 tokens of test" in found.notes[0]
    assert found.predicts == "next word"


def test_a_wrong_vocabulary_is_refused_in_other_words(text, trained, tmp_path):
    backward = ALPHABETICAL[::-1]
    config = config_of("next_word", trained, tmp_path, vocabulary=list(backward))
    own = in_words_of(text, backward, "m", Tokenizer(kind="whitespace"))
    with pytest.raises(ImportedModelError, match="in the order of this network's ids"):
        load_and_check(config, own, TEST)


CLASSES = ("bad", "good")


@pytest.fixture(scope="module")
def reviews() -> Corpus:
    """A third of the documents is bad; the first five words occur in these only."""
    labels = (CHANCE.random(300) > 1 / 3).astype(np.int32)
    ids = CHANCE.integers(0, 5, (300, SENTENCE)) + 5 * labels[:, None]
    split = split_of(ids.astype(np.int32).ravel(), labels)
    return corpus_of(split, split, CLASSES)


@pytest.fixture
def classifier() -> Polarity:
    """Its first output is for good ones."""
    module = polarity(len(WORDS))
    module.count(np.repeat([[0.0, 1.0], [1.0, 0.0]], 5, axis=0))
    return module


def test_swapped_classes_warn_with_the_option_that_orders_them(reviews, classifier, tmp_path):
    found = load_and_check(config_of("polarity", classifier, tmp_path), reviews, TEST)
    assert found.predicts == "classes, in the order of its outputs: bad, good"
    share = np.mean(reviews.splits["test"].labels)
    (note,) = found.notes
    assert note.startswith("warning: accuracy 0.0% on 300 documents, less than the ")
    assert f"than the {share:.1%} of always choosing good;" in note
    assert "--setting output.classes='[good, bad]'" in note
    ordered = config_of("polarity", classifier, tmp_path, output={"classes": ["good", "bad"]})
    found = load_and_check(ordered, reviews, TEST)
    assert found.notes == ("accuracy 100.0% on 300 documents of test",)


def test_words_in_another_order_warn_of_a_classifier_that_is_right_by_chance(
    reviews, classifier, tmp_path
):
    """Always one class, which is right as often as the largest class is."""
    classifier.count(np.tile([1.0, 0.0], (len(WORDS), 1)))
    config = config_of("polarity", classifier, tmp_path, output={"classes": ["good", "bad"]})
    (note,) = load_and_check(config, reviews, TEST).notes
    assert "hardly more than the" in note
    assert "the order that it was trained with (--vocabulary FILE)" in note


@pytest.mark.slow
def test_padding_and_lengths_by_id_are_tried_with_words_of_the_text(text, tmp_path):
    """A network for which id 0 is padding, in a text that never holds it."""
    shifted = replace(
        text,
        vocabulary=replace(
            text.vocabulary, words=("<pad>", *WORDS),
            train_counts=np.concatenate([[0], text.vocabulary.train_counts]),
        ),
        splits={name: replace(split, tokens=split.word_ids + 1)
                for name, split in text.splits.items()},
    )  # fmt: skip
    module = counting_networks.Padded(len(WORDS) + 1)
    config = config_of("padded", module, tmp_path, accept_loss=True)
    config = config.model_copy(update={"arguments": {"words": len(WORDS) + 1}})
    found = load_and_check(config, shifted, TEST)
    assert found.predicts == "next word"


def test_sequences_that_are_too_long_to_read_in_one_go(text, trained, tmp_path, monkeypatch):
    module = counting_networks.Cumulative(len(WORDS))
    config = config_of("cumulative", module, tmp_path, accept_loss=True)
    assert load_and_check(config, text, TEST).predicts == "next word"
    monkeypatch.setattr(prediction_checks, "LOGITS_AT_ONCE", 1000)
    found = load_and_check(config, text, TEST)
    assert found.predicts == "none"
    assert "2,000 tokens of a sequence (recording.streams: 1) are too many" in found.notes[0]
