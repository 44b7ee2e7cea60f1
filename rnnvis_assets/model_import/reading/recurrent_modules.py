"""The recurrent modules of a network, rebuilt from our own layers with the same weights.

``torch.nn`` returns neither c nor the gates of every step; our layers keep them.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate, chain, pairwise
from types import MappingProxyType

import torch
from torch import Tensor, nn

from rnnvis_assets.network.cells import (
    GruLayer,
    Layer,
    LstmLayer,
    ProjectedLstmLayer,
    ReluLayer,
    TanhLayer,
)
from warehouse.errors import ImportedModelError, near_miss
from warehouse.recording_schema import Direction, LayerShape

TorchRecurrent = nn.RNNBase | nn.RNNCellBase
_LAYERS: Mapping[str, type[Layer]] = MappingProxyType(
    {"RNN_TANH": TanhLayer, "RNN_RELU": ReluLayer, "LSTM": LstmLayer, "GRU": GruLayer}
)
_DIRECTIONS: tuple[Direction, Direction] = ("forward", "backward")
_CELL_ARRAYS = ("cell", "cell_delta", "keep_gate")
_HIDDEN_ARRAYS = ("hidden", "hidden_delta")


def find_recurrent(module: nn.Module, paths: Sequence[str] | None) -> dict[str, TorchRecurrent]:
    """The recurrent modules at ``paths``, or all there are, by path.

    Raises ImportedModelError where there is none, or a path is not one of them.
    """
    modules = dict(module.named_modules())
    found = {
        path: part
        for path, part in modules.items()
        if isinstance(part, nn.RNNBase | nn.RNNCellBase)
    }
    if not found:
        kinds = sorted({type(part).__name__ for part in modules.values()})
        raise ImportedModelError(
            f"found no nn.RNN, nn.LSTM, nn.GRU or one of their cells, only {', '.join(kinds)}",
            repair="name another factory, or provide the states of other recurrent layers through "
            "rnnvis_assets.model_import.state_reader.StateReader",
        )
    unknown = [path for path in paths or () if path not in found]
    if unknown:
        near = "".join(near_miss(path, found) for path in unknown)
        raise ImportedModelError(
            f"recurrent: found {', '.join(unknown)}, expected some of {', '.join(found)}{near}",
            repair="name modules of that list, or leave recurrent out to take them all",
        )
    return {path: found[path] for path in paths or found}


def _weights(module: TorchRecurrent, suffix: str) -> list[Tensor]:
    """The weights of a layer as they are used, whatever parametrises them; absent biases are 0."""
    weight_ih, weight_hh = (
        getattr(module, f"{name}{suffix}") for name in ("weight_ih", "weight_hh")
    )
    zeros = weight_ih.new_zeros(len(weight_ih))
    biases = [
        getattr(module, f"{name}{suffix}") if module.bias else zeros
        for name in ("bias_ih", "bias_hh")
    ]
    projected = getattr(module, "proj_size", 0)
    projection = [getattr(module, f"weight_hr{suffix}")] if projected else []
    return [weight_ih, weight_hh, *biases, *projection]


def _layer_type(module: TorchRecurrent) -> type[Layer]:
    if isinstance(module, nn.RNNBase):
        return ProjectedLstmLayer if module.proj_size else _LAYERS[module.mode]
    if isinstance(module, nn.RNNCell):
        return _LAYERS[f"RNN_{module.nonlinearity.upper()}"]
    return LstmLayer if isinstance(module, nn.LSTMCell) else GruLayer


def _levels(module: TorchRecurrent) -> Iterator[tuple[Layer, ...]]:
    """The layers from the input up, one a direction."""
    layer_type = _layer_type(module)
    if not isinstance(module, nn.RNNBase):
        yield (layer_type(_weights(module, "")),)
        return
    directions = ("", "_reverse") if module.bidirectional else ("",)
    for number in range(module.num_layers):
        suffixes = (f"_l{number}{direction}" for direction in directions)
        yield tuple(layer_type(_weights(module, suffix)) for suffix in suffixes)


@dataclass(frozen=True)
class RecurrentOutput:
    """What a recurrent module computed: ``arrays`` float[batch, steps, units] by name for each of
    its layers, the ``output`` float[batch, steps, values] of its last level, and the states
    ``after`` the last step, float[batch, units] each."""

    arrays: Sequence[Mapping[str, Tensor]]
    output: Tensor
    after: Sequence[Tensor]


class RecurrentModule:
    """A recurrent module of a network in our own layers, which keep every state and gate."""

    def __init__(self, path: str, module: TorchRecurrent) -> None:
        self.path = path
        self._levels = tuple(_levels(module))
        self._layers = tuple(chain.from_iterable(self._levels))

    @property
    def is_bidirectional(self) -> bool:
        return len(self._levels[0]) > 1

    @cached_property
    def shapes(self) -> tuple[tuple[LayerShape, ...], ...]:
        """What is recorded of each layer. A projected LSTM makes two: its cells, its output."""
        return tuple(
            self._shapes(layer, number, direction)
            for number, level in enumerate(self._levels)
            for layer, direction in zip(level, _DIRECTIONS, strict=False)
        )

    def _shapes(self, layer: Layer, number: int, direction: Direction) -> tuple[LayerShape, ...]:
        name = self.path or "rnn"
        if len(self._layers) > 1:
            name += f" layer {number}"
        if self.is_bidirectional:
            name += f" {direction}"
        if not isinstance(layer, ProjectedLstmLayer):
            return (LayerShape(name, layer.units, layer.arrays, layer.cell, direction),)
        cells, outputs = layer.size_of("cell"), layer.size_of("hidden")
        return (
            LayerShape(f"{name} memory", cells, _CELL_ARRAYS, layer.cell, direction),
            LayerShape(f"{name} projection", outputs, _HIDDEN_ARRAYS, layer.cell, direction),
        )

    @property
    def state_names(self) -> tuple[tuple[str, str], ...]:
        """The layer and the kind of every state that is carried from step to step."""
        return tuple(
            (shapes[0].name, state)
            for layer, shapes in zip(self._layers, self.shapes, strict=True)
            for state in layer.states
        )

    @property
    def state_sizes(self) -> tuple[int, ...]:
        """The units of every state that is carried, layer by layer."""
        return tuple(layer.size_of(name) for layer in self._layers for name in layer.states)

    def run(self, inputs: Tensor, before: Sequence[Tensor]) -> RecurrentOutput:
        """Runs over float[batch, steps, inputs] from the states ``before``."""
        arrays: list[Mapping[str, Tensor]] = []
        after: list[Tensor] = []
        bounds = pairwise(accumulate((len(layer.states) for layer in self._layers), initial=0))
        for level in self._levels:
            outputs = []
            for layer, direction in zip(level, _DIRECTIONS, strict=False):
                start, stop = next(bounds)
                found, last = _run_layer(layer, inputs, before[start:stop], direction)
                arrays.append(found)
                outputs.append(found["hidden"])
                after += last
            inputs = torch.cat(outputs, dim=2)
        return RecurrentOutput(arrays, inputs, after)


def _run_layer(
    layer: Layer, inputs: Tensor, before: Sequence[Tensor], direction: Direction
) -> tuple[dict[str, Tensor], list[Tensor]]:
    """One layer over all steps, in the order of its direction."""
    batch, steps, _ = inputs.shape
    out = {name: inputs.new_empty(batch, steps, layer.size_of(name)) for name in layer.arrays}
    starts = torch.zeros(batch, steps, dtype=torch.bool)
    if direction == "forward":
        return out, layer.run(inputs, starts, before, out)
    after = layer.run(inputs.flip(1), starts, before, out)
    return {name: values.flip(1) for name, values in out.items()}, after
