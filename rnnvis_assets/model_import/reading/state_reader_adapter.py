"""Reading with a network that provides its states itself (see ``state_reader.StateReader``)."""

import inspect
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from rnnvis_assets.configuration.external_model_config import PytorchModel
from rnnvis_assets.model_import.loading.user_code import UserNetwork, user_code_errors
from rnnvis_assets.model_import.reading.forward_call import RunNetwork, forward_call
from rnnvis_assets.model_import.reading.network_readers import NetworkReader
from rnnvis_assets.model_import.reading.recurrent_hooks import LayerwiseStates
from rnnvis_assets.model_import.reading.recurrent_modules import LayerArrays
from rnnvis_assets.model_import.state_reader import StateReader
from rnnvis_assets.network.recurrent_network import OutputLayer
from warehouse.errors import ImportedModelError
from warehouse.recording_schema import STATES, LayerShape, recorded_arrays


class StateReaderAdapter(NetworkReader):
    """A user's ``StateReader`` as a reader; the changes of its states are computed here.

    ``probe`` int64[batch, steps] are words for a first run.
    """

    runs_forward = False

    def __init__(
        self, network: UserNetwork, config: PytorchModel, num_words: int, probe: Tensor
    ) -> None:
        states: StateReader = network.module
        self._states, self.carries, self.module = states, states.carries, network.module
        self.largest_batch = states.largest_batch
        self._forward = _forward_of(network, config, num_words)
        self.continues = network.call is None and _takes_states(network.module)
        layers = self._read_states(probe[: self.largest_batch], None)
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

    def run(
        self, words: Tensor, before: LayerwiseStates | None = None
    ) -> tuple[Any, LayerwiseStates]:
        if not self.continues:
            return self._forward(words), []
        with user_code_errors(f"{type(self._states).__name__}.forward"):
            returned = self.module(words, before)
        return returned, self.last_states(self.read(words, before))

    @torch.inference_mode()
    def _read_states(self, words: Tensor, before: LayerwiseStates | None) -> list[LayerArrays]:
        with user_code_errors(f"{type(self._states).__name__}.read_states"):
            return [
                {name: _real(name, values) for name, values in states.items()}
                for states in self._states.read_states(words, before)
            ]


def _real(name: str, values: Tensor) -> Tensor:
    if values.is_complex():
        raise ImportedModelError(
            f"read_states yields a complex {name}, expected real numbers",
            repair="yield its real and imaginary parts, as units next to each other: "
            "torch.view_as_real(h).flatten(-2)",
        )
    return values.float()


def _takes_states(module: object) -> bool:
    forward = getattr(module, "forward", None)
    return callable(forward) and "before" in inspect.signature(forward).parameters


def _forward_of(network: UserNetwork, config: PytorchModel, num_words: int) -> RunNetwork:
    """The network's ``forward``, by which its output layer is checked."""
    made = network.module
    own = isinstance(made, nn.Module) and type(made).forward is not nn.Module.forward
    if own or network.call is not None:
        return forward_call(network, config.input, batch_first=True, num_words=num_words)

    def refuse(_: Tensor) -> Any:
        raise ImportedModelError(
            f"{type(made).__name__} has no forward, so nothing shows what it predicts",
            repair="write forward(tokens[batch, steps]) that returns its logits",
        )

    return refuse


def _layer_shape(name: str, states: LayerArrays, cell: str | None) -> LayerShape:
    known = {"keep_gate", *STATES}
    if "hidden" not in states or not known >= states.keys():
        raise ImportedModelError(
            f"{name}: read_states yields {', '.join(states) or 'nothing'}, expected hidden and, "
            "where the layer has them, cell and keep_gate"
        )
    return LayerShape(name, states["hidden"].shape[-1], recorded_arrays(states), cell)


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
