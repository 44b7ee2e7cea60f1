"""The layers of a released network, and the states that were analysed of each."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pyarrow as pa

from warehouse.database import Database
from warehouse.errors import ReleaseError
from warehouse.schema import LAYER, MEMORY_HEAD


@dataclass(frozen=True)
class ReleasedLayer:
    """One row of the table ``layer``; the first of its ``states`` is the default one."""

    name: str
    cell: str | None
    direction: str
    units: int
    states: tuple[str, ...]
    gated_state: str | None


class LayerQueries:
    """The layers by number, from the input up: ``len(layers)``, ``layers[1].units``.

    Raises ReleaseError for a number that no layer has.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    @cached_property
    def _rows(self) -> tuple[ReleasedLayer, ...]:
        rows = self._database.rows(LAYER).drop(["layer"]).to_pylist()
        return tuple(
            ReleasedLayer(**row | {"states": tuple(sorted(row["states"]))}) for row in rows
        )

    def __len__(self) -> int:
        return len(self._rows)

    def __iter__(self) -> Iterator[ReleasedLayer]:
        return iter(self._rows)

    def __getitem__(self, number: int) -> ReleasedLayer:
        if number not in range(len(self)):
            raise ReleaseError(f"found layer {number!r}, expected one of {list(range(len(self)))}")
        return self._rows[number]

    @property
    def states(self) -> tuple[str, ...]:
        """The states of any layer: cell and hidden of an LSTM, else hidden."""
        return tuple(sorted({state for layer in self for state in layer.states}))

    def heads(self, layer: int) -> pa.Table:
        """The heads of a layer with a matrix memory; no rows for another."""
        return self._database.rows(MEMORY_HEAD, layer=layer)

    def keys(self, layer: int, state: str, **further: Any) -> dict[str, Any]:
        """The parameters of a query about one layer and state, both checked."""
        known = self._rows[layer].states if layer in range(len(self)) else self.states
        if layer not in range(len(self)) or state not in known:
            raise ReleaseError(
                f"found layer {layer!r} and state {state!r}, expected a layer of "
                f"{list(range(len(self)))} and a state of {list(known)}"
            )
        return {"layer": layer, "state": state, **further}
