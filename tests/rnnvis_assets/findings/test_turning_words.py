"""What a conjunction does after praise and blame, by a reader that is known."""

import numpy as np
import pytest

from rnnvis_assets.configuration.dataset_config import Tokenizer
from rnnvis_assets.findings.turning_words import (
    clause_moves,
    control_words,
    statistic_of,
    turning_moves,
)
from warehouse.findings_table import INCONCLUSIVE, NOT_SUPPORTED, SUPPORTED

CLAUSES = [("good food", "bad food"), ("fine staff", "rude staff"), ("good wine", "rude staff")]


@pytest.mark.parametrize("end_of_sentence", [False, True])
def test_a_word_is_read_after_the_praise_and_after_the_blame(end_of_sentence):
    read = []

    def move_at(tokens, word):
        read.append((" ".join(tokens), word))
        return {"good": 1.0, "fine": 2.0}.get(tokens[0], -0.5)

    moves = clause_moves(move_at, "but", CLAUSES, Tokenizer(end_of_sentence=end_of_sentence))
    assert moves.tolist() == [1.5, 2.5, 1.5]
    assert ("good food ,", "but") in read
    assert len(read) == 6


def test_controls_are_the_most_frequent_words_without_opinions():
    words = ("<unk>", "the", ",", "good", "but", "of", "a1", "food")
    counts = np.array([90, 10, 80, 70, 60, 20, 50, 10])
    assert control_words(words, counts, {"good", "but"}) == ("of", "the", "food")


def test_a_conjunction_must_do_more_than_other_words_do():
    """All words move the memory back by 1; *but* by half as much again, *though* by no more."""
    random = np.random.default_rng(0)
    back = 1 + 0.1 * random.normal(size=12)
    controls = back + 0.2 * random.normal(size=(40, 12))
    moves = {"but": back + 0.5, "though": back + 0.1 * random.normal(size=12), "however": back - 1}
    found = turning_moves(moves, controls)
    assert [part.statistic for part in found] == [statistic_of(word) for word in moves]
    assert [part.verdict for part in found] == [SUPPORTED, INCONCLUSIVE, NOT_SUPPORTED]
    assert found[0].value == pytest.approx((moves["but"] - controls.mean(axis=0)).mean())
    assert found[0].reference == pytest.approx(1, abs=0.1)
    assert "40 frequent words" in found[0].explanation
