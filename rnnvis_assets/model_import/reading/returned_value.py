"""What a network's own ``forward`` returns, found and read as its predictions."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from functools import partial
from typing import Any, Literal

import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode

from rnnvis_assets.model_import.reading.network_readers import NetworkReader
from warehouse.errors import ImportedModelError

Arrangement = Literal["batch_first", "time_first", "outputs_first", "text"]
Scale = Literal["logits", "probabilities", "sigmoid"]
_same = partial(torch.allclose, rtol=1e-4, atol=1e-6)
"""Between a batch and its rows one by one."""


@dataclass(frozen=True)
class ReturnedValue:
    """How predictions are read from what ``forward`` returns: the ``place`` of their tensor among
    its tensors, how that is arranged, its number of ``columns`` (1: of the second of two classes),
    and their scale; ``doubt`` says why that is not sure."""

    place: int
    arrangement: Arrangement
    columns: int
    scale: Scale
    doubt: str = ""

    @property
    def per_word(self) -> bool:
        """Whether there is a prediction after every word, or one for the whole text."""
        return self.arrangement != "text"

    def logits(self, returned: object, batch: int, steps: int) -> Tensor:
        """float[batch, steps, outputs] or, for a whole text, float[batch, outputs]: equal to the
        network's own logits up to a constant. Raises ImportedModelError where they are missing."""
        tensors = list(tensors_of(returned))
        value = tensors[self.place] if self.place < len(tensors) else torch.empty(0)
        arranged = dict(_arrangements(value, batch, steps, self.columns))
        if self.arrangement not in arranged:
            raise ImportedModelError(
                f"given tokens [batch, steps] = {[batch, steps]}, forward returned "
                f"{describe_returned(returned)}, other than for its first words",
                repair="return the same kind of value for any number of words",
            )
        return _as_logits(arranged[self.arrangement], self.scale)


def tensors_of(returned: object) -> Iterator[Tensor]:
    """The tensors of real numbers in what ``forward`` returned, in order."""
    yield from (tensor for tensor in _all_tensors(returned) if tensor.is_floating_point())


def _all_tensors(returned: object) -> Iterator[Tensor]:
    parts: Iterable[object] = ()
    if isinstance(returned, Tensor):
        yield returned
    elif isinstance(returned, Mapping):
        parts = returned.values()
    elif isinstance(returned, tuple | list):
        parts = returned
    elif is_dataclass(returned):
        parts = [getattr(returned, each.name) for each in fields(returned)]
    elif hasattr(returned, "__dict__"):
        parts = vars(returned).values()
    for part in parts:
        yield from _all_tensors(part)


def describe_returned(returned: object) -> str:
    """The type of a value and the shapes of its tensors, and what they hold if no real numbers."""
    shapes = ", ".join(
        str(list(tensor.shape)) + ("" if tensor.is_floating_point() else f" {tensor.dtype}")
        for tensor in _all_tensors(returned)
    )
    return f"a {type(returned).__name__}" + (f" of {shapes}" if shapes else "")


def _arrangements(
    value: Tensor, batch: int, steps: int, columns: int
) -> Iterator[tuple[Arrangement, Tensor]]:
    """The ways to read a value, float[batch, steps, columns] or, of a text, [batch, columns]."""
    columns_last = columns == 1 or value.shape[-1:] == (columns,)
    if value.numel() == batch * steps * columns:
        if columns_last:
            yield "batch_first", value.reshape(batch, steps, columns)
            yield "time_first", value.reshape(steps, batch, columns).transpose(0, 1)
        if value.shape[-2:] == (columns, steps):
            yield "outputs_first", value.reshape(batch, columns, steps).transpose(1, 2)
    if value.numel() == batch * columns and columns_last:
        yield "text", value.reshape(batch, columns)


def _as_logits(rows: Tensor, scale: Scale) -> Tensor:
    rows = rows.float()
    if scale == "sigmoid":
        rows = rows.logit(eps=1e-7)
    elif scale == "probabilities":
        rows = rows.clamp(min=1e-38).log()
    if rows.shape[-1] > 1:
        return rows
    return torch.cat([torch.zeros_like(rows), rows], dim=-1)  # the first class has the logit 0


class _Probabilities(TorchFunctionMode):
    """Keeps the results of sigmoid and softmax while the block lasts."""

    def __init__(self) -> None:
        super().__init__()
        self.results: dict[str, list[Tensor]] = {"sigmoid": [], "softmax": []}

    def __torch_function__(
        self, func: Any, types: Any, args: Sequence[Any] = (), kwargs: Any = None
    ) -> Any:
        result = func(*args, **(kwargs or {}))
        kind = _FUNCTIONS.get(getattr(func, "__name__", ""))
        if kind is not None:
            self.results[kind].append(result.detach().reshape(-1).clone())
        return result

    def gave(self, value: Tensor, *kinds: str) -> bool:
        """Whether all of these numbers are among their results."""
        results = [result for kind in kinds for result in self.results[kind]]
        return bool(results) and bool(torch.isin(value, torch.cat(results)).all())


_FUNCTIONS = {
    "sigmoid": "sigmoid", "sigmoid_": "sigmoid", "special_expit": "sigmoid", "softmax": "softmax",
}  # fmt: skip


@torch.inference_mode()
def find_returned(
    reader: NetworkReader, words: Tensor, outputs: int
) -> tuple[list[ReturnedValue], str]:
    """Every reading of what ``forward`` returns for int64[batch, steps] words as so many
    ``outputs`` (or a single one where there are two), also one word less, that gives each sequence
    the same predictions when it is read together with others as when it is read by itself. Where
    there is none, also what was returned instead.
    """
    words, _ = reader.fill(words[: reader.largest_batch])
    with _Probabilities() as probabilities:
        returned = reader.run(words)[0]
    copies = [reader.fill(row.unsqueeze(0))[0] for row in words]
    rows = [list(tensors_of(reader.run(copy)[0])) for copy in copies]
    shorter = list(tensors_of(reader.run(words[:, :-1])[0]))
    fitting = [
        (
            ReturnedValue(place, arrangement, columns, *_scale_of(value, columns, probabilities)),
            value,
        )
        for place, tensor in enumerate(tensors_of(returned))
        for columns in dict.fromkeys((outputs, 1 if outputs == 2 else outputs))
        for arrangement, value in _arrangements(tensor, len(words), words.shape[1], columns)
        if _fits(shorter, place, arrangement, (len(words), words.shape[1] - 1, columns))
    ]
    found = [
        value
        for value, together in fitting
        if all(value.place < len(row) for row in rows)
        and _same_by_row(together, [row[value.place] for row in rows], value, copies[0].shape)
    ]
    if found:
        return found, ""
    shown = f"{describe_returned(returned)} for tokens [batch, steps] = {list(words.shape)}"
    if fitting:
        return [], f"{_why_unequal(returned, reader.run(words)[0])}: forward returned {shown}"
    return [], (
        f"forward returned {shown}, expected {outputs} logits after each word, or for each text; "
        "if a linear layer follows outside of forward, name it (--setting output.layer=PATH), or "
        "return the logits from a function (--setting input.call=FILE:FUNCTION)"
    )


def _fits(
    tensors: Sequence[Tensor], place: int, arrangement: Arrangement, sizes: tuple[int, int, int]
) -> bool:
    """Whether the tensor at a place can be read like that, for these batch, steps and columns."""
    return place < len(tensors) and arrangement in dict(_arrangements(tensors[place], *sizes))


def _why_unequal(returned: object, again: object) -> str:
    """Why rows that are read one by one have other predictions than together."""
    pairs = zip(tensors_of(returned), tensors_of(again), strict=False)
    if all(one.shape == two.shape and torch.equal(one, two) for one, two in pairs):
        return "what forward returns for a sequence depends on those that it is read with"
    return (
        "what forward returns for the same words differs from call to call (dropout or noise that "
        "eval() does not stop)"
    )


def _same_by_row(
    together: Tensor,
    rows: Sequence[Tensor],
    value: ReturnedValue,
    shape: Sequence[int],
) -> bool:
    """Whether the rows read one by one, in batches of this shape, give the same."""
    single = [dict(_arrangements(row, shape[0], shape[1], value.columns)) for row in rows]
    if not all(value.arrangement in found for found in single):
        return False
    return _same(together, torch.cat([found[value.arrangement][:1] for found in single]))


def _scale_of(value: Tensor, columns: int, probabilities: _Probabilities) -> tuple[Scale, str]:
    """The scale of a value, and why that is in doubt."""
    if columns == 1:
        if probabilities.gave(value, "sigmoid", "softmax"):
            return "sigmoid", ""
        unclear = value.min() >= 0 and value.max() <= 1
        return "logits", _UNCLEAR if unclear else ""
    if probabilities.gave(value, "sigmoid"):
        return "sigmoid", ""
    sums = value.sum(-1)
    if value.min() >= 0 and torch.allclose(sums, torch.ones_like(sums), atol=1e-4):
        return "probabilities", ""
    return "logits", ""


_UNCLEAR = (
    "forward returns a number from 0 to 1, which may be a logit or a probability; return logits, "
    "or what torch.sigmoid gives"
)
