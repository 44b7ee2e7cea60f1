"""Questions about the layers of a network and the states that were analysed of them."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from warehouse.database import Database
from warehouse.errors import ReleaseError
from warehouse.schema import LAYER


@dataclass(frozen=True)
class Layer:
    """A layer as the table ``layer`` tells of it."""

    name: str
    cell: str | None
    direction: str
    units: int
    states: tuple[str, ...]
    gated_state: str | None


class LayerQueries(Database):
    """Answers from the table of layers. All raise ReleaseError where a layer does not exist."""

    @cached_property
    def _layer_rows(self) -> tuple[Layer, ...]:
        rows = self.rows(LAYER).drop(["layer"]).to_pylist()
        return tuple(Layer(**{**row, "states": tuple(sorted(row["states"]))}) for row in rows)

    @property
    def layers(self) -> tuple[int, ...]:
        """The numbers of the layers, from the input up."""
        return tuple(range(len(self._layer_rows)))

    def layer(self, number: int) -> Layer:
        """A layer by its number; its default state is the first of its ``states``."""
        if number not in self.layers:
            raise ReleaseError(f"found layer {number!r}, expected one of {list(self.layers)}")
        return self._layer_rows[number]

    @property
    def states(self) -> tuple[str, ...]:
        """The states of any layer: cell and hidden of an LSTM, else hidden."""
        return tuple(sorted({state for layer in self._layer_rows for state in layer.states}))

    def at(self, layer: int, state: str, **parameters: Any) -> dict[str, Any]:
        """The parameters of a query about one layer and state, both checked."""
        known = self.layer(layer).states if layer in self.layers else self.states
        if layer not in self.layers or state not in known:
            raise ReleaseError(
                f"found layer {layer!r} and state {state!r}, expected a layer of "
                f"{list(self.layers)} and a state of {list(known)}"
            )
        return {"layer": layer, "state": state, **parameters}
