"""Reading with a network that has PyTorch's own recurrent modules."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from rnnvis_assets.configuration.external_model_config import PytorchModel
from rnnvis_assets.model_import.loading.user_code import UserNetwork
from rnnvis_assets.model_import.reading.forward_call import forward_call
from rnnvis_assets.model_import.reading.network_readers import NetworkReader, concatenate, rows_of
from rnnvis_assets.model_import.reading.recurrent_hooks import (
    LayerwiseStates,
    RecurrentCall,
    RecurrentHooks,
)
from rnnvis_assets.model_import.reading.recurrent_modules import (
    LayerArrays,
    RecurrentModule,
    TorchRecurrent,
    find_recurrent,
)
from rnnvis_assets.model_import.state_reader import PROVIDE_STATES
from rnnvis_assets.network.cells import SteppedNetwork
from rnnvis_assets.network.recurrent_network import OutputLayer
from warehouse.errors import ImportedModelError

LARGEST_BATCH = 64
TOLERANCE = 1e-5
"""The largest accepted difference from the module's own outputs, relative to the largest state of
the step where that is above 1, as rounding is."""


class DisagreementError(ImportedModelError):
    """The states computed by our layers differ from what the module itself returned."""


class HookedReader(NetworkReader):
    """A network with PyTorch's own recurrent modules.

    The network runs as it is; what enters its recurrent modules is run through our layers with the
    same weights, and both outputs must agree. ``probe`` int64[batch, steps] are words for a first
    run.
    """

    runs_forward = continues = True

    def __init__(
        self, network: UserNetwork, config: PytorchModel, num_words: int, probe: Tensor
    ) -> None:
        self.module = network.module
        modules = self._all = find_recurrent(network.module, config.recurrent)
        batch_first = getattr(next(iter(modules.values())), "batch_first", True)
        self._run = forward_call(
            network, config.input, batch_first=batch_first, num_words=num_words
        )
        self.exact_batch = config.input.batch
        self.largest_batch = 1 if config.input.layout == "single" else LARGEST_BATCH
        self.largest_batch = self.exact_batch or self.largest_batch
        words, _ = self.fill(probe[: self.largest_batch])
        self._num_words, self._tried = num_words, words
        calls = self._probe(modules, config.recurrent or (), words)
        self._modules = {path: modules[path] for path in calls}
        # Built after the first run: a forward may set the weights that it runs with.
        self._rebuilt = [RecurrentModule(path, module) for path, module in self._modules.items()]
        layers = [layer for module in self._rebuilt for layer in module.layers]
        self.carries = all(layer.direction == "forward" for layer in layers)
        self._can_split = self.carries and all(len(found) == 1 for found in calls.values())
        self.shapes = tuple(shape for layer in layers for shape in layer.shapes)
        self._first = {path: [s[0] for s in found[0].given] for path, found in calls.items()}

    def _probe(
        self, modules: Mapping[str, TorchRecurrent], required: Sequence[str], words: Tensor
    ) -> Mapping[str, Sequence[RecurrentCall]]:
        """Runs the network for the first time and checks how its modules are called."""
        with torch.inference_mode(), RecurrentHooks(modules) as hooks:
            self._run(words)
        idle = [path for path in required if path not in hooks.calls]
        if idle or not hooks.calls:
            raise ImportedModelError(
                f"forward did not call {', '.join(idle) or 'any of its recurrent modules'}",
                repair="name those that it calls under recurrent, or a function that runs the "
                "network under input.call",
            )
        for path, calls in hooks.calls.items():
            hooks.joined(path, "inputs", *words.shape)
            if not self._is_first_state(path, calls[0].given, words):
                raise ImportedModelError(
                    f"{path} starts from a state that differs between sequences or calls; only one "
                    "that is the same before every first word can be recorded",
                    repair=f"let forward start from zeros or a learned state, or {PROVIDE_STATES}",
                )
        return hooks.calls

    def _is_first_state(self, path: str, given: Sequence[Tensor], words: Tensor) -> bool:
        """Whether all sequences start from these states, and a single one does so again."""
        if len(words) > 1 or not any(state.any() for state in given):
            return all(torch.equal(s, s[:1].expand_as(s)) for s in given)
        with torch.inference_mode(), RecurrentHooks(self._all) as hooks:
            self._run(words)
        return all(map(torch.equal, given, hooks.calls[path][0].given))

    @property
    def starts_from_zero(self) -> bool:
        return not any(s.any() for states in self._first.values() for s in states)

    def first_states(self, batch: int) -> LayerwiseStates:
        return self._by_shape({m.path: self._states_of(m, batch, None) for m in self._rebuilt})

    def _by_shape(self, states: Mapping[str, LayerwiseStates]) -> LayerwiseStates:
        """The states of every module's layers, as those of ``shapes``."""
        return [
            {name: named[name] for name in shape.states}
            for module in self._rebuilt
            for layer, named in zip(module.layers, states[module.path], strict=True)
            for shape in layer.shapes
        ]

    def read(self, words: Tensor, before: LayerwiseStates | None = None) -> list[LayerArrays]:
        return rows_of(self._read_pieces(*self.fill(words, before)), slice(len(words)))

    def _read_pieces(self, words: Tensor, before: LayerwiseStates | None) -> list[LayerArrays]:
        try:
            return self._read(words, before)
        except DisagreementError:
            cut = words.shape[1] // 2
            if not cut or not self._can_split:
                raise
        # A network that magnifies rounding differences drifts away from its own outputs over many
        # steps, though every step is right: it is compared in shorter pieces, as far as needed.
        # Where forward itself takes the steps one by one, that would hide changes between them.
        first = self._read_pieces(words[:, :cut], before)
        second = self._read_pieces(words[:, cut:], self.last_states(first))
        return concatenate([first, second], dim=1)

    def run(
        self, words: Tensor, before: LayerwiseStates | None = None
    ) -> tuple[Any, LayerwiseStates]:
        states = {m.path: self._states_of(m, len(words), before) for m in self._rebuilt}
        with RecurrentHooks(self._modules, states) as hooks:
            returned = self._run(words)
        after = {}
        for module in self._rebuilt:
            stacked = iter(hooks.calls[module.path][-1].after)
            after[module.path] = [
                {name: next(stacked) for name in layer.layer.states} for layer in module.layers
            ]
        return returned, self._by_shape(after) if self.carries else []

    @torch.inference_mode()
    def _read(self, words: Tensor, before: LayerwiseStates | None) -> list[LayerArrays]:
        states = {m.path: self._states_of(m, len(words), before) for m in self._rebuilt}
        # Zeros are passed too: some modules keep a state of their own from call to call.
        with RecurrentHooks(self._modules, states) as hooks:
            self._run(words)
        arrays: list[LayerArrays] = []
        for module in self._rebuilt:
            inputs = hooks.joined(module.path, "inputs", *words.shape)
            hooks.require_handed_on(module.path)
            computed = module.run(inputs, states[module.path])
            _require_agreement(hooks, module, computed)
            for layer, found in zip(module.layers, computed, strict=True):
                arrays += [{name: found[name] for name in shape.arrays} for shape in layer.shapes]
        return arrays

    def step(self, output: OutputLayer | None) -> SteppedNetwork | None:
        layers = [layer for module in self._rebuilt for layer in module.layers]
        forward = all(layer.direction == "forward" for layer in layers)
        usual = forward and self.starts_from_zero and len(layers) == len(self.shapes)
        if output is None or not usual:
            return None
        parts = SteppedNetwork(self._read_words(), [layer.layer for layer in layers], output)
        probe = self._tried
        inputs = parts.embedding[probe]
        for layer, expected in zip(layers, self.read(probe), strict=True):
            if inputs.shape[-1] != len(layer.layer.weight_ih):
                return None
            inputs = layer.run(inputs, layer.zero_states(len(probe)))["hidden"]
            if not torch.allclose(inputs, expected["hidden"], rtol=0, atol=10 * TOLERANCE):
                return None
        return parts if inputs.shape[-1] == output.weight.shape[1] else None

    @torch.inference_mode()
    def _read_words(self) -> Tensor:
        """What enters the first module at every word, float[words, values], each word by itself."""
        first, pieces = next(iter(self._modules)), []
        for words in torch.split(torch.arange(self._num_words).unsqueeze(1), self.largest_batch):
            filled, _ = self.fill(words)
            with RecurrentHooks(self._modules) as hooks:
                self._run(filled)
            pieces.append(hooks.joined(first, "inputs", *filled.shape)[: len(words), 0])
        return torch.cat(pieces)

    def _states_of(
        self, module: RecurrentModule, batch: int, before: LayerwiseStates | None
    ) -> list[dict[str, Tensor]]:
        """The states before the first step of each layer of a module."""
        if before is None:
            first, states = iter(self._first[module.path]), []
            for layer in module.layers:
                zeros = layer.zero_states(batch)
                states.append({n: next(first, z[0]).expand_as(z) for n, z in zeros.items()})
            return states
        given = dict(zip(self.shapes, before, strict=True))
        states = []
        for layer in module.layers:
            merged = {name: s for shape in layer.shapes for name, s in given[shape].items()}
            states.append({name: merged[name] for name in layer.layer.states})
        return states


def _require_agreement(
    hooks: RecurrentHooks, module: RecurrentModule, computed: Sequence[LayerArrays]
) -> None:
    """Compares what our layers computed with what the module returned: its outputs at every step,
    and the last states of every layer. Raises DisagreementError where they differ."""
    output = module.output(computed)
    own = hooks.joined(module.path, "outputs", *output.shape[:2])
    _require_equal(module, module.path, "outputs", output, own)
    returned = iter(hooks.calls[module.path][-1].after)
    for layer, arrays in zip(module.layers, computed, strict=True):
        last = layer.last_states(arrays)
        theirs = {name: next(returned) for name in last}
        if len(last) == 2 and _differ(last["cell"], theirs["hidden"]) <= TOLERANCE:
            raise DisagreementError(
                f"{layer.shapes[0].name} returns c where PyTorch's own module returns h",
                repair="return (h, c) in this order",
            )
        for name, state in last.items():
            _require_equal(module, layer.shapes[0].name, name, state, theirs[name])


def _differ(computed: Tensor, own: Tensor) -> float:
    """The largest difference, relative to states that are larger than 1."""
    if computed.shape != own.shape:
        return math.inf
    scale = own.abs().amax(dim=-1, keepdim=True).clamp(min=1)
    return float(((computed - own).abs() / scale).max())


def _require_equal(
    module: RecurrentModule, name: str, what: str, computed: Tensor, own: Tensor
) -> None:
    difference = _differ(computed, own)
    if difference <= TOLERANCE:
        return
    found = (
        f"{name}: its {what}, computed from its weights step by step, differ from the module's "
        f"own by up to {difference:.3g}, expected at most {TOLERANCE:g}"
    )
    if module.own_forward:
        raise DisagreementError(
            f"{found}: {module.own_forward} has a forward of its own, which computes something "
            "else than PyTorch's module with these weights",
            repair=PROVIDE_STATES,
        )
    raise DisagreementError(
        found,
        repair="something changes its weights between steps (a mask, noise), it computes in lower "
        "precision (autocast), or its rounding differences grow over a long sequence (then read "
        "shorter sentences): "
        f"{PROVIDE_STATES}",
    )
