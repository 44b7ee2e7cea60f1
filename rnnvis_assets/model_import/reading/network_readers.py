"""Reading with an imported network: a batch of tokens in, every layer's states out."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

import torch
from torch import Tensor

from rnnvis_assets.configuration.external_model_config import PytorchModel
from rnnvis_assets.model_import.loading.user_network import UserNetwork
from rnnvis_assets.model_import.reading.forward_call import forward_call
from rnnvis_assets.model_import.reading.recurrent_hooks import RecurrentCall, RecurrentHooks
from rnnvis_assets.model_import.reading.recurrent_modules import (
    RecurrentModule,
    RecurrentOutput,
    TorchRecurrent,
    find_recurrent,
)
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


@dataclass(frozen=True)
class StatesRead:
    """A batch of equally long pieces, read: for every shape its ``arrays`` float32[batch, steps,
    units], and the states ``after`` the last step, float32[batch, units] each."""

    arrays: Sequence[Mapping[str, Tensor]]
    after: Sequence[Tensor]


class NetworkReader(ABC):
    """An imported network that reads tokens.

    ``shapes`` are its layers; ``carries`` says whether it can continue from earlier states;
    ``largest_batch`` is the most sequences that it reads at once.
    """

    shapes: tuple[LayerShape, ...]
    carries: bool
    largest_batch: int

    @abstractmethod
    def read(self, words: Tensor, before: Sequence[Tensor] | None = None) -> StatesRead:
        """Reads int64[batch, steps] words from the states ``before`` (those of
        ``StatesRead.after``), or from zero. Raises ImportedModelError."""

    def read_sentence(self, word_ids: Sequence[int]) -> list[LayerStates]:
        """Every layer's states for one sequence of words, read from a zero state."""
        if not len(word_ids):
            return [LayerStates() for _ in self.shapes]
        read = self.read(torch.tensor([word_ids], dtype=torch.int64))
        return [
            LayerStates(**{name: values[0].numpy() for name, values in arrays.items()})
            for arrays in read.arrays
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
        calls = self._probe(modules, config.recurrent or (), num_words)
        self._modules = {path: modules[path] for path in calls}
        # Built after the first run: a forward may set the weights that it runs with.
        self._rebuilt = [RecurrentModule(path, module) for path, module in self._modules.items()]
        self.carries = not any(module.is_bidirectional for module in self._rebuilt)
        self._can_split = self.carries and all(len(found) == 1 for found in calls.values())
        self.shapes = tuple(chain(*chain(*(module.shapes for module in self._rebuilt))))

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
            largest = max((float(state.abs().max()) for state in calls[0].given or ()), default=0.0)
            if largest:
                raise ImportedModelError(
                    f"{path} starts from a state that is not zero (up to {largest:.3g}); only a "
                    "zero state before the first word can be recorded",
                    repair="let forward start from zeros, or provide the states through "
                    "rnnvis_assets.model_import.state_reader.StateReader",
                )
        return hooks.calls

    def read(self, words: Tensor, before: Sequence[Tensor] | None = None) -> StatesRead:
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
        second = self.read(words[:, cut:], first.after)
        arrays = [
            {name: torch.cat([one[name], other[name]], dim=1) for name in one}
            for one, other in zip(first.arrays, second.arrays, strict=True)
        ]
        return StatesRead(arrays, second.after)

    @torch.inference_mode()
    def _read(self, words: Tensor, before: Sequence[Tensor] | None) -> StatesRead:
        states = dict(self._by_module(len(words), before))
        # Zeros are passed too: some modules keep a state of their own from call to call.
        with RecurrentHooks(self._modules, states) as hooks:
            self._run(words)
        arrays: list[Mapping[str, Tensor]] = []
        after: list[Tensor] = []
        for module in self._rebuilt:
            inputs = hooks.joined(module.path, "inputs", *words.shape)
            computed = module.run(inputs, states[module.path])
            _require_agreement(hooks, module, computed)
            after += computed.after
            for shapes, found in zip(module.shapes, computed.arrays, strict=True):
                arrays += [{name: found[name] for name in shape.arrays} for shape in shapes]
        return StatesRead(arrays, after)

    def _by_module(
        self, batch: int, states: Sequence[Tensor] | None
    ) -> Iterator[tuple[str, Sequence[Tensor]]]:
        """The states of every module, by its path; zeros where there are none."""
        remaining = iter(states or ())
        for module in self._rebuilt:
            sizes = module.state_sizes
            zeros = [torch.zeros(batch, size) for size in sizes]
            yield module.path, [next(remaining) for _ in sizes] if states else zeros


def _require_agreement(
    hooks: RecurrentHooks, module: RecurrentModule, computed: RecurrentOutput
) -> None:
    """Compares what our layers computed with what the module returned: its outputs at every step,
    and the last states of every layer. Raises DisagreementError where they differ."""
    own = hooks.joined(module.path, "outputs", *computed.output.shape[:2])
    _require_equal(module.path, "outputs", computed.output, own)
    last = hooks.calls[module.path][-1].after
    for (name, state), found, returned in zip(
        module.state_names, computed.after, last, strict=True
    ):
        _require_equal(name, state, found, returned)


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
