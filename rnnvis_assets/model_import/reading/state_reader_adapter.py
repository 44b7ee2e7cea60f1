"""Reading with a network that provides its states itself (see ``state_reader.StateReader``)."""

from collections.abc import Mapping

import torch
from torch import Tensor

from rnnvis_assets.model_import.loading.user_code import user_code_errors
from rnnvis_assets.model_import.reading.network_readers import (
    LARGEST_BATCH,
    NetworkReader,
    probe_words,
)
from rnnvis_assets.model_import.reading.recurrent_hooks import LayerwiseStates
from rnnvis_assets.model_import.reading.recurrent_modules import LayerArrays
from rnnvis_assets.model_import.state_reader import StateReader
from rnnvis_assets.network.recurrent_network import OutputLayer
from warehouse.errors import ImportedModelError
from warehouse.recording_schema import RECORDED_ARRAYS, STATES, LayerShape


class StateReaderAdapter(NetworkReader):
    """A user's ``StateReader`` as a reader; the changes of its states are computed here."""

    largest_batch = LARGEST_BATCH

    def __init__(self, states: StateReader, num_words: int) -> None:
        self._states, self.carries = states, states.carries
        layers = self._read_states(probe_words(num_words), None)
        names = [*states.layer_names] or [f"layer {number}" for number in range(len(layers))]
        if len(names) != len(layers):
            raise ImportedModelError(
                f"read_states yields {len(layers)} layers, layer_names has {len(names)}",
                repair="name every layer, or none",
            )
        self.shapes = tuple(
            _layer_shape(name, found, states.cell)
            for name, found in zip(names, layers, strict=True)
        )

    def read(self, words: Tensor, before: LayerwiseStates | None = None) -> list[LayerArrays]:
        layers = self._read_states(words, before)
        arrays: list[LayerArrays] = []
        for number, (shape, states) in enumerate(zip(self.shapes, layers, strict=True)):
            _check_sizes(shape, states, words)
            arrays.append(_with_changes(shape, states, before[number] if before else None))
        return arrays

    def step(self, _: OutputLayer | None) -> None:
        """Its layers are the user's own code."""

    @torch.inference_mode()
    def _read_states(self, words: Tensor, before: LayerwiseStates | None) -> list[LayerArrays]:
        with user_code_errors(f"{type(self._states).__name__}.read_states"):
            return [
                {name: values.float() for name, values in states.items()}
                for states in self._states.read_states(words, before)
            ]


def _layer_shape(name: str, states: LayerArrays, cell: str | None) -> LayerShape:
    known = {"keep_gate", *STATES}
    if "hidden" not in states or not known >= states.keys():
        raise ImportedModelError(
            f"{name}: read_states yields {', '.join(states) or 'nothing'}, expected hidden and, "
            "where the layer has them, cell and keep_gate"
        )
    present = {*states, *(f"{state}_delta" for state in STATES if state in states)}
    arrays = tuple(array for array in RECORDED_ARRAYS if array in present)
    return LayerShape(name, states["hidden"].shape[-1], arrays, cell)


def _check_sizes(shape: LayerShape, states: LayerArrays, words: Tensor) -> None:
    for name, values in states.items():
        if tuple(values.shape) != (*words.shape, shape.units):
            raise ImportedModelError(
                f"{shape.name}: {name} has the shape {list(values.shape)}, expected [batch, steps, "
                f"units] = {[*words.shape, shape.units]}"
            )


def _with_changes(
    shape: LayerShape, states: LayerArrays, before: Mapping[str, Tensor] | None
) -> LayerArrays:
    arrays = dict(states)
    for name in shape.states:
        values = states[name]
        first = torch.zeros_like(values[:, 0]) if before is None else before[name]
        arrays[f"{name}_delta"] = torch.diff(values, dim=1, prepend=first.unsqueeze(1))
    return {name: arrays[name] for name in shape.arrays}
