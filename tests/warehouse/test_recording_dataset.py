"""Other programs open recordings: pandas, pyarrow and DuckDB, with the same rows as ours."""

import duckdb
import numpy as np
import pandas as pd
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest

from tests.warehouse.synthetic import Synthetic
from tests.warehouse.synthetic_states import write_made_up_recording
from tests.warehouse.test_recordings import write
from warehouse.errors import RecordingError
from warehouse.recording_dataset import recording_dataset
from warehouse.storage import Storage

SPEC, OTHER = Synthetic(), Synthetic(name="other")


@pytest.fixture(scope="module")
def storage(tmp_path_factory):
    return Storage(tmp_path_factory.mktemp("recorded"))


@pytest.fixture(scope="module")
def recordings(storage):
    return [write_made_up_recording(storage, spec) for spec in (SPEC, OTHER)]


def _hidden(recording) -> np.ndarray:
    """float32[layers * tokens, units], layer after layer."""
    layers = range(recording.num_layers)
    return np.concatenate(
        [batch["hidden"] for layer in layers for batch in recording.batches(layer, ("hidden",))]
    )


@pytest.mark.parametrize("read", [
    pd.read_parquet,
    lambda folder: pq.read_table(folder).to_pandas(),
    lambda folder: ds.dataset(folder, partitioning="hive").to_table().to_pandas(),
    lambda folder: duckdb.sql(f"FROM read_parquet('{folder}/*/*.parquet')").df(),
], ids=["pandas", "pyarrow.parquet", "pyarrow.dataset", "duckdb"])  # fmt: skip
def test_the_folder_opens_as_it_is_with_its_layer_as_a_column(recordings, read):
    recording = recordings[0]
    rows = read(str(recording.folder)).sort_values(["layer", "token"], kind="stable")
    tokens = recording.num_tokens
    assert rows["layer"].astype(int).tolist() == np.repeat([0, 1], tokens).tolist()
    assert rows["token"].tolist() == [*range(tokens), *range(tokens)]
    np.testing.assert_array_equal(np.stack(rows["hidden"].tolist()), _hidden(recording))


def test_model_split_and_layer_are_columns_of_the_dataset(recordings):
    table = recording_dataset(*recordings).to_table()
    counts = table.group_by(["model", "split", "layer"]).aggregate([("token", "count")])
    tokens = SPEC.num_tokens
    assert sorted(tuple(row.values()) for row in counts.to_pylist()) == [
        ("other", "test", 0, tokens), ("other", "test", 1, tokens),
        ("small", "test", 0, tokens), ("small", "test", 1, tokens),
    ]  # fmt: skip


def test_a_flipped_bit_is_an_error(tmp_path):
    recording = write(tmp_path / "flipped" / "test", [[2]])
    path = recording.files[1]
    content = bytearray(path.read_bytes())
    content[content.index(np.float32(10).tobytes())] ^= 1
    path.write_bytes(content)
    with pytest.raises(OSError, match=r"checksum|CRC"):
        recording_dataset(recording, layer=0).to_table()


def test_a_filter_leaves_out_whole_files(recordings):
    dataset = recording_dataset(*recordings)
    chosen = (ds.field("model") == "other") & (ds.field("layer") == 1)
    files = [fragment.path for fragment in dataset.get_fragments(filter=chosen)]
    assert files
    assert all("/other/test/layer=1/" in path for path in files)
    rows = dataset.to_table(columns=["hidden", "split"], filter=chosen)
    hidden = np.stack(rows["hidden"].to_pylist())
    np.testing.assert_array_equal(hidden, _hidden(recordings[1])[SPEC.num_tokens :])


def test_layers_of_different_units_are_opened_one_by_one(tmp_path):
    recording = write(tmp_path / "uneven" / "test", [[4, 2], [3]])
    with pytest.raises(RecordingError, match=r"layer 1 \(2 units\)"):
        recording_dataset(recording)
    table = recording_dataset(recording, layer=1).to_table()
    assert set(table["layer"].to_pylist()) == {1}
    assert set(table["model"].to_pylist()) == {"uneven"}
    assert table["token"].to_pylist() == list(range(9))
