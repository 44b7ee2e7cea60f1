"""Taps on a network's recurrent modules: what enters and leaves them while the network runs.

A module may be called once for all steps or step by step; its calls are joined in time. Its
``forward`` is tapped, because PyTorch's own hooks miss a network that calls ``forward`` directly.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import wraps
from itertools import pairwise
from typing import Any, Self

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence, pad_packed_sequence

from rnnvis_assets.model_import.reading.forward_call import INPUT_OPTIONS
from rnnvis_assets.model_import.reading.recurrent_modules import TorchRecurrent, require_known
from rnnvis_assets.model_import.state_reader import PROVIDE_STATES
from warehouse.errors import ImportedModelError

LayerwiseStates = Sequence[Mapping[str, Tensor]]
"""The states of every layer at one step, float[batch, units] by name (hidden before cell)."""


@dataclass(frozen=True)
class RecurrentCall:
    """One call of a recurrent module: its ``inputs`` and ``outputs`` float[steps, batch, values],
    the states that it was ``given`` (none: it made its own zeros) and those ``after`` it, layer by
    layer, float[batch, units] each."""

    inputs: Tensor
    outputs: Tensor
    given: Sequence[Tensor]
    after: Sequence[Tensor]


class RecurrentHooks:
    """Taps that stay while the block lasts; ``calls`` are by path, in the order of first calls.

    ``before`` replaces the states that a module is first called with, those of each layer by name.
    """

    def __init__(
        self,
        modules: Mapping[str, TorchRecurrent],
        before: Mapping[str, LayerwiseStates] | None = None,
    ) -> None:
        self._modules, self._before = modules, before or {}
        self._own: dict[str, Any] = {}
        self.calls: dict[str, list[RecurrentCall]] = defaultdict(list)

    def __enter__(self) -> Self:
        for path, module in self._modules.items():
            self._own[path] = module.__dict__.get("forward")
            module.__dict__["forward"] = self._tapped(path, module, module.forward)
        return self

    def __exit__(self, *exception: object) -> None:
        for path, own in self._own.items():
            del self._modules[path].__dict__["forward"]
            if own is not None:  # of a module whose forward was replaced before
                self._modules[path].__dict__["forward"] = own

    def _tapped(
        self, path: str, module: TorchRecurrent, forward: Callable[..., Any]
    ) -> Callable[..., Any]:
        @wraps(forward)
        def tapped(*args: Any, **kwargs: Any) -> Any:
            if path in self._before and path not in self.calls:
                inputs = _first_argument(path, module, args, kwargs)
                args, kwargs = (inputs, _as_argument(module, inputs, self._before[path])), {}
            output = forward(*args, **kwargs)
            self._record(path, module, args, kwargs, output)
            return output

        return tapped

    def _record(
        self, path: str, module: TorchRecurrent, args: Any, kwargs: Any, output: Any
    ) -> None:
        given = args[1] if len(args) > 1 else kwargs.get("hx")
        _require_usual(path, module, output)
        after = output[1] if isinstance(module, nn.RNNBase) else output
        call = RecurrentCall(
            inputs=_time_first(module, _first_argument(path, module, args, kwargs)),
            outputs=_time_first(module, output[0] if isinstance(output, tuple) else output),
            given=() if given is None else _by_layer(module, given),
            after=_by_layer(module, after),
        )
        self.calls[path].append(call)

    def require_handed_on(self, path: str) -> None:
        """Raises ImportedModelError where a later call is given other states than the one before it
        returned."""
        for number, (one, two) in enumerate(pairwise(self.calls[path]), start=2):
            given = two.given or [torch.zeros_like(state) for state in one.after]
            if _all_close(given, one.after):
                continue
            how = "other states than those that it returned at"
            if len(given) == 2 and _all_close(given[::-1], one.after):
                how = "h and c in the other order than it returned them at"
            raise ImportedModelError(
                f"{path}: forward gives it, at call {number}, {how} call {number - 1}",
                repair=f"hand its states on as they are, or {PROVIDE_STATES}",
            )

    def joined(self, path: str, name: str, batch: int, steps: int) -> Tensor:
        """The ``inputs`` or ``outputs`` of all calls of a module, float[batch, steps, values].

        Raises ImportedModelError where they are not so many steps of so many sequences.
        """
        pieces = [getattr(call, name) for call in self.calls[path]]
        batches = {piece.shape[1] for piece in pieces}
        if batches != {batch} or sum(map(len, pieces)) != steps:
            found = ", ".join(str(list(piece.shape)) for piece in pieces[:3])
            raise ImportedModelError(
                f"{path} received [steps, batch, values] = {found} in {len(pieces)} calls, "
                f"expected {steps} steps of {batch} sequences (does forward leave words out, or "
                "add some, as padding or a start sign?)",
                repair=f"{INPUT_OPTIONS}; if it takes the id 0 for padding, give the words that it "
                "was trained with (--vocabulary FILE)",
            )
        return torch.cat(pieces).transpose(0, 1).contiguous()


def _first_argument(path: str, module: TorchRecurrent, args: Any, kwargs: Any) -> Any:
    if args or "input" in kwargs:
        return args[0] if args else kwargs["input"]
    raise ImportedModelError(
        f"{path}, a {type(module).__name__}, is called with {', '.join(kwargs) or 'nothing'}, "
        "expected its input first",
        repair=PROVIDE_STATES,
    )


def _require_usual(path: str, module: TorchRecurrent, output: Any) -> None:
    """Raises ImportedModelError where it does not return what PyTorch's own module would."""
    require_known(path, module)
    is_pair = isinstance(output, tuple) and len(output) == 2
    stacked = isinstance(module, nn.RNNBase)
    if is_pair if stacked or isinstance(module, nn.LSTMCell) else isinstance(output, Tensor):
        return
    expected = "its output and its last state" if stacked else "its state"
    raise ImportedModelError(
        f"{path}, a {type(module).__name__}, returned a {type(output).__name__}, expected "
        f"{expected}, as PyTorch's own module returns",
        repair=f"return (output, state) from it, or {PROVIDE_STATES}",
    )


def _time_first(module: TorchRecurrent, value: Tensor | PackedSequence) -> Tensor:
    """float[steps, batch, values] of an input or output in the module's layout."""
    if isinstance(value, PackedSequence):
        return pad_packed_sequence(value)[0]
    if isinstance(module, nn.RNNCellBase):
        return value.reshape(1, -1, value.shape[-1])
    if value.dim() == 2:
        return value.unsqueeze(1)
    return value.transpose(0, 1) if module.batch_first else value


def _all_close(some: Sequence[Tensor], others: Sequence[Tensor]) -> bool:
    return len(some) == len(others) and all(
        one.shape == two.shape and torch.allclose(one, two, atol=1e-6)
        for one, two in zip(some, others, strict=True)
    )


def _by_layer(module: TorchRecurrent, states: Any) -> Sequence[Tensor]:
    """The states that a module takes or returns, h or (h, c), layer by layer."""
    kinds = tuple(states) if isinstance(states, tuple | list) else (states,)
    if isinstance(module, nn.RNNCellBase):
        return [state.reshape(-1, state.shape[-1]) for state in kinds]
    layers = (state.reshape(len(state), -1, state.shape[-1]).unbind() for state in kinds)
    return [state for of_layer in zip(*layers, strict=True) for state in of_layer]


def _as_argument(module: TorchRecurrent, inputs: Any, layers: LayerwiseStates) -> Any:
    """States as the module takes them: h, or (h, c)."""
    stacked = [torch.stack([states[kind] for states in layers]) for kind in layers[0]]
    single = isinstance(inputs, Tensor) and inputs.dim() == 2
    if isinstance(module, nn.RNNCellBase):
        stacked = [states.squeeze(0) for states in stacked]
    elif single:
        stacked = [states.squeeze(1) for states in stacked]
    return tuple(stacked) if len(stacked) == 2 else stacked[0]
