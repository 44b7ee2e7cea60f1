"""The recurrent modules of a network, rebuilt from our own layers with the same weights.

``torch.nn`` returns neither c nor the gates of every step; our layers keep them.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import torch
from torch import Tensor, nn

from rnnvis_assets.model_import.state_reader import PROVIDE_STATES
from rnnvis_assets.network.cells import (
    GruLayer,
    LstmLayer,
    ProjectedLstmLayer,
    RecurrentLayer,
    ReluLayer,
    TanhLayer,
)
from warehouse.errors import ImportedModelError, near_miss
from warehouse.recording_schema import Direction, LayerShape

TorchRecurrent = nn.RNNBase | nn.RNNCellBase
LayerArrays = Mapping[str, Tensor]
"""Everything recorded of one layer, float[batch, steps, units] by name."""
_LAYERS: Mapping[str, type[RecurrentLayer]] = MappingProxyType(
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
            repair=f"name another factory, or, for another recurrent layer, {PROVIDE_STATES}",
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


def _layer_type(path: str, module: TorchRecurrent) -> type[RecurrentLayer]:
    if isinstance(module, nn.RNNBase):
        return ProjectedLstmLayer if module.proj_size else _LAYERS[module.mode]
    if isinstance(module, nn.RNNCell):
        return _LAYERS[f"RNN_{module.nonlinearity.upper()}"]
    require_known(path, module)
    return LstmLayer if isinstance(module, nn.LSTMCell) else GruLayer


def require_known(path: str, module: TorchRecurrent) -> None:
    """Raises ImportedModelError for a cell that PyTorch does not have."""
    if not isinstance(module, nn.RNNBase | nn.RNNCell | nn.GRUCell | nn.LSTMCell):
        raise ImportedModelError(
            f"{path} is a {type(module).__name__}, a cell of your own, expected nn.RNNCell, "
            "nn.GRUCell or nn.LSTMCell",
            repair=PROVIDE_STATES,
        )


def own_forward(module: TorchRecurrent) -> str:
    """The name of the class that replaces PyTorch's ``forward``; "" where none does."""
    for kind in type(module).__mro__:
        if "forward" in vars(kind):
            return "" if kind.__module__.startswith("torch.nn.") else kind.__name__
    return ""


@dataclass(frozen=True)
class RebuiltLayer:
    """One direction of one level of a recurrent module, and what is recorded of it: ``shapes``, of
    a projected LSTM two, its cells and its output."""

    layer: RecurrentLayer
    direction: Direction
    shapes: tuple[LayerShape, ...]

    def zero_states(self, batch: int) -> dict[str, Tensor]:
        """The states before the first step, float[batch, units] by name."""
        sizes = {state: self.layer.size_of(state) for state in self.layer.states}
        return {state: torch.zeros(batch, size) for state, size in sizes.items()}

    def last_states(self, arrays: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """The states after the last step that it read, float[batch, units] by name."""
        last = 0 if self.direction == "backward" else -1
        return {state: arrays[state][:, last] for state in self.layer.states}

    def run(self, inputs: Tensor, before: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """All arrays, float[batch, steps, units] by name, of float[batch, steps, inputs]."""
        batch, steps, _ = inputs.shape
        size_of, states = self.layer.size_of, [before[state] for state in self.layer.states]
        out = {name: inputs.new_empty(batch, steps, size_of(name)) for name in self.layer.arrays}
        starts = torch.zeros(batch, steps, dtype=torch.bool)
        if self.direction == "forward":
            self.layer.run(inputs, starts, states, out)
            return out
        self.layer.run(inputs.flip(1), starts, states, out)
        return {name: values.flip(1) for name, values in out.items()}


class RecurrentModule:
    """A recurrent module of a network in our own layers, which keep every state and gate.

    ``layers`` are in the order in which PyTorch stacks their states.
    """

    def __init__(self, path: str, module: TorchRecurrent) -> None:
        self.path, self.own_forward = path, own_forward(module)
        self.directions = _DIRECTIONS[: 2 if getattr(module, "bidirectional", False) else 1]
        self.layers = tuple(self._rebuild(module))

    def _rebuild(self, module: TorchRecurrent) -> Iterator[RebuiltLayer]:
        make, stacked = _layer_type(self.path, module), isinstance(module, nn.RNNBase)
        levels = getattr(module, "num_layers", 1)
        for level in range(levels):
            for direction in self.directions:
                suffix = f"_l{level}" if stacked else ""
                suffix += "_reverse" if direction == "backward" else ""
                name = self.path or "rnn"
                name += f" layer {level}" if levels * len(self.directions) > 1 else ""
                name += f" {direction}" if len(self.directions) > 1 else ""
                layer = make(_weights(module, suffix))
                yield RebuiltLayer(layer, direction, _shapes(layer, name, direction))

    def run(self, inputs: Tensor, before: Sequence[Mapping[str, Tensor]]) -> list[LayerArrays]:
        """The arrays of every layer for float[batch, steps, inputs], from the states ``before``."""
        arrays: list[LayerArrays] = []
        for layer, states in zip(self.layers, before, strict=True):
            arrays.append(layer.run(inputs, states))
            if len(arrays) % len(self.directions) == 0:
                inputs = self.output(arrays)
        return arrays

    def output(self, arrays: Sequence[LayerArrays]) -> Tensor:
        """What the module returns of them, float[batch, steps, values]: h of the last level."""
        return torch.cat([layer["hidden"] for layer in arrays[-len(self.directions) :]], dim=2)


def _shapes(layer: RecurrentLayer, name: str, direction: Direction) -> tuple[LayerShape, ...]:
    if not isinstance(layer, ProjectedLstmLayer):
        return (LayerShape(name, layer.units, layer.arrays, layer.cell, direction),)
    cells, outputs = layer.size_of("cell"), layer.size_of("hidden")
    return (
        LayerShape(f"{name} memory", cells, _CELL_ARRAYS, layer.cell, direction),
        LayerShape(f"{name} projection", outputs, _HIDDEN_ARRAYS, layer.cell, direction),
    )
