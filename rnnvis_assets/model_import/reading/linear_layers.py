"""The linear layers of a module and what enters them: ``nn.Linear``, and ``functional.linear`` with
a parameter that sits elsewhere, such as an embedding's weight."""

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.overrides import TorchFunctionMode

from rnnvis_assets.model_import.reading.network_readers import Read, Reader

_PROBE_STEPS = 5


@dataclass(frozen=True)
class LinearLayer:
    """``weight`` float[outputs, inputs], ``bias`` float[outputs] or None, and all that ``entered``
    while a few tokens were read, float[..., inputs] each."""

    weight: Tensor
    bias: Tensor | None
    entered: list[Tensor] = field(default_factory=list)

    @property
    def rows(self) -> Tensor | None:
        """All that entered, float[rows, inputs]; None where nothing did."""
        if not self.entered:
            return None
        return torch.cat([value.reshape(-1, value.shape[-1]) for value in self.entered])


def watch_linear(
    network: nn.Module, reader: Reader, num_words: int
) -> tuple[dict[str, LinearLayer], Read]:
    """All linear layers by their path, or by that of their parameter, while the reader reads one
    sequence of a few tokens; and what it read."""
    modules = {p: m for p, m in network.named_modules() if isinstance(m, nn.Linear)}
    layers = {path: LinearLayer(m.weight, m.bias) for path, m in modules.items()}
    words = (torch.arange(_PROBE_STEPS) % num_words).unsqueeze(0)
    with ExitStack() as stack:
        for path, module in modules.items():
            entered = layers[path].entered
            handle = module.register_forward_pre_hook(
                lambda _, args, entered=entered: entered.append(args[0])
            )
            stack.callback(handle.remove)
        calls = stack.enter_context(_LinearCalls(_places(network, layers)))
        read = reader.read(words)
    return layers | calls.layers, read


def _places(network: nn.Module, layers: Mapping[str, LinearLayer]) -> dict[int, str]:
    """Where the parameters sit that are no linear layer's own."""
    own = {layer.weight.data_ptr() for layer in layers.values()}
    return {
        parameter.data_ptr(): name.removesuffix(".weight")
        for name, parameter in network.named_parameters()
        if parameter.data_ptr() not in own
    }


class _LinearCalls(TorchFunctionMode):
    """Notes, while the block lasts, every call with one of the parameters at ``places``."""

    def __init__(self, places: Mapping[int, str]) -> None:
        super().__init__()
        self._places = places
        self.layers: dict[str, LinearLayer] = {}

    def __torch_function__(
        self, func: Any, types: Any, args: Sequence[Any] = (), kwargs: Any = None
    ) -> Any:
        given = kwargs or {}
        if func is functional.linear:
            self._note(*args, **given)
        return func(*args, **given)

    def _note(self, input: Tensor, weight: Tensor, bias: Tensor | None = None) -> None:  # noqa: A002
        place = self._places.get(weight.data_ptr())
        if place is not None:
            layer = self.layers.setdefault(place, LinearLayer(weight, bias))
            layer.entered.append(input)
