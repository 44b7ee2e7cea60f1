"""Reading with an object that tells its states itself (see ``protocol``)."""

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from rnnvis_assets.model_import.loading.factory import foreign_code
from rnnvis_assets.model_import.reading.network_readers import PROBE, Read, Reader
from rnnvis_assets.model_import.state_reader import StateReader
from warehouse.errors import ImportedModelError
from warehouse.recording_schema import RECORDED_ARRAYS, STATES, LayerShape


class ToldReader(Reader):
    """An object that tells its states itself (``protocol.StateReader``)."""

    largest_batch = 64

    def __init__(self, teller: StateReader, num_words: int) -> None:
        self._teller, self.carries = teller, teller.carries
        words = torch.arange(PROBE[0] * PROBE[1]).reshape(PROBE) % num_words
        told = self._told(words, None)
        names = [*teller.layer_names] or [f"layer {number}" for number in range(len(told))]
        if len(names) != len(told):
            raise ImportedModelError(f"{len(told)} layers were told, {len(names)} names given")
        self.shapes = tuple(
            _shape(name, states, teller.cell) for name, states in zip(names, told, strict=True)
        )

    @torch.inference_mode()
    def read(self, words: Tensor, before: Sequence[Tensor] | None = None) -> Read:
        left = iter(before or ())
        given = [
            {name: next(left) for name in shape.states} if before else {} for shape in self.shapes
        ]
        told = self._told(words, given if before else None)
        arrays: list[Mapping[str, Tensor]] = []
        for number, (shape, states) in enumerate(zip(self.shapes, told, strict=True)):
            _check_told(shape, states, words)
            arrays.append(_with_deltas(shape, states, given[number]))
        after = [
            found[name][:, -1]
            for shape, found in zip(self.shapes, arrays, strict=True)
            for name in shape.states
        ]
        return Read(arrays, after)

    def _told(self, words: Tensor, before: Any) -> list[Mapping[str, Tensor]]:
        with torch.inference_mode(), foreign_code(f"{type(self._teller).__name__}.read_states"):
            return [
                {name: values.float() for name, values in states.items()}
                for states in self._teller.read_states(words, before)
            ]


def _shape(name: str, states: Mapping[str, Tensor], cell: str | None) -> LayerShape:
    known = {"keep_gate", *STATES}
    if not states or "hidden" not in states or not known >= states.keys():
        raise ImportedModelError(
            f"{name}: states named {', '.join(states) or 'nothing'}, expected hidden and, if there "
            "are such, cell and keep_gate"
        )
    arrays = {*states, *(f"{state}_delta" for state in STATES if state in states)}
    ordered = tuple(array for array in RECORDED_ARRAYS if array in arrays)
    return LayerShape(name, states["hidden"].shape[-1], ordered, cell)


def _check_told(shape: LayerShape, states: Mapping[str, Tensor], words: Tensor) -> None:
    for name, values in states.items():
        if tuple(values.shape) != (*words.shape, shape.units):
            raise ImportedModelError(
                f"{shape.name}: {name} has the shape {list(values.shape)}, expected [batch, steps, "
                f"units] = {[*words.shape, shape.units]}"
            )


def _with_deltas(
    shape: LayerShape, states: Mapping[str, Tensor], before: Mapping[str, Tensor]
) -> dict[str, Tensor]:
    found = dict(states)
    for name in shape.states:
        first = before[name] if before else torch.zeros_like(states[name][:, 0])
        previous = torch.cat([first.unsqueeze(1), states[name][:, :-1]], dim=1)
        found[f"{name}_delta"] = states[name] - previous
    return {name: found[name] for name in shape.arrays}
