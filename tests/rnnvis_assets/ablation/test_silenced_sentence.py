"""A sentence read under clamps, next to the same sentence as it is."""

import numpy as np
import pytest

from rnnvis_assets.ablation.clamps import Clamps
from rnnvis_assets.ablation.silenced_sentence import (
    classes_with_and_without,
    next_words_with_and_without,
    read_with_and_without,
)
from rnnvis_assets.network.cells import stepped
from rnnvis_assets.recording.layer_states import record_sequence
from tests.rnnvis_assets.ablation.numpy_clamps import read_clamped_by_hand
from tests.rnnvis_assets.ablation.planted_gru import (
    AFTER_RISE,
    NOW,
    RISE,
    SENTENCE,
    make_planted_gru,
)
from tests.rnnvis_assets.recording.networks import make_network, make_words

UNITS = 5
LOWER = np.array([[-np.inf, 0.1, 0, -np.inf, -0.2], [0.5] * UNITS], np.float32)
UPPER = np.array([[0.1, np.inf, 0, np.inf, 0.2], [0.5] * UNITS], np.float32)


@pytest.mark.parametrize("words", [0, 1, 17, 40])
@pytest.mark.parametrize(
    ("cell", "state"), [("lstm", "cell"), ("lstm", "hidden"), ("gru", "hidden")]
)
def test_the_first_reading_is_free_and_the_others_are_clamped(cell, state, words) -> None:
    network, word_ids = make_network(cell, num_layers=2, units=UNITS), make_words(words)
    found = read_with_and_without(stepped(network), word_ids, Clamps(0, state, LOWER, UPPER))
    assert found.shape == (3, words, UNITS)
    if words:
        np.testing.assert_allclose(
            found[0], record_sequence(network, word_ids)[-1].hidden, atol=1e-6
        )
        for number, bounds in enumerate(zip(LOWER, UPPER, strict=True), start=1):
            expected = read_clamped_by_hand(network, word_ids, 0, state, bounds)
            np.testing.assert_allclose(found[number], expected, atol=1e-5)


def test_a_silenced_direction_takes_the_word_that_needs_it() -> None:
    upper = np.full((1, 3), np.inf, np.float32)
    upper[0, NOW] = 0
    clamps = Clamps(0, "hidden", -np.full((1, 3), np.inf, np.float32), upper)
    words = np.array(SENTENCE, np.int32)
    free, silenced = next_words_with_and_without(stepped(make_planted_gru()), words, clamps)
    place = SENTENCE.index(RISE)
    assert free.top_words[place, 0] == AFTER_RISE
    before, after = (np.exp(each.log_probabilities[place]) for each in (free, silenced))
    assert before > 0.99 > 0.2 > after


def test_class_probabilities_after_every_word() -> None:
    network = make_network("gru", num_layers=2, units=UNITS)
    parts, words = stepped(network), make_words(9)
    clamps = Clamps(1, "hidden", LOWER, UPPER)
    found = classes_with_and_without(parts, words, clamps)
    hidden = read_with_and_without(parts, words, clamps)
    logits = hidden @ parts.output.weight.numpy().T + parts.output.bias.numpy()
    expected = np.exp(logits) / np.exp(logits).sum(axis=2, keepdims=True)
    np.testing.assert_allclose(found, expected, atol=1e-6)
