"""The columns of a recording (DESIGN section 4), one row a token."""

import pyarrow as pa

from warehouse.errors import ReleaseError

RECORDED_ARRAYS = ("hidden", "hidden_delta", "cell", "cell_delta", "keep_gate")


def recording_schema(units: int, arrays: tuple[str, ...]) -> pa.Schema:
    """The Arrow schema of one layer's recording (DESIGN section 4), one row a token.

    ``arrays`` is a subset of ``RECORDED_ARRAYS``, in that order. Raises ReleaseError otherwise.
    """
    if tuple(name for name in RECORDED_ARRAYS if name in arrays) != tuple(arrays):
        raise ReleaseError(f"recorded arrays {arrays}: expected a subset of {RECORDED_ARRAYS}")
    scalars = (
        ("sequence", pa.int32()),
        ("position", pa.int32()),
        ("token", pa.int64()),
        ("word_id", pa.int32()),
    )
    fields = [pa.field(name, kind, nullable=False) for name, kind in scalars]
    item = pa.field("item", pa.float32(), nullable=False)
    fields += [pa.field(name, pa.list_(item, units), nullable=False) for name in arrays]
    return pa.schema(fields)
