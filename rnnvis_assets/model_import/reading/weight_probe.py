"""What enters the embeddings and linear layers of a network while it reads a few words, and which
embedding words enter."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.overrides import TorchFunctionMode

from rnnvis_assets.model_import.reading.network_readers import NetworkReader
from warehouse.errors import ImportedModelError, near_miss

GIVE_ITS_WORDS = (
    "give the words that the network was trained with, in the order of their ids "
    "(--vocabulary FILE)"
)


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
    """One sequence of ``words`` int64[steps], and the calls of ``functional.linear`` and
    ``functional.embedding`` while it was read."""

    words: Tensor
    linear: WeightCalls
    embedding: WeightCalls


@torch.inference_mode()
def probe_weights(reader: NetworkReader, words: Tensor) -> WeightProbe:
    """Reads one sequence of int64[steps] words and records which weights they, and what they
    become, enter."""
    linear, embedding = WeightCalls(), WeightCalls()
    with _Recording({functional.linear: linear, functional.embedding: embedding}):
        reader.read(words.unsqueeze(0))
        if not reader.runs_forward:
            with suppress(ImportedModelError):  # without a forward, its calls are not known
                reader.run(words.unsqueeze(0))
    return WeightProbe(words, linear, embedding)


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


def word_embedding(
    network: object, probe: WeightProbe, path: str | None, num_words: int
) -> nn.Embedding | None:
    """The embedding that words enter; None where they enter none, or several.

    Raises ImportedModelError where one that words enter has more or fewer rows than there are
    words.
    """
    found = _embeddings(network, path)
    chosen = {p: m for p, m in found.items() if path or _receives_words(m, probe)}
    for place, embedding in chosen.items():
        if embedding.num_embeddings != num_words:
            raise _other_rows(place, embedding, num_words)
    return next(iter(chosen.values())) if len(chosen) == 1 else None


def require_rows(network: object, path: str | None, words: Tensor, num_words: int) -> None:
    """Raises ImportedModelError where the only embedding lacks a row for one of the words."""
    found = _embeddings(network, path)
    for place, embedding in found.items():
        if len(found) == 1 and embedding.num_embeddings <= int(words.max()):
            raise _other_rows(place, embedding, num_words)


def _embeddings(network: object, path: str | None) -> dict[str, nn.Embedding]:
    modules = dict(network.named_modules()) if isinstance(network, nn.Module) else {}
    found = {p: m for p, m in modules.items() if isinstance(m, nn.Embedding)}
    if path is not None and path not in found:
        raise ImportedModelError(
            f"embedding: found {path!r}, expected one of {', '.join(found) or 'none'}"
            f"{near_miss(path, found)}",
            repair="name one of them, or leave embedding out",
        )
    return {p: m for p, m in found.items() if path in (None, p)}


def _other_rows(place: str, embedding: nn.Embedding, num_words: int) -> ImportedModelError:
    unused = "with one more for each row that no word uses (<unused 1>, …), "
    return ImportedModelError(
        f"the vocabulary has {num_words:,} words, the embedding {place!r} "
        f"{embedding.num_embeddings:,} rows",
        repair=f"{GIVE_ITS_WORDS}, {unused if embedding.num_embeddings > num_words else ''}"
        "or name the right embedding (--setting embedding=PATH)",
    )


def _receives_words(embedding: nn.Embedding, probe: WeightProbe) -> bool:
    """Whether it receives the ids of words, and not, say, of their letter case."""
    ids = [entered.reshape(-1) for entered, *_ in probe.embedding.using(embedding.weight)]
    return bool(ids) and torch.equal(torch.cat(ids)[: len(probe.words)], probe.words)
