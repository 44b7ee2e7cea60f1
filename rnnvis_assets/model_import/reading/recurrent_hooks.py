"""Hooks on a module's recurrent parts: what enters and leaves them while the module runs.

A part may be called once for all steps or step by step; its calls are joined in time.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Self

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence, pad_packed_sequence
from torch.utils.hooks import RemovableHandle

from rnnvis_assets.model_import.reading.recurrent_modules import Part, Recurrent
from warehouse.errors import ImportedModelError

States = Sequence[Tensor]
"""The states of a part, each float[batch, units], layer by layer."""


@dataclass(frozen=True)
class Call:
    """One call of a part: what entered and left it, float[steps, batch, values]; the states that
    it was ``given`` (None: it started from its own zeros); and the states ``after``."""

    inputs: Tensor
    outputs: Tensor
    given: States | None
    after: States


class Taps:
    """Hooks that stay while the block lasts. ``calls`` holds every part's, in order of its first.

    ``before`` replaces the state that a part is first called with.
    """

    def __init__(
        self, modules: Mapping[str, Recurrent], before: Mapping[str, States] | None = None
    ) -> None:
        self._modules, self._before = modules, before or {}
        self._handles: list[RemovableHandle] = []
        self.calls: dict[str, list[Call]] = defaultdict(list)
        self.parts: dict[str, Part] = {}

    def __enter__(self) -> Self:
        for path, module in self._modules.items():
            enter, leave = partial(self._enter, path), partial(self._leave, path)
            self._handles += [
                module.register_forward_pre_hook(enter, with_kwargs=True),
                module.register_forward_hook(leave, with_kwargs=True),
            ]
        return self

    def __exit__(self, *exception: object) -> None:
        for handle in self._handles:
            handle.remove()

    def _enter(self, path: str, module: Recurrent, args: Any, kwargs: Any) -> Any:
        if path not in self._before or path in self.calls:
            return None
        entered = args[0] if args else kwargs["input"]
        return (entered, _as_given(module, entered, self._before[path])), {}

    def _leave(self, path: str, module: Recurrent, args: Any, kwargs: Any, output: Any) -> None:
        entered = args[0] if args else kwargs["input"]
        given = args[1] if len(args) > 1 else kwargs.get("hx")
        left = output[0] if isinstance(output, tuple) else output
        after = output[1] if isinstance(module, nn.RNNBase) else output
        self.calls[path].append(
            Call(
                _by_step(module, entered),
                _by_step(module, left),
                None if given is None else _by_layer(module, _states(given)),
                _by_layer(module, _states(after)),
            )
        )
        if path not in self.parts:  # now its weights are those that it was called with
            self.parts[path] = Part(path, module)

    def joined(self, path: str, name: str, batch: int, steps: int) -> Tensor:
        """float[batch, steps, values] of all calls of a part. Raises ImportedModelError where
        they are not so many steps of so many sequences."""
        pieces = [getattr(call, name) for call in self.calls[path]]
        shapes = {tuple(piece.shape[1:2]) for piece in pieces}
        total = sum(len(piece) for piece in pieces)
        if shapes != {(batch,)} or total != steps:
            found = ", ".join(str(list(piece.shape)) for piece in pieces[:3])
            raise ImportedModelError(
                f"{path}: of {batch} sequences of {steps} tokens [steps, batch, values] = {found} "
                f"came in ({len(pieces)} calls)",
                repair="say how tokens become its input: input.layout, or a function input.call",
            )
        return torch.cat(pieces).transpose(0, 1).contiguous()


def _by_step(module: Recurrent, value: Tensor | PackedSequence) -> Tensor:
    """float[steps, batch, values], whatever the layout."""
    if isinstance(value, PackedSequence):
        return pad_packed_sequence(value)[0]
    if isinstance(module, nn.RNNCellBase):
        return value.reshape(1, -1, value.shape[-1])
    if value.dim() == 2:
        return value.unsqueeze(1)
    return value.transpose(0, 1) if module.batch_first else value


def _states(given: Any) -> tuple[Tensor, ...]:
    return tuple(given) if isinstance(given, tuple | list) else (given,)


def _by_layer(module: Recurrent, after: tuple[Tensor, ...]) -> States:
    """The states that a call returns, layer by layer, as float[batch, units] each."""
    if isinstance(module, nn.RNNCellBase):
        return [state.reshape(-1, state.shape[-1]) for state in after]
    layers = (state.reshape(len(state), -1, state.shape[-1]).unbind() for state in after)
    return [state for of_layer in zip(*layers, strict=True) for state in of_layer]


def _as_given(module: Recurrent, entered: Any, states: States) -> Any:
    """States as the module takes them: h, or (h, c)."""
    if isinstance(module, nn.LSTMCell):
        return tuple(states)
    if isinstance(module, nn.RNNCellBase):
        return states[0]
    kinds = 2 if isinstance(module, nn.LSTM) else 1
    stacked = tuple(torch.stack(list(states[kind::kinds])) for kind in range(kinds))
    if isinstance(entered, Tensor) and entered.dim() == 2:
        stacked = tuple(state.squeeze(1) for state in stacked)
    return stacked if kinds == 2 else stacked[0]
