"""Figures, sizes and forecasts: of texts of any size, what is written can be trained."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnnvis_assets.configuration.dataset_config import (
    DatasetConfig,
    SplitShares,
    Tokenizer,
    VocabularyLimits,
)
from rnnvis_assets.configuration.model_config import ModelConfig
from rnnvis_assets.corpus.source_documents import SourceDocument
from rnnvis_assets.own_text.model_sizes import forecast, model_of, split_of, vocabulary_of
from rnnvis_assets.own_text.text_figures import TextFigures, fitting_tokenizer, measure_text

HALF = SplitShares(train=0.5, validation=0.25, test=0.25)


def test_documents_sentences_tokens_words_and_classes_are_counted():
    documents = [SourceDocument(("A cat.", "a dog"), "x"), SourceDocument(("cat 5 7",), "b")]
    tokenizer = fitting_tokenizer(documents, "en", labelled=True)
    assert tokenizer == Tokenizer(numbers="symbol", end_of_sentence=False)
    # a cat . a dog cat N N
    assert measure_text(documents, tokenizer) == TextFigures(2, 8, 5, ("b", "x"))


def test_text_without_blanks_is_read_by_characters():
    documents = [SourceDocument(("记忆网络的隐藏状态记忆网络的隐藏状态记忆网络",))]
    tokenizer = fitting_tokenizer(documents, "none", labelled=False)
    assert (tokenizer.kind, tokenizer.end_of_sentence) == ("character", True)
    assert measure_text(documents, tokenizer).tokens == 23


@pytest.mark.slow
def test_a_long_text_is_estimated_from_its_beginning():
    documents = [SourceDocument(("one two three four five",))] * 100_000
    figures = measure_text(documents, Tokenizer(end_of_sentence=False))
    assert figures.tokens == pytest.approx(500_000, rel=1e-3)


@given(
    tokens=st.integers(100, 10**9),
    words=st.integers(10, 10**6),
    documents=st.integers(20, 10**7),
    classes=st.sampled_from([(), ("a", "b"), ("a", "b", "c")]),
)
def test_whatever_the_text_the_files_are_valid(tokens, words, documents, classes):
    figures = TextFigures(documents, tokens, words, classes)
    VocabularyLimits.model_validate(vocabulary_of(figures))
    split = SplitShares.model_validate(split_of(figures))
    model = ModelConfig.model_validate(model_of("d", figures))
    assert model.analysis == ("sentiment" if len(classes) == 2 else "first_look")
    assert (model.cell == "gru") == bool(classes)
    assert forecast(model, figures, split, cores=2).seconds > 0


def test_more_text_gets_more_units_and_fewer_epochs():
    models = [
        ModelConfig.model_validate(model_of("d", TextFigures(1000, tokens, 5000)))
        for tokens in (10_000, 200_000, 5_000_000)
    ]
    assert [model.hidden_size for model in models] == [64, 128, 200]
    assert [model.training.epochs for model in models] == [15, 5, 2]


def test_the_forecast_by_hand():
    """An LSTM of one layer, 10 units of 10 inputs: 4 * 10 * 20 products and 10 * 50 of the output;
    5,000 tokens read twice, forwards and back; h, Δh, c, Δc and f recorded of 2,500 tokens."""
    model = ModelConfig(
        dataset="d", cell="lstm", num_layers=1, hidden_size=10, embedding_size=10,
        training={"epochs": 2, "batch_size": 1, "learning_rate": 0.1},
    )  # fmt: skip
    found = forecast(model, TextFigures(1, 10_000, 50), HALF, cores=1)
    training = max(10_000 * 3 * 1300 / 1e10, 10_000 / 50_000)
    assert found.seconds == pytest.approx(10_000 / 12_000 + training + 60 + 2 * 2_500 / 1_500)
    assert found.bytes == 2_500 * 5 * 10 * 4


def test_the_default_dataset_takes_these_sections():
    figures = TextFigures(1000, 30_000, 9_000)
    dataset = DatasetConfig.model_validate(
        {
            "task": "language_model",
            "source": {"kind": "text", "path": "t.txt"},
            "vocabulary": vocabulary_of(figures),
            "split": split_of(figures),
        }
    )
    assert (dataset.vocabulary.size, dataset.split.test) == (4_000, 0.3)
