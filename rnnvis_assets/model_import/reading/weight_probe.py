"""What enters the linear layers and embeddings of a network while it reads a few words."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.overrides import TorchFunctionMode

from rnnvis_assets.model_import.reading.network_readers import (
    NetworkReader,
    probe_words,
)
from rnnvis_assets.model_import.reading.recurrent_modules import LayerArrays


@dataclass(frozen=True)
class WeightCalls:
    """The calls of one function: the input, the weight and, of a linear layer, the bias."""

    calls: list[tuple[Tensor, Tensor, Tensor | None]] = field(default_factory=list)

    def record(self, input: Tensor, weight: Tensor, bias: Any = None, *_: Any, **__: Any) -> None:  # noqa: A002
        """Keeps the arguments of a call."""
        self.calls.append((input, weight, bias))

    def using(self, weight: Tensor) -> list[tuple[Tensor, Tensor, Tensor | None]]:
        """The calls with this weight, or, where it is computed at every call, with an equal one."""
        is_computed = not isinstance(weight, nn.Parameter)
        return [
            call
            for call in self.calls
            if call[1].data_ptr() == weight.data_ptr()
            or (is_computed and torch.equal(call[1], weight))
        ]


@dataclass(frozen=True)
class WeightProbe:
    """One sequence of ``words`` int64[steps], what was ``read`` of it, and the calls of
    ``functional.linear`` and ``functional.embedding`` meanwhile."""

    words: Tensor
    read: Sequence[LayerArrays]
    linear: WeightCalls
    embedding: WeightCalls


def probe_weights(reader: NetworkReader, num_words: int) -> WeightProbe:
    """Reads a few words and records which weights they, and what they become, enter."""
    words, linear, embedding = probe_words(num_words, batch=1), WeightCalls(), WeightCalls()
    with _Recording({functional.linear: linear, functional.embedding: embedding}):
        read = reader.read(words)
    return WeightProbe(words[0], read, linear, embedding)


class _Recording(TorchFunctionMode):
    """Records the calls of some functions while the block lasts."""

    def __init__(self, recorded: dict[Any, WeightCalls]) -> None:
        super().__init__()
        self._recorded = recorded

    def __torch_function__(
        self, func: Any, types: Any, args: Sequence[Any] = (), kwargs: Any = None
    ) -> Any:
        if func in self._recorded:
            self._recorded[func].record(*args, **(kwargs or {}))
        return func(*args, **(kwargs or {}))
