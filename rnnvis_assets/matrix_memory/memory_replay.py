"""Reading a matrix memory at every step, replayed from its factors without the network.

A unit is a value channel v of a head, read by one fixed reader u of the head (its mean query, or a
principal direction of its queries about that):

    cell = u^T S[:, v]        hidden = q_t^T S_t[:, v]

Of several readers, each but the first has the part of hidden that q_t asks along it, a_t cell with
a_t = (q_t - mean)^T u / u^T u, and the first has the rest; so the parts add up to hidden.

cell is linear in S, so its changes split exactly: *written* is (u^T k_t) v_t, and *lost* what decay
and erasing take, u^T ((D_t - 1) S_(t-1)) - (u^T e_t) (r_t^T D_t S_(t-1)).
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from rnnvis_assets.matrix_memory.memory_factors import MemoryFactors, MemoryShape

CHUNK_STEPS = 64
CHUNK_BYTES = 2 * 2**20
"""All states of one chunk of steps: what a processor keeps at hand."""


@dataclass(frozen=True)
class MemoryState:
    """A memory after a step: float[batch, heads, key_size, value_size], and the step's floor
    float[batch, heads] where it is normalised."""

    memory: Tensor
    floor: Tensor | None = None


@dataclass(frozen=True)
class MemoryReadings:
    """``hidden``, ``cell``, ``written`` and ``lost`` float[batch, steps, units] of every step
    (``hidden`` summed over a head's readers is q^T S);
    ``keep`` float[batch, steps, heads], the fraction of the memory that the decay leaves (of an
    mLSTM its forget gate, whatever the scale); and the memory ``after`` the last step."""

    hidden: Tensor
    cell: Tensor
    written: Tensor
    lost: Tensor
    keep: Tensor
    after: MemoryState

    @property
    def columns(self) -> dict[str, Tensor]:
        """float[batch, steps, units] by the names of a recording's columns, but for changes."""
        channels = self.cell.shape[-1] // self.keep.shape[-1]
        return {
            "hidden": self.hidden,
            "cell": self.cell,
            "cell_written": self.written,
            "cell_lost": self.lost,
            "keep_gate": self.keep.repeat_interleave(channels, -1),
        }


class _Raw(NamedTuple):
    """Readings before they are normalised, float[batch, steps, heads, readers, value_size], but
    hidden float[batch, steps, heads, value_size], and keep float[batch, steps, heads]."""

    hidden: Tensor
    cell: Tensor
    written: Tensor
    lost: Tensor
    keep: Tensor


@torch.no_grad()
def replay(
    shape: MemoryShape, factors: MemoryFactors, reader: Tensor, before: MemoryState | None = None
) -> MemoryReadings:
    """All readings of a memory that is in the state ``before`` (None: zero) before the first step.

    ``reader`` float[heads, readers * key_size], the readers of each head one after another, or
    those of one head for all; orthogonal but for the first. Units are the channels of the first
    head's first reader, of its second, and so on. Computed in the precision of the factors; float64
    ones give exact figures.
    """
    readers = reader.to(factors.value).reshape(len(reader), -1, shape.key_size)
    state = before or empty_memory(shape, factors)
    whole = _attended if is_attended(shape, factors) else _stepped
    parts: list[MemoryReadings] = []
    for chunk in _chunks(shape, factors):
        raw, memory = whole(shape, chunk, readers, state.memory)
        after = MemoryState(memory, None if chunk.floor is None else chunk.floor[:, -1])
        parts.append(_normalised(shape, chunk, raw, readers, state, after))
        state = after
    names = ("hidden", "cell", "written", "lost", "keep")
    joined = {name: torch.cat([getattr(part, name) for part in parts], 1) for name in names}
    return MemoryReadings(**joined, after=state)


@torch.no_grad()
def states(shape: MemoryShape, factors: MemoryFactors, before: MemoryState | None = None) -> Tensor:
    """S before the first step and after each, float[steps + 1, batch, heads, key_size,
    value_size]: for a few short sequences or a few units, since nothing is larger."""
    state = before or empty_memory(shape, factors)
    decay = shape.log_decay(factors.decay_step.transpose(0, 1)).exp()
    return _steps(shape, factors, decay, state.memory)


def empty_memory(shape: MemoryShape, factors: MemoryFactors) -> MemoryState:
    """The memory before a sequence, where an mLSTM's scale m is 0."""
    batch = len(factors.value)
    zeros = factors.value.new_zeros
    floor = None if factors.floor is None else factors.value.new_ones(batch, shape.heads)
    return MemoryState(zeros(batch, shape.heads, shape.key_size, shape.value_size), floor)


def is_attended(shape: MemoryShape, factors: MemoryFactors) -> bool:
    """Whether readings follow from keys and queries without any state in between: with one decay a
    head and no erasing, if a head is a matrix and not a vector."""
    rates = 1 if shape.decay_rate is None else shape.decay_rate.shape[-1]
    decays = max(rates, factors.decay_step.shape[-1])
    return decays == 1 and factors.erase is None and shape.value_size > 1


def _chunks(shape: MemoryShape, factors: MemoryFactors) -> Iterator[MemoryFactors]:
    steps = CHUNK_STEPS
    if not is_attended(shape, factors):
        state = factors.value[:, 0].numel() * shape.key_size * factors.value.element_size()
        steps = max(1, min(steps, CHUNK_BYTES // max(state, 1)))
    for start in range(0, factors.steps, steps):
        yield factors.between(start, start + steps)


def _by_reader(read: Callable[[Tensor], tuple[Tensor, ...]], readers: Tensor) -> Iterator[Tensor]:
    """What ``read`` finds with each of the readers float[heads, readers, key_size], an axis before
    the last."""
    return (torch.stack(each, -2) for each in zip(*map(read, readers.unbind(1)), strict=True))


def _attended(
    shape: MemoryShape, factors: MemoryFactors, readers: Tensor, memory: Tensor
) -> tuple[_Raw, Tensor]:
    """By attention within the chunk (the quadratic form of Dao and Gu 2024, section 3)."""
    key, query, value = (
        each.transpose(1, 2) for each in (factors.key, factors.query, factors.value)
    )
    log_decay = shape.log_decay(factors.decay_step).transpose(1, 2)
    # Differences of sums, of which float32 would leave few digits.
    total = log_decay.double().cumsum(2)
    steps = total.shape[2]
    later = torch.ones(steps, steps, dtype=torch.bool).triu(1)
    decays = (total - total.transpose(2, 3)).to(value).masked_fill_(later, -torch.inf).exp_()
    since_start = total.to(value).exp()
    shared = shape.heads // shape.groups
    asked = (query @ key.transpose(2, 3)).repeat_interleave(shared, 1)
    own_key = key.repeat_interleave(shared, 1)
    hidden = (asked * decays) @ value
    hidden += since_start * (query.repeat_interleave(shared, 1) @ memory)
    until_end = (total[:, :, -1:] - total).to(value).exp()
    after = since_start[:, :, -1:] * memory + (own_key * until_end).transpose(2, 3) @ value
    growth = log_decay.expm1()

    def read_by(reader: Tensor) -> tuple[Tensor, ...]:
        read, first = own_key @ reader[:, :, None], reader[:, None] @ memory
        cell = (read.transpose(2, 3) * decays) @ value + since_start * first
        return cell, read * value, growth * torch.cat([first, cell[:, :, :-1]], 2)

    arrays = (hidden, *_by_reader(read_by, readers), log_decay[..., 0].exp())
    return _Raw(*(each.transpose(1, 2) for each in arrays)), after


def _stepped(
    shape: MemoryShape, factors: MemoryFactors, readers: Tensor, memory: Tensor
) -> tuple[_Raw, Tensor]:
    """By stepping through every state."""
    growth = shape.log_decay(factors.decay_step.transpose(0, 1)).expm1()
    found = _steps(shape, factors, growth + 1, memory)
    before, after = found[:-1], found[1:]
    timed = factors.map(lambda factor: factor.transpose(0, 1))
    taken = growth.unsqueeze(-1) * before
    erase = erased = None
    if timed.erase is not None and timed.erase_key is not None:
        erase = shape.per_head(timed.erase)
        erased = _read(shape.per_head(timed.erase_key), before + taken)

    def read_by(reader: Tensor) -> tuple[Tensor, ...]:
        lost = _read(reader, taken)
        if erase is not None and erased is not None:
            lost -= (reader * erase).sum(-1, keepdim=True) * erased
        read = (shape.per_head(timed.key) * reader).sum(-1, keepdim=True)
        return _read(reader, after), read * timed.value, lost

    hidden = _read(_query(shape, timed), after)
    raw = (hidden, *_by_reader(read_by, readers), _keep(growth, taken, before))
    return _Raw(*(each.transpose(0, 1) for each in raw)), found[-1].clone()


def _query(shape: MemoryShape, factors: MemoryFactors) -> Tensor:
    return factors.query if shape.groups == 1 else shape.per_head(factors.query)


def _read(weights: Tensor, memory: Tensor) -> Tensor:
    """float[…, heads, value_size]: sums of the rows of S by float[…, heads or 1, key_size]."""
    if memory.shape[-1] == 1:  # many products of two vectors are slow one by one
        if weights.shape[-2] == 1:
            return memory[..., 0] @ weights.mT
        return (weights * memory[..., 0]).sum(-1, keepdim=True)
    return (weights.unsqueeze(-2) @ memory).squeeze(-2)


def _steps(shape: MemoryShape, factors: MemoryFactors, decay: Tensor, memory: Tensor) -> Tensor:
    """float[steps + 1, batch, heads, key_size, value_size], for a decay float[steps, batch, heads,
    1 or key_size]."""
    timed = factors.map(lambda factor: factor.transpose(0, 1))
    found = memory.new_empty(factors.steps + 1, *memory.shape)
    found[0] = memory
    key, value = shape.per_head(timed.key).unsqueeze(-1), timed.value.unsqueeze(-2)
    torch.mul(key, value, out=found[1:])
    decay = decay.unsqueeze(-1)
    if timed.erase is None or timed.erase_key is None:
        for step in range(factors.steps):
            found[step + 1].addcmul_(decay[step], found[step])
        return found
    erase, erase_key = shape.per_head(timed.erase), shape.per_head(timed.erase_key)
    for step in range(factors.steps):
        kept = decay[step] * found[step]
        erased = _read(erase_key[step], kept)
        found[step + 1] += kept.sub_(erase[step].unsqueeze(-1) * erased.unsqueeze(-2))
    return found


def _keep(growth: Tensor, taken: Tensor, before: Tensor) -> Tensor:
    """The decay of each head: of several key channels, their mean by energy."""
    if growth.shape[-1] == 1:
        return growth[..., 0] + 1
    norm: Tensor = torch.linalg.vector_norm(before, dim=(-2, -1))
    weighted: Tensor = (taken * before).sum((-2, -1)) / norm / norm
    if not norm.all():
        weighted = torch.where(norm > 0, weighted, growth.mean(-1))
    return weighted + 1


def _normalised(
    shape: MemoryShape,
    factors: MemoryFactors,
    raw: _Raw,
    readers: Tensor,
    before: MemoryState,
    after: MemoryState,
) -> MemoryReadings:
    total, cell, written, lost, keep = raw
    hidden = _divided(shape, factors, raw, readers)
    if shape.normalized and factors.floor is not None and before.floor is not None:
        (first,) = _by_reader(lambda reader: (_read(reader, before.memory),), readers)
        earlier = torch.cat([first.unsqueeze(1), cell[:, :-1]], 1)
        floors = torch.cat([before.floor.unsqueeze(1), factors.floor], 1)
        scale = _norm(cell, floors[:, 1:])
        kept = (earlier + lost) / scale
        hidden = hidden / _norm(total.unsqueeze(-2), floors[:, 1:])
        cell, written = cell / scale, written / scale
        lost = kept - earlier / _norm(earlier, floors[:, :-1])
        # The decay holds how the scale moved, exp(m_(t-1) - m_t), next to the gate.
        keep = keep * floors[:, :-1] / floors[:, 1:]
    hidden, cell, written, lost = (
        each[..., : shape.channels].flatten(2) for each in (hidden, cell, written, lost)
    )
    return MemoryReadings(hidden, cell, written, lost, keep, after)


def _divided(shape: MemoryShape, factors: MemoryFactors, raw: _Raw, readers: Tensor) -> Tensor:
    """hidden as each reader's part of it, float[batch, steps, heads, readers, value_size]."""
    if readers.shape[1] == 1:
        return raw.hidden.unsqueeze(-2)
    mean, further = readers[:, :1], readers[:, 1:]
    square = further.square().sum(-1, keepdim=True)
    weights = torch.where(square > 0, further / square, 0)
    asked = torch.einsum("bshk,hrk->bshr", _query(shape, factors), weights)
    parts = (asked - (weights * mean).sum(-1)).unsqueeze(-1) * raw.cell[..., 1:, :]
    return torch.cat([(raw.hidden - parts.sum(-2)).unsqueeze(-2), parts], -2)


def _norm(readings: Tensor, floor: Tensor) -> Tensor:
    """What an mLSTM divides by, of readings float[…, heads, readers, value_size]: the same for all
    readers of a head, since a direction about the mean may read nothing of the normaliser."""
    smallest = torch.finfo(readings.dtype).tiny
    return readings[..., :1, -1:].abs().maximum(floor[..., None, None]).clamp_min(smallest)
