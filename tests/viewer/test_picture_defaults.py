"""What the data decide of a picture, on made-up figures and against sums written out."""

from types import SimpleNamespace

import numpy as np
import pytest

from viewer.data import release_store
from viewer.data.picture_defaults import PAPERS_RANGE, bars_of, chip_means, readable_links
from viewer.data.release_store import Analysis
from warehouse.reader import Release


@pytest.mark.parametrize(
    ("mean", "std", "change", "expected"),
    [
        (0.1, 0.5, 0.5, "states"),  # moves around zero
        (5.0, 0.5, 0.5, "deviations"),  # moves around a mean far from zero
        (5.0, 0.5, 0.05, "changes"),  # hardly moves from step to step
        (5.0, 0.0, 0.0, "changes"),
    ],
)
def test_bars_show_what_varies(mean: float, std: float, change: float, expected: str) -> None:
    columns = {"mean": mean, "std": std, "delta_std": change}
    assert bars_of({name: np.full(3, value) for name, value in columns.items()}) == expected


def _found(weights: np.ndarray) -> SimpleNamespace:
    parts = {"positive": np.maximum(weights, 0), "negative": np.minimum(weights, 0)}
    return SimpleNamespace(weights=weights, **parts)


@pytest.mark.parametrize("k", [10, 15, 20])
def test_many_clusters_have_about_three_links_each(k: int) -> None:
    weights = np.random.default_rng(k).normal(0.3, 0.1, (k, k))
    low, high = readable_links(_found(weights))
    shown = (np.abs(weights) / np.abs(weights).max() >= low).sum()
    assert high == 1
    assert 3 * k <= shown <= 4 * k


def test_few_clusters_and_weak_links_have_the_papers_range() -> None:
    assert readable_links(_found(np.full((5, 5), 0.3))) == PAPERS_RANGE
    crowd = np.eye(12) + 0.01  # all but 12 are alike
    assert readable_links(_found(crowd)) == PAPERS_RANGE
    assert readable_links(_found(np.zeros((12, 12)))) == PAPERS_RANGE


def test_links_whose_parts_cancel_count_by_the_smaller_part() -> None:
    found = _found(np.eye(10))
    found.positive[0, :5], found.negative[0, :5] = 0.9, -0.9  # 4 cancel, 1 of 10 does not
    found.positive[1:3], found.negative[1:3] = 0.5, -0.5  # 18 more
    assert readable_links(found) == (0.5, 1.0)


def test_a_chips_mean_is_that_of_its_cells(release: Release) -> None:
    analysis = Analysis(1, "cell", "positive", 5)
    chips = release_store.co_clustering(release, analysis).chips
    mean = release.units.summary(layer=1, state="cell")["mean"].to_numpy()
    expected = [mean[chips.clusters == cluster].mean() for cluster in range(5)]
    assert chip_means(release, analysis) == pytest.approx(expected, rel=1e-5)
