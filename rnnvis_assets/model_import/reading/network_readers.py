"""Reading with a network from elsewhere: a batch of tokens in, every layer's states out."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import chain

import torch
from torch import Tensor, nn

from rnnvis_assets.configuration.external_model_config import Input, PytorchModel
from rnnvis_assets.model_import.reading.forward_call import CallModule, caller_of, ways_in
from rnnvis_assets.model_import.reading.recurrent_hooks import Taps
from rnnvis_assets.model_import.reading.recurrent_modules import (
    Part,
    Recurrent,
    Stepped,
    find_recurrent,
)
from rnnvis_assets.model_import.reading.stepwise_check import step_closely
from rnnvis_assets.model_import.reading.tolerance import DisagreementError, require_equal
from rnnvis_assets.recording.layer_states import LayerStates
from warehouse.errors import ImportedModelError
from warehouse.recording_schema import LayerShape

PROBE = (3, 5)
"""Sequences and tokens of the first run, unlike each other so that layouts cannot be confused."""


@dataclass(frozen=True)
class Read:
    """A batch of equally long pieces, read: for every shape its ``arrays`` float32[batch, steps,
    units], and the states ``after``, each float32[batch, units]."""

    arrays: Sequence[Mapping[str, Tensor]]
    after: Sequence[Tensor]


class Reader(ABC):
    """A network from elsewhere. ``carries``: it can go on from earlier states; ``largest_batch``:
    the most sequences that it takes at once; ``found_input``: the way in, where it is another than
    its configuration would lead one to expect."""

    found_input: Input | None = None
    shapes: tuple[LayerShape, ...]
    carries: bool
    largest_batch: int

    @abstractmethod
    def read(self, words: Tensor, before: Sequence[Tensor] | None = None) -> Read:
        """Reads int64[batch, steps] words from the states ``before`` (as ``Read.after`` has them),
        or from zero. Raises ImportedModelError."""

    def read_sentence(self, word_ids: Sequence[int]) -> list[LayerStates]:
        """Every layer's states for one sequence of words, read from a zero state."""
        if not len(word_ids):
            return [LayerStates() for _ in self.shapes]
        read = self.read(torch.tensor([word_ids], dtype=torch.int64))
        return [
            LayerStates(**{name: values[0].numpy() for name, values in arrays.items()})
            for arrays in read.arrays
        ]


class HookedReader(Reader):
    """A module with PyTorch's own recurrent layers in it, run as it is; what enters them is
    stepped through by our layers, with its weights, and the outputs are compared."""

    def __init__(self, module: nn.Module, config: PytorchModel, num_words: int) -> None:
        modules = find_recurrent(module, config.recurrent)
        taps = self._enter(module, config, modules, num_words)
        self._modules = {path: modules[path] for path in taps.calls}
        self.parts = [taps.parts[path] for path in taps.calls]
        self.carries = not any(part.is_bidirectional for part in self.parts)
        in_one_go = all(len(calls) == 1 for calls in taps.calls.values())
        self._can_be_cut = self.carries and in_one_go
        self.shapes = tuple(chain.from_iterable(chain(*(part.shapes for part in self.parts))))

    def _enter(
        self,
        module: nn.Module,
        config: PytorchModel,
        modules: Mapping[str, Recurrent],
        num_words: int,
    ) -> Taps:
        """Runs the module for the first time, by the way in that the configuration names or, where
        it leaves that open, by the first that fits. Raises ImportedModelError."""
        first = next(iter(modules.values()))
        batch_first = getattr(first, "batch_first", True)
        usual, *others = ways_in(config.input, batch_first=batch_first)
        try:
            return self._enter_by(usual, module, config, modules, num_words)
        except ImportedModelError:
            for settings in others:
                with suppress(ImportedModelError):
                    taps = self._enter_by(settings, module, config, modules, num_words)
                    self.found_input = settings
                    return taps
            raise

    def _enter_by(
        self,
        settings: Input,
        module: nn.Module,
        config: PytorchModel,
        modules: Mapping[str, Recurrent],
        num_words: int,
    ) -> Taps:
        self._call: CallModule = caller_of(
            module, settings, folder=config.path, num_words=num_words
        )
        self.largest_batch = 1 if settings.layout == "single" else 64
        words = torch.arange(PROBE[0] * PROBE[1]).reshape(PROBE)[: self.largest_batch] % num_words
        with torch.inference_mode(), Taps(modules) as taps:
            self._call(words)
        self._check_probe(taps, modules if config.recurrent else {}, words)
        return taps

    @staticmethod
    def _check_probe(taps: Taps, asked: Mapping[str, Recurrent], words: Tensor) -> None:
        idle = [path for path in asked if path not in taps.calls]
        if idle or not taps.calls:
            raise ImportedModelError(
                f"forward did not call {', '.join(idle) or 'any of its recurrent modules'}",
                repair="name those that it calls under recurrent, or the way in under input.call",
            )
        batch, steps = words.shape
        for path, calls in taps.calls.items():
            taps.joined(path, "inputs", batch, steps)  # raises where the layout is another
            given = calls[0].given or ()
            largest = max((float(state.abs().max()) for state in given), default=0.0)
            if largest:
                raise ImportedModelError(
                    f"{path} starts from a state that is not zero (up to {largest:.3g}); only a "
                    "zero state before the first word can be recorded",
                    repair="let forward start from zeros, or tell the states through "
                    "rnnvis_assets.model_import.state_reader.StateReader",
                )

    def read(self, words: Tensor, before: Sequence[Tensor] | None = None) -> Read:
        try:
            return self._read(words, before)
        except DisagreementError:
            cut = words.shape[1] // 2
            if not cut or not self._can_be_cut:
                raise
        # A network that magnifies the last bits of its states drifts away from its own outputs
        # over many steps, though every single step is right: so it is held against them in shorter
        # pieces, as far as need be. Between steps that its own forward takes one by one that would
        # hide what forward does to the states there.
        first = self.read(words[:, :cut], before)
        return _joined(first, self.read(words[:, cut:], first.after))

    @torch.inference_mode()
    def _read(self, words: Tensor, before: Sequence[Tensor] | None) -> Read:
        batch, steps = words.shape
        states = dict(self._by_part(before or self._zeros(batch)))
        arrays: list[Mapping[str, Tensor]] = []
        after: list[Tensor] = []
        # Zeros too are given, as some modules keep a state of their own from call to call.
        with Taps(self._modules, states) as taps:
            self._call(words)
        for part in self.parts:
            inputs = taps.joined(part.path, "inputs", batch, steps)
            stepped = self._stepped(taps, part, inputs, states[part.path])
            after += stepped.after
            for shapes, found in zip(part.shapes, stepped.arrays, strict=True):
                arrays += [{name: found[name] for name in shape.arrays} for shape in shapes]
        return Read(arrays, after)

    def _stepped(self, taps: Taps, part: Part, inputs: Tensor, before: Sequence[Tensor]) -> Stepped:
        """A part, stepped through, and held against what the module itself returned."""
        stepped = part.run(inputs, before)
        try:
            _hold_against(taps, part, stepped)
        except DisagreementError:
            if self._can_be_cut:
                raise
            stepped = step_closely(part, taps, inputs, before)
            _hold_against(taps, part, stepped)
        return stepped

    def _zeros(self, batch: int) -> list[Tensor]:
        return [torch.zeros(batch, size) for part in self.parts for size in part.state_sizes]

    def _by_part(self, states: Sequence[Tensor]) -> Iterator[tuple[str, Sequence[Tensor]]]:
        left = list(states)
        for part in self.parts:
            mine, left = left[: len(part.state_sizes)], left[len(part.state_sizes) :]
            yield part.path, mine


def _joined(first: Read, second: Read) -> Read:
    """Two pieces that follow one another as one."""
    arrays = [
        {name: torch.cat([one[name], other[name]], dim=1) for name in one}
        for one, other in zip(first.arrays, second.arrays, strict=True)
    ]
    return Read(arrays, second.after)


def _hold_against(taps: Taps, part: Part, stepped: Stepped) -> None:
    """Compares what our layers did with what the module returned: its outputs at every step, and
    the last states of every layer. Raises DisagreementError where they differ."""
    batch, steps, _ = stepped.output.shape
    own = taps.joined(part.path, "outputs", batch, steps)
    require_equal(part.path, "outputs", stepped.output, own)
    last = taps.calls[part.path][-1].after
    for (name, state), found, left in zip(part.state_names, stepped.after, last, strict=True):
        require_equal(name, state, found, left)
