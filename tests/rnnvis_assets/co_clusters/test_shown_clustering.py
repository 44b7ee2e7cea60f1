from pathlib import Path

import pyarrow as pa
import pytest

from rnnvis_assets.co_clusters.shown_clustering import ShownClustering, shown_clustering
from rnnvis_assets.configuration.analysis_config import CoClusterSettings, GlyphSettings
from tests.rnnvis_assets.co_clusters.test_co_clusters_stage import make_context
from warehouse.cluster_queries import clusters_beyond_chance
from warehouse.errors import StorageError


def clustering(gains: dict[int, list[float]]) -> pa.Table:
    """Rows with these gains over chance, by number of clusters, one a layer."""
    rows = [(k, 0.5 * k, 0.5 * k + gain) for k, of_layers in gains.items() for gain in of_layers]
    numbers, cuts, chance = zip(*rows, strict=True)
    return pa.table({"num_clusters": numbers, "normalized_cut": cuts, "chance_cut": chance})


@pytest.mark.parametrize(
    ("gains", "expected"),
    [
        ({2: [0.5], 3: [0.8], 4: [0.9], 5: [0.7]}, 4),
        ({2: [0.5], 3: [0.8], 4: [0.99], 5: [1.0]}, 4),  # nearly the largest, and fewer
        ({2: [0.5, 1.5], 3: [0.9, 0.9], 4: [0.1, 0.1]}, 2),  # the mean of both layers
        ({2: [-0.5], 3: [-0.1], 4: [-0.3]}, 3),  # all worse than by chance
        ({3: [0.0]}, 3),
    ],
)
def test_the_fewest_clusters_near_the_largest_gain(
    gains: dict[int, list[float]], expected: int
) -> None:
    found, gain = clusters_beyond_chance(clustering(gains))
    assert found == expected
    assert gain == pytest.approx(sum(gains[expected]) / len(gains[expected]))


def test_a_number_in_the_analysis_comes_first(tmp_path: Path) -> None:
    context = make_context(tmp_path, CoClusterSettings())
    assert shown_clustering(context, "m") == ShownClustering("signed", 2)


def test_without_a_number_the_table_is_needed(tmp_path: Path) -> None:
    context = make_context(tmp_path, CoClusterSettings(), GlyphSettings())
    with pytest.raises(StorageError, match="rnnvis materialize"):
        shown_clustering(context, "m")
