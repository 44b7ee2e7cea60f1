"""Ranked words, against one word and one unit at a time."""

import numpy as np
import pytest

from warehouse import ranked_words
from warehouse.ranked_words import driving_words, nearest_words


@pytest.mark.parametrize("block", [3, 1_024])
def test_the_nearest_words_have_the_largest_cosines(
    block: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ranked_words, "BLOCK", block)
    mean = np.random.default_rng(0).normal(size=(11, 4)).astype(np.float32)
    among = np.array([1, 2, 5, 6, 8, 10])
    found = nearest_words(mean, among, 3)
    for word, nearest in enumerate(found):
        norms = np.linalg.norm(mean, axis=1)
        cosines = {
            other: mean[word] @ mean[other] / (norms[word] * norms[other])
            for other in among.tolist()
            if other != word
        }
        assert nearest.tolist() == sorted(cosines, key=lambda other: -cosines[other])[:3]


def test_fewer_words_than_asked_for_are_all_there() -> None:
    mean = np.eye(3, dtype=np.float32)
    mean[1, 0] = 0.5
    assert nearest_words(mean, np.array([0, 1]), 5).shape == (3, 1)
    assert nearest_words(mean[:1], np.array([0]), 5).shape == (1, 0)
    assert nearest_words(mean[:0], np.array([], np.int64), 5).shape == (0, 5)
    assert np.isfinite(nearest_words(np.zeros((3, 2), np.float32), np.arange(3), 2)).all()


def test_the_words_that_drive_a_cell_have_its_largest_responses() -> None:
    oriented = np.random.default_rng(1).normal(size=(9, 5))
    found = driving_words(oriented, 4)
    for cell, words in enumerate(found):
        assert words.tolist() == sorted(range(9), key=lambda word: -oriented[word, cell])[:4]
    assert driving_words(oriented[:2], 4).shape == (5, 2)
