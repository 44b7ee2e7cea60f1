"""Random matrix memories of every kind, and their equations in plain NumPy loops."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from rnnvis_assets.matrix_memory.memory_factors import MemoryFactors, MemoryShape

Array = npt.NDArray[np.float64]
Memory = tuple[MemoryShape, MemoryFactors]


class ExpectedReadings(NamedTuple):
    """float64[batch, steps, heads, channels] (keep: without channels), and every S."""

    hidden: Array
    cell: Array
    written: Array
    lost: Array
    keep: Array
    states: Array


def _normal(generator: np.random.Generator, *size: int) -> Tensor:
    return torch.from_numpy(generator.normal(size=size))


def scalar_decay(generator: np.random.Generator, batch: int = 2, steps: int = 9) -> Memory:
    """Mamba-2: one decay a head, keys and queries shared by heads."""
    rate = -torch.from_numpy(generator.uniform(0.5, 8, (4, 1)))
    step = torch.from_numpy(generator.uniform(0.001, 1, (batch, steps, 4, 1)))
    factors = MemoryFactors(
        key=_normal(generator, batch, steps, 2, 5),
        value=_normal(generator, batch, steps, 4, 3),
        query=_normal(generator, batch, steps, 2, 5),
        decay_step=step,
    )
    return MemoryShape(4, 5, 3, 2, rate), factors


def channel_decay(generator: np.random.Generator, batch: int = 2, steps: int = 9) -> Memory:
    """Mamba: a head a channel, a decay for each of its state's numbers."""
    rate = -torch.from_numpy(generator.uniform(0.5, 8, (6, 4)))
    step = torch.from_numpy(generator.uniform(0.001, 1, (batch, steps, 6, 1)))
    factors = MemoryFactors(
        key=_normal(generator, batch, steps, 1, 4),
        value=_normal(generator, batch, steps, 6, 1),
        query=_normal(generator, batch, steps, 1, 4),
        decay_step=step,
    )
    return MemoryShape(6, 4, 1, 1, rate), factors


def delta_rule(generator: np.random.Generator, batch: int = 2, steps: int = 9) -> Memory:
    """Gated delta net: what is stored along the key is erased before a value is written there."""
    key = torch.nn.functional.normalize(_normal(generator, batch, steps, 2, 5), dim=-1)
    beta = torch.from_numpy(generator.uniform(0, 1, (batch, steps, 4, 1)))
    factors = MemoryFactors(
        key=key,
        value=beta * _normal(generator, batch, steps, 4, 3),
        query=_normal(generator, batch, steps, 2, 5),
        decay_step=-torch.from_numpy(generator.uniform(0, 1, (batch, steps, 4, 1))),
        erase=beta * key.repeat_interleave(2, dim=2),
        erase_key=key,
    )
    return MemoryShape(4, 5, 3, 2), factors


def channel_erase(generator: np.random.Generator, batch: int = 2, steps: int = 9) -> Memory:
    """RWKV-7: a decay a key channel, and erasing along another direction than the key."""
    decay = torch.from_numpy(generator.uniform(0.545, 1, (batch, steps, 3, 4)))
    removed = torch.nn.functional.normalize(_normal(generator, batch, steps, 3, 4), dim=-1)
    rate = torch.from_numpy(generator.uniform(0, 1, (batch, steps, 3, 4)))
    factors = MemoryFactors(
        key=_normal(generator, batch, steps, 3, 4),
        value=_normal(generator, batch, steps, 3, 5),
        query=_normal(generator, batch, steps, 3, 4),
        decay_step=decay.log(),
        erase=removed * rate,
        erase_key=removed / decay,
    )
    return MemoryShape(3, 4, 5, 3), factors


def normalised(generator: np.random.Generator, batch: int = 2, steps: int = 9) -> Memory:
    """mLSTM: exponential gates on a moving log scale, and a normaliser."""
    forget = np.log(generator.uniform(0.3, 0.999, (batch, steps, 2)))
    enter = generator.normal(size=(batch, steps, 2))
    scale, before = np.empty_like(enter), np.full((batch, 2), -np.inf)
    decay = np.empty_like(enter)
    for step in range(steps):
        scale[:, step] = np.maximum(forget[:, step] + before, enter[:, step])
        decay[:, step] = forget[:, step] + np.where(np.isinf(before), 0, before) - scale[:, step]
        before = scale[:, step]
    key = _normal(generator, batch, steps, 2, 4)
    value = _normal(generator, batch, steps, 2, 3)
    factors = MemoryFactors(
        key=torch.from_numpy(np.exp(enter - scale))[..., None] * key,
        value=torch.cat([value, torch.ones_like(value[..., :1])], -1),
        query=_normal(generator, batch, steps, 2, 4),
        decay_step=torch.from_numpy(decay)[..., None],
        floor=torch.from_numpy(np.exp(-scale)),
    )
    return MemoryShape(2, 4, 4, 2, normalized=True), factors


KINDS: Mapping[str, Callable[..., Memory]] = MappingProxyType(
    {
        kind.__name__: kind
        for kind in (scalar_decay, channel_decay, delta_rule, channel_erase, normalised)
    }
)


def random_reader(shape: MemoryShape, generator: np.random.Generator) -> Tensor:
    """float64[heads, key_size]."""
    return _normal(generator, shape.heads, shape.key_size)


def expected_readings(
    shape: MemoryShape, factors: MemoryFactors, reader: Tensor
) -> ExpectedReadings:
    """Every head of every sequence by itself, from the equations."""
    arrays = {name: each.double().numpy() for name, each in factors.tensors.items()}
    batch, steps = arrays["value"].shape[:2]
    size = (batch, steps, shape.heads)
    hidden, cell, written, lost = (np.zeros((*size, shape.channels)) for _ in range(4))
    memories = np.zeros((*size, shape.key_size, shape.value_size))
    found = ExpectedReadings(hidden, cell, written, lost, np.zeros(size), memories)
    for sequence in range(batch):
        for head in range(shape.heads):
            own = {name: _of_head(each[sequence], head, shape) for name, each in arrays.items()}
            _read_head(shape, own, head, reader[head].numpy(), sequence, found)
    return found


def _of_head(factor: Array, head: int, shape: MemoryShape) -> Array:
    own: Array = factor[:, head // (shape.heads // factor.shape[1])]
    return own


def _read_head(
    shape: MemoryShape,
    own: Mapping[str, Array],
    head: int,
    reader: Array,
    sequence: int,
    found: ExpectedReadings,
) -> None:
    memory, last = np.zeros((shape.key_size, shape.value_size)), np.zeros(shape.channels)
    rate = 1.0 if shape.decay_rate is None else shape.decay_rate[head].double().numpy()
    for step in range(len(own["value"])):
        decay = np.broadcast_to(np.exp(own["decay_step"][step] * rate), shape.key_size)
        kept = np.diag(decay) @ memory
        if "erase" in own:
            kept = kept - np.outer(own["erase"][step], own["erase_key"][step] @ kept)
        written = np.outer(own["key"][step], own["value"][step])
        energy = (memory**2).sum(axis=1)
        place = (sequence, step, head)
        found.keep[place] = (
            decay.mean() if not energy.any() else (decay * energy).sum() / energy.sum()
        )
        memory = kept + written
        floor = own["floor"][step] if "floor" in own else None
        if floor is not None:  # the forget gate: without how the scale moved, from m = 0
            found.keep[place] *= (own["floor"][step - 1] if step else 1.0) / floor
        found.hidden[place] = _divided(
            own["query"][step] @ memory, own["query"][step], memory, floor
        )
        found.cell[place] = _divided(reader @ memory, reader, memory, floor)
        found.written[place] = _divided(reader @ written, reader, memory, floor)
        found.lost[place] = _divided(reader @ kept, reader, memory, floor) - last
        found.states[place] = memory
        last = found.cell[place]


def _divided(reading: Array, reader: Array, memory: Array, floor: float | None) -> Array:
    if floor is None:
        return reading
    return reading[:-1] / max(abs(float(reader @ memory[:, -1])), floor)
