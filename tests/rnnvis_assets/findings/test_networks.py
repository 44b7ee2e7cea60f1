"""What compares networks, layers or halves of a recording: planted where the answer is known."""

import numpy as np
import pytest
from scipy.stats import wasserstein_distance
from sklearn.metrics import roc_auc_score

from rnnvis_assets.findings.cell_contrast import (
    closer_distribution,
    larger_updates,
    preserved_information,
    relative_updates,
    sizes_in_spreads,
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
from rnnvis_assets.findings.sentiment import (
    Documents,
    better_ranked,
    negative_recall,
    negative_words,
)
from warehouse import stored_responses
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
    strong, weak = (np.abs(normal(50, scale, seed=scale)) for scale in (3, 1))
    found = stronger_response(strong, weak, "cell")
    assert "the LSTM's c" in found.statistic
    assert found.value == pytest.approx(strong.mean() / weak.mean())
    assert found.verdict == SUPPORTED
    assert stronger_response(weak, strong, "cell").verdict == NOT_SUPPORTED
    assert stronger_response(strong[:4], weak[:4], "cell").verdict == INCONCLUSIVE


@pytest.mark.parametrize("rows", [1, 7, 49])
def test_blocks_of_any_size_give_the_same_contrasts(monkeypatch, rows):
    """To the last bit, but for the standard deviations, which are sums over all words."""
    networks = [normal((50, 8), scale, seed=scale).astype(np.float32) for scale in (1, 3, 2)]
    spread = np.array([1.0, 0, 2, 3, 4, 5, 6, 7])
    sizes, (in_range, shape) = sizes_in_spreads(networks[0], spread), closer_distribution(*networks)
    expected = np.abs(networks[0][:, spread > 0] / spread[spread > 0]).mean(axis=1)
    np.testing.assert_array_equal(sizes, expected)
    scaled = [part / np.float32(part.std(dtype=np.float64)) for part in networks]
    assert shape.value == closer_distribution(*scaled)[0].value
    monkeypatch.setattr(stored_responses, "BLOCK_ROWS", rows)
    np.testing.assert_array_equal(sizes_in_spreads(networks[0], spread), sizes)
    cut_range, cut_shape = closer_distribution(*networks)
    assert cut_range == in_range
    assert cut_shape.value == pytest.approx(shape.value, rel=1e-6)


def test_updates_both_ways():
    rnn, lstm = 0.8 + normal(40, 0.05), 0.4 + normal(40, 0.05, seed=1)
    assert larger_updates(rnn, lstm, "hidden").verdict == SUPPORTED
    assert larger_updates(lstm, rnn, "hidden").verdict == NOT_SUPPORTED
    assert sparser_updates(lstm, rnn, "hidden").verdict == SUPPORTED
    assert sparser_updates(rnn, lstm, "hidden").verdict == NOT_SUPPORTED


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
    rnn, gru = (level + normal(30, 0.02, seed) for seed, level in enumerate((0.3, 0.8)))
    of_gru, of_rnn = ("GRU", "hidden"), ("RNN", "hidden")
    found = preserved_information(gru, rnn, of_gru, of_rnn)
    assert found.verdict == SUPPORTED
    assert found.value == pytest.approx(0.5, abs=0.02)
    assert found.reference == pytest.approx(rnn.mean())
    assert preserved_information(rnn, gru, of_rnn, of_gru).verdict == NOT_SUPPORTED


def test_relative_updates_by_hand():
    """A unit drawn afresh at each step, a slow one, and a constant one, which is left out."""
    afresh, slow = normal(20_000), np.cumsum(normal(20_000, seed=1))
    states = np.stack([afresh, slow, np.ones(20_000)], axis=1)
    changes = np.diff(states, axis=0, prepend=0)
    summary = {"std": states.std(0), "delta_std": changes.std(0), "delta_mean": changes.mean(0)}
    found = relative_updates(summary)
    assert found[0] == pytest.approx(1, abs=0.02)
    assert 0 < found[1] < 0.05
    assert len(found) == 2


def test_a_moved_threshold_leaves_the_area_as_it_is():
    """Twice the odds for every document: more are called negative, in the same order."""
    negative = np.repeat([True, False], 40)
    odds = np.exp(normal(80) + negative)
    plain, moved = (
        Documents(negative, p := odds * factor / (1 + odds * factor), p > 0.5) for factor in (1, 2)
    )
    assert moved.recognised.sum() > plain.recognised.sum()
    found = better_ranked(plain, moved)
    assert (found.value, found.verdict) == (0, NOT_SUPPORTED)
    assert found.reference == pytest.approx(roc_auc_score(negative, plain.probability))


def test_a_better_order_is_a_larger_area():
    negative = np.repeat([True, False], 40)
    plain, better = (
        Documents(negative, 1 / (1 + np.exp(-x)), x > 0)
        for x in (normal(80) + 0.3 * negative, normal(80, seed=1) + 3 * negative)
    )
    assert better_ranked(plain, better).verdict == SUPPORTED
    assert better_ranked(better, plain).verdict == NOT_SUPPORTED


def test_recall_by_hand():
    as_it_comes, balanced = np.repeat([True, False], 50), np.repeat([True, False], [80, 20])
    found = negative_recall(as_it_comes, balanced)
    assert found.value == pytest.approx(0.3)
    assert found.reference == pytest.approx(0.5)
    assert found.verdict == SUPPORTED
    assert negative_recall(balanced, as_it_comes).verdict == NOT_SUPPORTED


def test_negative_words_by_hand():
    weak, strong = 0.4 + normal(30, 0.1), 0.6 + normal(30, 0.1, seed=1)
    found = negative_words(weak, strong)
    assert found.value == pytest.approx(strong.mean() - weak.mean())
    assert found.verdict == SUPPORTED
    assert negative_words(strong, weak).verdict == NOT_SUPPORTED


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
