"""Reading with an imported network: a batch of tokens in, every layer's states out."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from rnnvis_assets.configuration.external_model_config import PytorchModel
from rnnvis_assets.model_import.loading.user_code import UserNetwork
from rnnvis_assets.model_import.reading.forward_call import forward_call
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
from rnnvis_assets.network.cells import SteppedNetwork
from rnnvis_assets.network.recurrent_network import OutputLayer
from rnnvis_assets.recording.layer_states import LayerStates
from warehouse.errors import ImportedModelError
from warehouse.recording_schema import LayerShape

PROBE = (3, 5)
"""Sequences and steps of the first run: unequal, so that layouts cannot be confused."""
LARGEST_BATCH = 64
TOLERANCE = 1e-5
"""The largest accepted difference from the module's own outputs, relative to the largest state of
the step where that is above 1, as rounding is."""


class DisagreementError(ImportedModelError):
    """The states computed by our layers differ from what the module itself returned."""


class NetworkReader(ABC):
    """An imported network that reads tokens.

    ``shapes`` are its layers; ``carries`` says whether it can continue from earlier states;
    ``largest_batch`` is the most sequences that it reads at once.
    """

    shapes: tuple[LayerShape, ...]
    carries: bool
    largest_batch: int

    @abstractmethod
    def read(self, words: Tensor, before: LayerwiseStates | None = None) -> list[LayerArrays]:
        """The arrays of every shape, float32[batch, steps, units], for int64[batch, steps] words.

        ``before`` are the states before the first step; None stands for zeros. Raises
        ImportedModelError.
        """

    def last_states(self, arrays: Sequence[LayerArrays]) -> LayerwiseStates:
        """The states after the last step of ``arrays``, to continue from."""
        return [
            {state: found[state][:, -1].clone() for state in shape.states}
            for shape, found in zip(self.shapes, arrays, strict=True)
        ]

    @abstractmethod
    def step(self, output: OutputLayer | None) -> SteppedNetwork | None:
        """The parts of the network with its ``output`` layer, None where only its own code can
        compute its states."""

    def read_sentence(self, word_ids: Sequence[int]) -> list[LayerStates]:
        """Every layer's states for one sequence of words, read from a zero state."""
        if not len(word_ids):
            return [LayerStates() for _ in self.shapes]
        read = self.read(torch.tensor([word_ids], dtype=torch.int64))
        return [
            LayerStates(**{name: values[0].numpy() for name, values in arrays.items()})
            for arrays in read
        ]


def concatenate(pieces: Sequence[Sequence[LayerArrays]], dim: int) -> list[LayerArrays]:
    """The arrays of every layer, joined along the batch (0) or the steps (1)."""
    return [
        {name: torch.cat([arrays[name] for arrays in layers], dim) for name in layers[0]}
        for layers in zip(*pieces, strict=True)
    ]


def probe_words(num_words: int, batch: int = PROBE[0]) -> Tensor:
    """int64[batch, 5]: a few tokens for a first run."""
    return torch.arange(PROBE[0] * PROBE[1]).reshape(PROBE)[:batch] % num_words


class HookedReader(NetworkReader):
    """A network with PyTorch's own recurrent modules.

    The network runs as it is; what enters its recurrent modules is run through our layers with the
    same weights, and both outputs must agree.
    """

    def __init__(self, network: UserNetwork, config: PytorchModel, num_words: int) -> None:
        modules = find_recurrent(network.module, config.recurrent)
        batch_first = getattr(next(iter(modules.values())), "batch_first", True)
        self._run = forward_call(
            network, config.input, batch_first=batch_first, num_words=num_words
        )
        self.largest_batch = 1 if config.input.layout == "single" else LARGEST_BATCH
        self._num_words = num_words
        calls = self._probe(modules, config.recurrent or (), num_words)
        self._modules = {path: modules[path] for path in calls}
        # Built after the first run: a forward may set the weights that it runs with.
        self._rebuilt = [RecurrentModule(path, module) for path, module in self._modules.items()]
        layers = [layer for module in self._rebuilt for layer in module.layers]
        self.carries = all(layer.direction == "forward" for layer in layers)
        self._can_split = self.carries and all(len(found) == 1 for found in calls.values())
        self.shapes = tuple(shape for layer in layers for shape in layer.shapes)

    def _probe(
        self, modules: Mapping[str, TorchRecurrent], required: Sequence[str], num_words: int
    ) -> Mapping[str, Sequence[RecurrentCall]]:
        """Runs the network for the first time and checks how its modules are called."""
        words = probe_words(num_words, min(PROBE[0], self.largest_batch))
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
            largest = max((float(state.abs().max()) for state in calls[0].given), default=0.0)
            if largest:
                raise ImportedModelError(
                    f"{path} starts from a state that is not zero (up to {largest:.3g}); only a "
                    "zero state before the first word can be recorded",
                    repair="let forward start from zeros, or provide the states through "
                    "rnnvis_assets.model_import.state_reader.StateReader",
                )
        return hooks.calls

    def read(self, words: Tensor, before: LayerwiseStates | None = None) -> list[LayerArrays]:
        try:
            return self._read(words, before)
        except DisagreementError:
            cut = words.shape[1] // 2
            if not cut or not self._can_split:
                raise
        # A network that magnifies rounding differences drifts away from its own outputs over many
        # steps, though every step is right: it is compared in shorter pieces, as far as needed.
        # Where forward itself takes the steps one by one, that would hide changes between them.
        first = self.read(words[:, :cut], before)
        second = self.read(words[:, cut:], self.last_states(first))
        return concatenate([first, second], dim=1)

    @torch.inference_mode()
    def _read(self, words: Tensor, before: LayerwiseStates | None) -> list[LayerArrays]:
        states = {m.path: self._states_of(m, len(words), before) for m in self._rebuilt}
        # Zeros are passed too: some modules keep a state of their own from call to call.
        with RecurrentHooks(self._modules, states) as hooks:
            self._run(words)
        arrays: list[LayerArrays] = []
        for module in self._rebuilt:
            inputs = hooks.joined(module.path, "inputs", *words.shape)
            computed = module.run(inputs, states[module.path])
            _require_agreement(hooks, module, computed)
            for layer, found in zip(module.layers, computed, strict=True):
                arrays += [{name: found[name] for name in shape.arrays} for shape in layer.shapes]
        return arrays

    def step(self, output: OutputLayer | None) -> SteppedNetwork | None:
        layers = [layer for module in self._rebuilt for layer in module.layers]
        forward = all(layer.direction == "forward" for layer in layers)
        if output is None or not forward or len(layers) < len(self.shapes):
            return None
        parts = SteppedNetwork(self._read_words(), [layer.layer for layer in layers], output)
        probe = probe_words(self._num_words, min(PROBE[0], self.largest_batch))
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
            with RecurrentHooks(self._modules) as hooks:
                self._run(words)
            pieces.append(hooks.joined(first, "inputs", *words.shape)[:, 0])
        return torch.cat(pieces)

    def _states_of(
        self, module: RecurrentModule, batch: int, before: LayerwiseStates | None
    ) -> list[dict[str, Tensor]]:
        """The states before the first step of each layer of a module."""
        if before is None:
            return [layer.zero_states(batch) for layer in module.layers]
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
    _require_equal(module.path, "outputs", output, own)
    returned = iter(hooks.calls[module.path][-1].after)
    for layer, arrays in zip(module.layers, computed, strict=True):
        for name, state in layer.last_states(arrays).items():
            _require_equal(layer.shapes[0].name, name, state, next(returned))


def _require_equal(name: str, what: str, computed: Tensor, own: Tensor) -> None:
    scale = own.abs().amax(dim=-1, keepdim=True).clamp(min=1)
    difference = float(((computed - own).abs() / scale).max())
    if not difference <= TOLERANCE:
        raise DisagreementError(
            f"{name}: its {what}, computed from its weights step by step, differ from the module's "
            f"own by up to {difference:.3g}, expected at most {TOLERANCE:g}",
            repair="something changes its states or weights between steps (a mask, noise, a norm), "
            "or its rounding differences grow over a long sequence (then read shorter sentences): "
            "provide the states through rnnvis_assets.model_import.state_reader.StateReader",
        )
