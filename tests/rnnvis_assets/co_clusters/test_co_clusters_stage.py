"""The stage on made-up expected responses: its four tables, and bad input."""

from pathlib import Path

import numpy as np
import pyarrow.compute as pc
import pytest
from sklearn.metrics import adjusted_rand_score

from rnnvis_assets.co_clusters.co_clusters_asset import STAGE
from rnnvis_assets.configuration.affinity import AFFINITIES
from rnnvis_assets.configuration.analysis_config import (
    AnalysisConfig,
    CoClusterSettings,
    GlyphSettings,
    ScheduleConfig,
)
from rnnvis_assets.configuration.project import Project
from rnnvis_assets.engine.stage import RunContext, StageOutput
from tests.rnnvis_assets.checkpoint.small_runs import make_config
from tests.rnnvis_assets.co_clusters.made_up_responses import low_rank
from warehouse.errors import AnalysisError, StorageError
from warehouse.parquet_tables import read_table, where, write_table
from warehouse.schema import EXPECTED_RESPONSE, MEMORY_HEAD, QUANTILES, TABLES
from warehouse.storage import Storage

pytestmark = pytest.mark.slow

UNITS, WORDS = 12, 30
STATES = [(layer, state) for layer in (0, 1) for state in ("hidden", "cell")]
COUNTS = np.arange(WORDS, 0, -1)
SETTINGS = CoClusterSettings(num_words=20, minimum_count=3, maximum_clusters=4, seeds=2)
CELL = ("unit", "direction", "cluster")
KEY = ("layer", "state", "affinity", "num_clusters")
NAMES = ("unit_cluster", "word_cluster", "cluster_link", "clustering")


TWO = GlyphSettings(num_clusters=2)


def make_context(
    root: Path, settings: CoClusterSettings, glyphs: GlyphSettings = TWO
) -> RunContext:
    sizes = {"num_layers": 2, "hidden_size": UNITS, "embedding_size": UNITS}
    model = make_config(dataset="d", analysis="mine", cell="lstm", **sizes)
    analysis = AnalysisConfig(co_clusters=settings, glyphs=glyphs)
    project = Project(root, {}, {"m": model}, {"mine": analysis}, ScheduleConfig())
    return RunContext(project, Storage(root), report=lambda _: None)


def responses(layer: int, state: str) -> np.ndarray:
    return low_rank(WORDS, UNITS, seed=10 * layer + len(state)).astype(np.float32)


def write_heads(context: RunContext) -> None:
    """Layer 0: a head a unit, as Mamba has; layer 1: three heads of four units, the last a sink."""
    sizes = np.repeat([1, 4], [UNITS, 3])
    heads = np.concatenate((np.arange(UNITS), np.arange(3)))
    columns = {
        **dict.fromkeys((column.name for column in MEMORY_HEAD.columns), np.ones(UNITS + 3)),
        "layer": np.repeat([0, 1], [UNITS, 3]), "head": heads, "first_unit": heads * sizes,
        "num_units": sizes, "sink": np.arange(UNITS + 3) == UNITS + 2,
    }  # fmt: skip
    write_table(context.storage.table("m", MEMORY_HEAD.name), MEMORY_HEAD, columns)


def write_responses(context: RunContext) -> None:
    means = np.vstack([responses(*key) for key in STATES])
    columns = {
        "layer": np.repeat([layer for layer, _ in STATES], WORDS),
        "state": np.repeat([state for _, state in STATES], WORDS),
        "word_id": np.tile(np.arange(WORDS) * 2, len(STATES)),
        "count": np.tile(COUNTS, len(STATES)),
        "mean": means,
        **dict.fromkeys(QUANTILES, means),
    }
    path = context.storage.table("m", EXPECTED_RESPONSE.name)
    write_table(path, EXPECTED_RESPONSE, columns, UNITS)


def run(root: Path, settings: CoClusterSettings = SETTINGS) -> tuple[RunContext, StageOutput]:
    context = make_context(root, settings)
    write_responses(context)
    write_heads(context)
    return context, STAGE.run(context, "m")


Made = tuple[RunContext, StageOutput]
SINK = {8, 9, 10, 11}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    return run(tmp_path_factory.mktemp("stage"))


def rows_of(made: Made, name: str) -> list[dict]:
    return read_table(made[0].storage.table("m", name)).to_pylist()


@pytest.mark.parametrize(
    ("name", "rows"),
    [
        ("unit_cluster", 4 * 3 * 6 * UNITS),  # of the five affinities, one has two directions
        ("word_cluster", 20 * 3 * 20),
        ("cluster_link", 20 * (4 + 9 + 16)),
        ("clustering", 20 * 3),
    ],
)
def test_each_table_has_a_row_for_every_key(made: Made, name: str, rows: int) -> None:
    found = rows_of(made, name)
    assert len(found) == rows == made[1].row_counts[name]
    assert len({tuple(row[key] for key in TABLES[name].key) for row in found}) == rows


def test_units_of_sinks_are_left_out_where_the_analysis_says_so(made: Made, tmp_path: Path) -> None:
    fewer = {"sinks": False, "maximum_clusters": 2}
    without = run(tmp_path, SETTINGS.model_copy(update=fewer))
    found = rows_of(without, "unit_cluster")
    for layer, units in ((0, set(range(UNITS))), (1, set(range(UNITS)) - SINK)):
        assert {row["unit"] for row in found if row["layer"] == layer} == units
    found, expected = rows_of(without, "clustering"), rows_of(made, "clustering")
    assert found[:10] == [row for row in expected[:30] if row["num_clusters"] == 2]
    agreements = [row["head_agreement"] for row in found]
    assert agreements[:10] == [None] * 10
    assert None not in agreements[10:]


def test_the_files_are_the_four_tables(made: Made) -> None:
    assert made[1].files == tuple(made[0].storage.table("m", name) for name in NAMES)


def test_the_words_are_the_most_frequent_ones(made: Made) -> None:
    assert {row["word_id"] for row in rows_of(made, "word_cluster")} == set(range(0, 40, 2))


def test_links_agree_with_the_labels_written_beside_them(made: Made) -> None:
    for key in STATES:
        for affinity in AFFINITIES:
            chosen = where(layer=key[0], state=key[1], affinity=affinity, num_clusters=3)
            tables = {
                name: read_table(made[0].storage.table("m", name)).filter(chosen) for name in NAMES
            }
            words = np.array(tables["word_cluster"]["cluster"])
            rows = np.array(tables["word_cluster"]["word_id"]) // 2
            cells = {name: np.array(tables["unit_cluster"][name]) for name in CELL}
            signs = np.where(cells["direction"] < 0, -1, 1)
            for link in tables["cluster_link"].to_pylist():
                members = cells["cluster"] == link["unit_cluster"]
                chosen = rows[words == link["word_cluster"]]
                block = (responses(*key)[:, cells["unit"]] * signs)[chosen][:, members]
                expected = block.mean() if block.size else 0
                assert link["weight"] == pytest.approx(expected, abs=1e-6)


def test_settings_are_those_of_the_co_clusters_and_the_affinities(made: Made) -> None:
    project = made[0].project
    expected = SETTINGS.model_dump(mode="json") | {"affinities": list(AFFINITIES)}
    assert STAGE.settings(project, "m") == expected


def test_more_clusters_than_units_are_capped_in_all_tables(tmp_path: Path) -> None:
    context, _ = run(tmp_path, SETTINGS.model_copy(update={"maximum_clusters": 13}))
    for name in NAMES:
        numbers = read_table(context.storage.table("m", name))["num_clusters"]
        assert pc.max(numbers).as_py() == UNITS


def test_no_word_frequent_enough_is_named(tmp_path: Path) -> None:
    with pytest.raises(AnalysisError, match="0 occur at least 100 times"):
        run(tmp_path, SETTINGS.model_copy(update={"minimum_count": 100}))


def test_missing_responses_name_the_repair(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="rnnvis materialize"):
        STAGE.run(make_context(tmp_path, SETTINGS), "m")


def test_clusters_are_compared_with_the_heads_of_several_units(made: Made) -> None:
    cells = read_table(made[0].storage.table("m", "unit_cluster")).to_pandas()
    for row in rows_of(made, "clustering"):
        if row["layer"] == 0:
            assert row["head_agreement"] is None
            continue
        own = cells[(cells[[*KEY]] == [row[name] for name in KEY]).all(axis=1)]
        expected = adjusted_rand_score(own["unit"] // 4, own["cluster"])
        assert row["head_agreement"] == pytest.approx(expected, abs=1e-12)


def test_without_heads_there_is_nothing_to_agree_with(tmp_path: Path) -> None:
    context = make_context(tmp_path, SETTINGS.model_copy(update={"maximum_clusters": 2}))
    write_responses(context)
    STAGE.run(context, "m")
    found = read_table(context.storage.table("m", "clustering"))["head_agreement"]
    assert found.null_count == len(found)
