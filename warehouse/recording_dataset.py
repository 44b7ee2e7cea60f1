"""Recordings as one table for pyarrow and pandas: with the columns ``model``, ``split`` and
``layer``, by which whole files are left out.

A recording's own folder can be opened as it is (``pandas.read_parquet``, ``pyarrow.dataset``), with
the column ``layer``; model and split are only in the names of the folders above.
"""

from functools import reduce
from operator import and_

import pyarrow as pa
import pyarrow.dataset as ds
from pyarrow import fs

from warehouse.errors import RecordingError
from warehouse.parquet_tables import arrow_table
from warehouse.recording_schema import recording_schema
from warehouse.recordings import Recording, part_path

_PARTITIONS = pa.schema([("model", pa.string()), ("split", pa.string()), ("layer", pa.int32())])


def recording_reader(recording: Recording, layer: int) -> pa.RecordBatchReader:
    """The rows of a layer with the columns that docs/design.md lists, in float32, in whatever
    layout and precision its files are: once through, for DuckDB, ``read_all`` or ``read_pandas``.

    Raises RecordingError where a part cannot be read or is not what was written.
    """
    schema = recording_schema(recording.layers[layer])
    batches = recording.batches(layer, schema.names)
    tables = (arrow_table(schema, batch).combine_chunks() for batch in batches)
    return pa.RecordBatchReader.from_batches(
        schema, (batch for table in tables for batch in table.to_batches())
    )


def recording_dataset(*recordings: Recording, layer: int | None = None) -> ds.Dataset:
    """The rows of all layers of some recordings, or of one layer of each.

    Raises RecordingError where these layers have different units, states or precision, or files
    are in blocks of units.
    """
    places = [
        (recording, number)
        for recording in recordings
        for number in (range(recording.num_layers) if layer is None else [layer])
    ]
    if blocked := [str(each.folder) for each in recordings if each.stored.layout != "rows"]:
        raise RecordingError(
            f"{', '.join(blocked)}: found blocks of units, expected rows",
            repair="read one layer after another: recording_reader(recording, layer=0)",
        )
    schemas = [
        recording_schema(recording.layers[number], recording.stored) for recording, number in places
    ]
    if any(not schema.equals(schemas[0]) for schema in schemas):
        described = ", ".join(
            f"{recording.folder} layer {number} ({recording.layers[number].units} units) in "
            f"{recording.precision}"
            for recording, number in places
        )
        raise RecordingError(
            f"layers of different units, states or precision are no one table: {described}",
            repair="open those of the same shape, one by one: recording_dataset(…, layer=0)",
        )
    parts = [(place, part) for place in places for part in range(len(place[0].parts))]
    return ds.FileSystemDataset.from_paths(
        [str(part_path(recording.folder, number, part)) for (recording, number), part in parts],
        schema=pa.schema([*_PARTITIONS, *schemas[0]]),
        format=ds.ParquetFileFormat(page_checksum_verification=True),
        filesystem=fs.LocalFileSystem(),
        partitions=[_partition(recording, number) for (recording, number), _ in parts],
    )


def _partition(recording: Recording, layer: int) -> ds.Expression:
    folder = recording.folder
    values = {"model": folder.parent.name, "split": folder.name, "layer": layer}
    conditions = [
        ds.field(field.name) == pa.scalar(values[field.name], field.type) for field in _PARTITIONS
    ]
    return reduce(and_, conditions)
