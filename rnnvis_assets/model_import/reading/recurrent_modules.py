"""The recurrent parts of a module, and our own layers in their place, with their weights."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate, chain, pairwise
from types import MappingProxyType

import torch
from torch import Tensor, nn

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

Recurrent = nn.RNNBase | nn.RNNCellBase
RECURRENT = (nn.RNNBase, nn.RNNCellBase)
_LAYERS: Mapping[str, type[RecurrentLayer]] = MappingProxyType(
    {"RNN_TANH": TanhLayer, "RNN_RELU": ReluLayer, "LSTM": LstmLayer, "GRU": GruLayer}
)
_DIRECTIONS: tuple[Direction, Direction] = ("forward", "backward")
_MEMORY = ("cell", "cell_delta", "keep_gate")
_OUTPUT = ("hidden", "hidden_delta")


def find_recurrent(module: nn.Module, paths: Sequence[str] | None) -> dict[str, Recurrent]:
    """The recurrent modules at ``paths``, or all there are, by path.

    Raises ImportedModelError where there is none, or something else sits there.
    """
    there = {path: part for path, part in module.named_modules() if isinstance(part, RECURRENT)}
    if not there:
        kinds = sorted({type(part).__name__ for part in module.modules()})
        raise ImportedModelError(
            f"found no nn.RNN, nn.LSTM, nn.GRU nor a cell of theirs in it, only {', '.join(kinds)}",
            repair="name another factory; other recurrent layers go through "
            "rnnvis_assets.model_import.state_reader.StateReader",
        )
    unknown = [path for path in paths or () if path not in there]
    if unknown:
        near = "".join(near_miss(path, there) for path in unknown)
        raise ImportedModelError(
            f"recurrent: found {', '.join(unknown)}, expected some of {', '.join(there)}{near}",
            repair="name modules of that list, or leave recurrent out to take them all",
        )
    return {path: there[path] for path in paths or there}


def _weights(part: Recurrent, suffix: str) -> list[Tensor]:
    """The weights as they are used, whatever parametrises them; zeros for biases left out."""
    weight_ih, weight_hh = (getattr(part, f"{name}{suffix}") for name in ("weight_ih", "weight_hh"))
    zeros = weight_ih.new_zeros(len(weight_ih))
    biases = [
        getattr(part, f"{name}{suffix}") if part.bias else zeros for name in ("bias_ih", "bias_hh")
    ]
    projection = [getattr(part, f"weight_hr{suffix}")] if getattr(part, "proj_size", 0) else []
    return [weight_ih, weight_hh, *biases, *projection]


def _kind(part: Recurrent) -> type[RecurrentLayer]:
    if isinstance(part, nn.RNNBase):
        return ProjectedLstmLayer if part.proj_size else _LAYERS[part.mode]
    if isinstance(part, nn.RNNCell):
        return _LAYERS[f"RNN_{part.nonlinearity.upper()}"]
    return LstmLayer if isinstance(part, nn.LSTMCell) else GruLayer


def _stack(part: Recurrent) -> Iterator[tuple[RecurrentLayer, ...]]:
    kind = _kind(part)
    if not isinstance(part, nn.RNNBase):
        yield (kind(_weights(part, "")),)
        return
    directions = ("", "_reverse") if part.bidirectional else ("",)
    for number in range(part.num_layers):
        yield tuple(kind(_weights(part, f"_l{number}{direction}")) for direction in directions)


@dataclass(frozen=True)
class Stepped:
    """What a part did: ``arrays`` float[batch, steps, units] by name for each of its layers, the
    ``output`` float[batch, steps, units] of the topmost, and the states ``after`` the last step."""

    arrays: Sequence[Mapping[str, Tensor]]
    output: Tensor
    after: Sequence[Tensor]


class Part:
    """A recurrent module in our own layers, which keep every state and gate.

    ``stack`` holds, from the input up, the layers of each level: one, or one a direction.
    """

    def __init__(self, path: str, module: Recurrent) -> None:
        self.path = path
        self.stack = tuple(_stack(module))

    @property
    def layers(self) -> tuple[RecurrentLayer, ...]:
        return tuple(chain.from_iterable(self.stack))

    @property
    def is_bidirectional(self) -> bool:
        return any(len(level) > 1 for level in self.stack)

    @cached_property
    def shapes(self) -> tuple[tuple[LayerShape, ...], ...]:
        """What is recorded of each layer. A projected LSTM makes two: its memory, its output."""
        return tuple(
            tuple(self._shapes(layer, number, direction))
            for number, level in enumerate(self.stack)
            for layer, direction in zip(level, _DIRECTIONS, strict=False)
        )

    def _shapes(self, layer: RecurrentLayer, number: int, direction: Direction) -> list[LayerShape]:
        name = self.path or "rnn"
        if len(self.layers) > 1:
            name += f" layer {number}"
        if self.is_bidirectional:
            name += f" {direction}"
        if not isinstance(layer, ProjectedLstmLayer):
            return [LayerShape(name, layer.units, layer.arrays, layer.cell, direction)]
        sizes = layer.size_of("cell"), layer.size_of("hidden")
        return [
            LayerShape(f"{name} memory", sizes[0], _MEMORY, layer.cell, direction),
            LayerShape(f"{name} projection", sizes[1], _OUTPUT, layer.cell, direction),
        ]

    @property
    def state_names(self) -> tuple[tuple[str, str], ...]:
        """The layer and the kind of every state that is carried on."""
        return tuple(
            (shapes[0].name, state)
            for layer, shapes in zip(self.layers, self.shapes, strict=True)
            for state in layer.states
        )

    @property
    def state_sizes(self) -> tuple[int, ...]:
        """Units of every state that is carried on, layer by layer."""
        return tuple(layer.size_of(name) for layer in self.layers for name in layer.states)

    def run(self, inputs: Tensor, before: Sequence[Tensor]) -> Stepped:
        """Steps through float[batch, steps, inputs] from the states ``before``."""
        arrays: list[Mapping[str, Tensor]] = []
        after: list[Tensor] = []
        bounds = pairwise(accumulate((len(layer.states) for layer in self.layers), initial=0))
        for level in self.stack:
            outputs = []
            for layer, direction in zip(level, _DIRECTIONS, strict=False):
                start, stop = next(bounds)
                out, left = _step(layer, inputs, before[start:stop], direction)
                arrays.append(out)
                outputs.append(out["hidden"])
                after += left
            inputs = torch.cat(outputs, dim=2)
        return Stepped(arrays, inputs, after)


def _step(
    layer: RecurrentLayer, inputs: Tensor, before: Sequence[Tensor], direction: Direction
) -> tuple[dict[str, Tensor], list[Tensor]]:
    """One layer over all steps, in the order of its direction."""
    batch, steps, _ = inputs.shape
    out = {name: inputs.new_empty(batch, steps, layer.size_of(name)) for name in layer.arrays}
    starts = torch.zeros(batch, steps, dtype=torch.bool)
    if direction == "forward":
        return out, layer.run(inputs, starts, before, out)
    after = layer.run(inputs.flip(1), starts, before, out)
    return {name: values.flip(1) for name, values in out.items()}, after
