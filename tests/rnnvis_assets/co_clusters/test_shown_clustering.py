from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from rnnvis_assets.co_clusters.shown_clustering import (
    ShownClustering,
    shown_clustering,
    silenced_clusterings,
)
from rnnvis_assets.configuration.analysis_config import CoClusterSettings, GlyphSettings
from rnnvis_assets.engine.stage import RunContext
from tests.rnnvis_assets.co_clusters.test_co_clusters_stage import make_context
from warehouse.cluster_queries import clusters_beyond_chance
from warehouse.errors import StorageError
from warehouse.schema import CLUSTERING


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


def made_context(root: Path, glyphs: GlyphSettings, further: tuple[int, ...] = ()) -> RunContext:
    """A model with co-clusterings into 2, 3 and 4."""
    context = make_context(root, CoClusterSettings(), glyphs)
    analysis = context.project.analyses["mine"]
    silenced = analysis.ablation.model_copy(update={"num_clusters": further})
    changed = analysis.model_copy(update={"ablation": silenced})
    path = context.storage.table("m", CLUSTERING.name)
    path.parent.mkdir(parents=True)
    pq.write_table(pa.table({"affinity": ["signed"] * 3, "num_clusters": [2, 3, 4]}), path)
    return replace(context, project=replace(context.project, analyses={"mine": changed}))


@pytest.mark.parametrize(("named", "shown"), [(2, 2), (9, 4)])
def test_a_number_in_the_analysis_comes_first_as_far_as_there_are_clusters(
    tmp_path: Path, named: int, shown: int
) -> None:
    context = made_context(tmp_path, GlyphSettings(num_clusters=named))
    assert shown_clustering(context, "m") == ShownClustering("signed", shown)


def test_only_clusterings_that_there_are_are_silenced(tmp_path: Path) -> None:
    context = made_context(tmp_path, GlyphSettings(num_clusters=2), further=(3, 2, 9))
    assert silenced_clusterings(context, "m") == (2, 3)


def test_without_a_number_the_table_is_needed(tmp_path: Path) -> None:
    context = make_context(tmp_path, CoClusterSettings(), GlyphSettings())
    with pytest.raises(StorageError, match="rnnvis materialize"):
        shown_clustering(context, "m")
