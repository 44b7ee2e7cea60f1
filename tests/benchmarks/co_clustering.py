"""Co-clusterings k = 2 to 20 of 500 words x 600 units, against scikit-learn's, a call for each k.

Ours is what the stage runs for one affinity: five seeds a k, quality, links and centralities.
"""

import numpy as np
import numpy.typing as npt
from sklearn.cluster import SpectralCoclustering
from threadpoolctl import threadpool_limits

from rnnvis_assets.co_clusters.cluster_blocks import block_sums, normalized_cut
from rnnvis_assets.co_clusters.co_clustering import co_cluster
from rnnvis_assets.configuration.affinity import Affinity, affinity_matrix
from tests.benchmarks.harness import Row, absolute_row, speedup_row, time_side_by_side

WORDS, UNITS, RANK = 500, 600, 12
CLUSTERS, SEEDS = range(2, 21), 5

Floats = npt.NDArray[np.float64]


def _responses() -> Floats:
    """Low rank, with noise and mixed signs, as expected responses are."""
    generator = np.random.default_rng(0)
    left = generator.standard_normal((WORDS, RANK)) * generator.exponential(1, RANK)
    right = generator.standard_normal((RANK, UNITS))
    responses: Floats = left @ right / np.sqrt(RANK)
    return responses + 0.5 * generator.standard_normal((WORDS, UNITS))


def _call_for_each_k(affinities: Floats) -> list[SpectralCoclustering]:
    return [SpectralCoclustering(k, random_state=0).fit(affinities) for k in CLUSTERS]


def _call_on_one_thread(affinities: Floats) -> None:
    with threadpool_limits(1):
        _call_for_each_k(affinities)


def _largest_cut_ratio(responses: Floats, affinity: Affinity) -> float:
    """Our normalized cut over scikit-learn's, for the k where that is largest."""
    affinities, ratios = affinity_matrix(responses, affinity), []
    ours = co_cluster(responses, affinity, clusters=CLUSTERS, seeds=SEEDS)
    with threadpool_limits(1):
        theirs = _call_for_each_k(affinities)
    for mine, model in zip(ours, theirs, strict=True):
        sums = block_sums(affinities, model.row_labels_, model.column_labels_, mine.num_clusters)
        ratios.append(mine.quality.normalized_cut / normalized_cut(sums))
    return max(ratios)


def measure() -> list[Row]:
    responses = _responses()
    affinities = affinity_matrix(responses, "positive")

    def ours() -> None:
        co_cluster(responses, "positive", clusters=CLUSTERS, seeds=SEEDS)

    plain = time_side_by_side(ours, lambda: _call_for_each_k(affinities), repeats=3)
    single = time_side_by_side(ours, lambda: _call_on_one_thread(affinities), repeats=3)
    what = "co-clusterings k = 2..20 of 500×600"
    return [
        speedup_row(f"{what}, against 19 calls of SpectralCoclustering", plain, must=5, aim=20),
        speedup_row(f"{what}, against the same calls on one thread", single, must=1, aim=5),
        *(
            absolute_row(
                f"{what}, '{affinity}': largest normalized cut over SpectralCoclustering's",
                _largest_cut_ratio(responses, affinity),
                "ratio",
                must=1,
                aim=1,
            )
            for affinity in ("positive", "absolute")
        ),
    ]


if __name__ == "__main__":
    for row in measure():
        print(row)
