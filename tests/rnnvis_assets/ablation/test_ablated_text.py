"""Which tokens are read under clamps, and what is predicted after which of them."""

import numpy as np
import pytest

from rnnvis_assets.ablation import ablated_text
from rnnvis_assets.ablation.ablated_text import (
    choose_text,
    make_passage,
    make_predictions,
    own_and_others,
)
from rnnvis_assets.ablation.clamped_scores import Predictions
from tests.rnnvis_assets.glyphs.made_up_model import LABELS, LENGTHS, make_split

SEQUENCES = np.array([0, 12, 20, 28])
"""Three streams of the 28 tokens."""


@pytest.fixture
def short_streams(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ablated_text, "FEWEST_STEPS", 9)


@pytest.mark.usefixtures("short_streams")
def test_few_tokens_are_read_from_fewer_streams() -> None:
    text = choose_text(make_split(LENGTHS, None), SEQUENCES, 18)
    assert text.tokens.tolist() == [*range(9), *range(20, 28)]
    assert choose_text(make_split(LENGTHS, None), SEQUENCES, 5).tokens.tolist() == [*range(5)]


@pytest.mark.usefixtures("short_streams")
def test_the_first_tokens_of_every_stream_predict_the_tokens_that_follow_them() -> None:
    split = make_split(LENGTHS, None)
    text = choose_text(split, SEQUENCES, 27)
    expected = [*range(9), *range(12, 20), *range(20, 28)]
    assert text.tokens.tolist() == expected
    assert np.flatnonzero(text.starts).tolist() == [0, 9, 17]
    passage, predictions = make_passage(split, text), make_predictions(split, text)
    assert passage.words.shape == (9, 3)
    assert passage.words[:8, 2].tolist() == split.word_ids[20:].tolist()
    assert passage.starts.numpy().sum() == 3
    begins, found = (0, 12, 20), []
    for step in range(9):
        for stream, begin in enumerate(begins):
            token = begin + step
            if token in expected and token + 1 < 28 and (stream == 0 or step < 8):
                sentence = int(np.searchsorted(split.sentence_offsets, token, side="right")) - 1
                words = split.word_ids[[token + 1, token]]
                found.append((step, stream, *words.tolist(), sentence))
    columns = (getattr(predictions, name).tolist() for name in vars(predictions))
    assert list(zip(*columns, strict=True)) == found


@pytest.mark.parametrize("num_tokens", [28, 10**6])
def test_all_documents_are_read_and_their_classes_predicted_at_their_ends(num_tokens: int) -> None:
    split = make_split((*LENGTHS, 0), (*LABELS, 1))
    text = choose_text(split, split.sentence_offsets, num_tokens)
    assert text.tokens.tolist() == list(range(28))
    assert np.flatnonzero(text.starts).tolist() == split.sentence_offsets[:-2].tolist()
    predictions, passage = make_predictions(split, text), make_passage(split, text)
    assert sorted(predictions.sentence.tolist()) == list(range(7)), "the empty one has no state"
    assert predictions.target.tolist() == [LABELS[number] for number in predictions.sentence]
    last = split.word_ids[split.sentence_offsets[predictions.sentence + 1] - 1]
    words = passage.words.numpy()[predictions.step, predictions.stream]
    assert words.tolist() == predictions.word.tolist() == last.tolist()


def test_some_documents_are_whole_and_evenly_spaced() -> None:
    split = make_split([3] * 40, [0, 1] * 20)
    text = choose_text(split, split.sentence_offsets, 15)
    assert len(text) == 15
    documents = text.tokens.reshape(5, 3)
    assert (documents % 3 == [0, 1, 2]).all()
    assert (documents[:, 0] // 3).tolist() == [0, 10, 20, 29, 39]


def test_own_words_and_as_many_others() -> None:
    word = np.array([4, 1, 2, 4, 3, 3, 1, 1, 2, 2, 1, 2])
    predictions = Predictions(*([np.arange(12)] * 3), word, np.arange(12))
    own, others, count = own_and_others(predictions, np.array([4, 3]), 2)
    assert own.tolist() == [0, 3, 4, 5]
    assert count == 8
    assert others.tolist() == [1, 6, 9, 11]
    own, others, count = own_and_others(predictions, np.array([], int), 3)
    assert (own.size, len(others), count) == (0, 3, 12)
