"""What compares networks, layers or halves of a recording: planted where the answer is known."""

import numpy as np
import pytest
from scipy.stats import wasserstein_distance

from rnnvis_assets.findings.cell_contrast import (
    closer_distribution,
    larger_updates,
    preserved_information,
    sparser_updates,
    stronger_response,
)
from rnnvis_assets.findings.layer_contrast import (
    LayerLabels,
    evener_chips,
    evenness,
    evenness_gain,
    hoyer_sparsity,
    purer_clouds,
    purity,
    purity_gain,
    weaker_responses,
)
from rnnvis_assets.findings.sentiment import negative_recall, negative_words
from warehouse.findings_table import INCONCLUSIVE, NOT_SUPPORTED, SUPPORTED

pytestmark = pytest.mark.slow


def normal(shape, scale: float = 1.0, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(0, scale, shape)


def verdicts(measurements) -> list[str]:
    return [measurement.verdict for measurement in measurements]


def test_hoyers_sparsity_by_hand():
    rows = np.array([[1.0, -1, 1, 1], [0, 0, 3, 0], [0, 0, 0, 0], [1, 1, 0, 0]])
    np.testing.assert_allclose(hoyer_sparsity(rows), [0, 1, 0, 2 - np.sqrt(2)])


def test_a_stronger_response_both_ways():
    strong, weak = normal((50, 8), 3), normal((50, 20), 1, seed=1)
    found = stronger_response(strong, weak)
    assert found.value == pytest.approx(np.abs(strong).mean() / np.abs(weak).mean())
    assert found.verdict == SUPPORTED
    assert stronger_response(weak, strong).verdict == NOT_SUPPORTED
    assert stronger_response(strong[:4], weak[:4]).verdict == INCONCLUSIVE


def test_updates_both_ways():
    rnn, lstm = 0.8 + normal(40, 0.05), 0.4 + normal(40, 0.05, seed=1)
    assert larger_updates(rnn, lstm).verdict == SUPPORTED
    assert larger_updates(lstm, rnn).verdict == NOT_SUPPORTED
    assert sparser_updates(lstm, rnn).verdict == SUPPORTED
    assert sparser_updates(rnn, lstm).verdict == NOT_SUPPORTED


def test_distances_of_distributions_are_wassersteins():
    gru, lstm, rnn = normal((60, 30), 1), normal((60, 30), 1.2, 1), normal((60, 30), 4, 2)
    in_range, _ = closer_distribution(gru, lstm, rnn)
    near, far = (wasserstein_distance(gru.ravel(), other.ravel()) for other in (lstm, rnn))
    assert in_range.reference == pytest.approx(near, rel=0.02)
    assert in_range.value == pytest.approx(far - near, rel=0.02)
    assert in_range.verdict == SUPPORTED


def test_range_and_shape_are_told_apart():
    """The RNN's responses are as wide as the GRU's but of two values; the LSTM's wider."""
    gru, lstm, rnn = normal((60, 30), 1), normal((60, 30), 3, 1), np.sign(normal((60, 30), 1, 2))
    assert verdicts(closer_distribution(gru, lstm, rnn)) == [NOT_SUPPORTED, SUPPORTED]
    assert verdicts(closer_distribution(gru, rnn, lstm)) == [SUPPORTED, NOT_SUPPORTED]


def test_preserved_information_both_ways():
    rnn, lstm, gru = (level + normal(30, 0.02, seed) for seed, level in enumerate((0.3, 0.8, 0.6)))
    found = preserved_information(rnn, lstm, gru)
    assert verdicts(found) == [SUPPORTED, SUPPORTED]
    assert found[0].value == pytest.approx(0.5, abs=0.02)
    assert verdicts(preserved_information(gru, lstm, rnn)) == [SUPPORTED, NOT_SUPPORTED]


def test_recall_by_hand():
    as_it_comes, balanced = np.repeat([True, False], 50), np.repeat([True, False], [80, 20])
    found = negative_recall(as_it_comes, balanced)
    assert found.value == pytest.approx(0.3)
    assert found.reference == pytest.approx(0.5)
    assert found.verdict == SUPPORTED
    assert negative_recall(balanced, as_it_comes).verdict == NOT_SUPPORTED


def test_negative_words_by_hand():
    few, many = np.repeat([0.6, 0.4], [5, 95]), np.repeat([0.6, 0.4], [25, 75])
    found = negative_words(few, many)
    assert found.value == pytest.approx(0.2)
    assert found.verdict == SUPPORTED
    assert negative_words(many, few).verdict == NOT_SUPPORTED


def test_evenness_and_purity_by_hand():
    assert evenness(np.array([0, 0, 1, 1]), 2) == pytest.approx(1)
    assert evenness(np.array([0, 0, 0, 0]), 2) == pytest.approx(0)
    quarter = -(0.25 * np.log(0.25) + 0.75 * np.log(0.75)) / np.log(2)
    assert evenness(np.array([0, 0, 0, 1]), 2) == pytest.approx(quarter)
    assert purity(np.array([0, 0, 0, 2, 2]), np.array([1, 1, 0, 3, 0])) == pytest.approx(0.6)


def _layers() -> tuple[LayerLabels, LayerLabels, np.ndarray]:
    """A first layer with even, mixed clusters, a last one unlike it, for 2 and for 4 clusters."""
    tags = np.repeat(np.arange(4), 25)
    mixed, uneven = np.tile(np.arange(4), 25), np.repeat(np.arange(4), [5, 5, 10, 60])
    numbers = np.array([2, 4])
    even = np.tile(np.arange(4), 20)
    first = LayerLabels(numbers, np.stack((even // 2, even)), np.stack((mixed // 2, mixed)))
    last = LayerLabels(numbers, np.stack((uneven // 2, uneven)), np.stack((tags // 2, tags)))
    return first, last, tags


def test_layers_both_ways():
    first, last, tags = _layers()
    for one, other, verdict in ((first, last, SUPPORTED), (last, first, NOT_SUPPORTED)):
        evener = evener_chips(one, other, paper=0.25)
        purer = purer_clouds(one, other, tags, paper=-0.5)
        assert verdicts((evener, purer)) == [verdict] * 2
        assert evener.value == pytest.approx(evenness_gain(one, other))
        assert purer.value == pytest.approx(purity_gain(one, other, tags))
        assert (evener.paper_value, purer.paper_value) == (0.25, -0.5)


def test_layers_are_compared_on_average_of_all_numbers():
    first, last, tags = _layers()
    of_two = (10 * np.log(8) + 70 * np.log(8 / 7)) / (80 * np.log(2))
    sizes = np.array([5, 5, 10, 60]) / 80
    of_four = -(sizes * np.log(sizes)).sum() / np.log(4)
    assert evenness_gain(first, last) == pytest.approx(1 - (of_two + of_four) / 2)
    # Of the first layer's clouds 13 of 50 and 7 of 25 words have one tag, of the last half and all.
    assert purity_gain(first, last, tags) == pytest.approx((0.5 + 1) / 2 - (0.26 + 0.28) / 2)


def test_layers_without_tags_are_not_compared_in_purity():
    first, last, tags = _layers()
    none = tags[:0]
    assert purer_clouds(first, last, none, paper=0.0).verdict == INCONCLUSIVE
    assert purity_gain(first, last, none) == 0


def test_weaker_responses_both_ways():
    strong, weak = normal((50, 8), 3), normal((50, 20), 1, seed=1)
    found = weaker_responses(strong, weak)
    assert found.value == pytest.approx(np.abs(strong).mean() - np.abs(weak).mean())
    assert found.verdict == SUPPORTED
    assert weaker_responses(weak, strong).verdict == NOT_SUPPORTED
