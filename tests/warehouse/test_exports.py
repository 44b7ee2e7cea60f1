"""What is taken away is what the release holds."""

import io
import json
import zipfile

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
import pytest

from warehouse.errors import ReleaseError
from warehouse.exports import FORMS, archive, cluster_tables, response_table
from warehouse.reader import Release

AT = {"layer": 1, "state": "cell", "affinity": "positive", "num_clusters": 3}
READERS = {"csv": pa.csv.read_csv, "parquet": pa.parquet.read_table}


def test_tables_hold_the_co_clustering(release: Release) -> None:
    tables = cluster_tables(release, **AT)
    found = release.clusters.get(**AT)
    words = tables["words"].sort_by("word_id")
    np.testing.assert_array_equal(words["word_id"].to_numpy(), found.word_ids)
    np.testing.assert_array_equal(words["cluster"].to_numpy(), found.word_clusters)
    np.testing.assert_array_equal(words["centrality"].to_numpy(), found.centralities)
    known = release.words.vocabulary()
    assert words["word"].to_pylist() == known["word"].take(found.word_ids).to_pylist()
    counts = known["recorded_count"].take(found.word_ids)
    assert words["recorded_count"].to_pylist() == counts.to_pylist()
    np.testing.assert_array_equal(tables["units"]["cluster"].to_numpy(), found.chips.clusters)
    weights = tables["links"]["weight"].to_numpy().reshape(3, 3)
    np.testing.assert_array_equal(weights, found.weights)


def test_an_unknown_co_clustering_is_refused(release: Release) -> None:
    with pytest.raises(ReleaseError, match="expected one of"):
        cluster_tables(release, **AT | {"num_clusters": 7})


def test_responses_are_long_and_in_the_order_asked(release: Release) -> None:
    table = response_table(release, [3, 0], layer=1, state="cell")
    units = len(release.words.response(3, layer=1, state="cell").mean)
    assert table["word"].to_pylist() == ["word3"] * units + ["good"] * units
    for i, word in enumerate((3, 0)):
        exact = release.words.response(word, layer=1, state="cell")
        rows = table.slice(i * units, units)
        np.testing.assert_array_equal(rows["mean"].to_numpy(), exact.mean)
        np.testing.assert_array_equal(rows["q91"].to_numpy(), exact.q91)
        assert set(rows["count"].to_pylist()) == {exact.count}
    assert response_table(release, [], layer=1, state="cell").num_columns == 0


@pytest.mark.parametrize("form", FORMS)
def test_an_archive_reads_back_and_explains_itself(release: Release, form: str) -> None:
    tables = {**cluster_tables(release, **AT), "nothing": pa.table({})}
    packed = archive(tables, form, {"model": "<small>"})
    assert packed == archive(tables, form, {"model": "<small>"})
    with zipfile.ZipFile(io.BytesIO(packed)) as file:
        names = {f"{name}.{form}" for name in ("words", "units", "links")}
        assert set(file.namelist()) == names | {"about.json"}
        links = READERS[form](io.BytesIO(file.read(f"links.{form}")))
        np.testing.assert_allclose(
            links["weight"].to_numpy(), tables["links"]["weight"].to_numpy(), rtol=1e-15
        )
        about = json.loads(file.read("about.json"))
    assert about["about"] == {"model": "<small>"}
    assert {"centrality", "cluster", "weight", "keep_below_0_1"} <= set(about["columns"])
