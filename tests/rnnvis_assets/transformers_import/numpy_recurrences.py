"""The recurrences of the families as their papers have them, in loops over float64 numbers."""

from typing import Any

import numpy as np

Numbers = np.ndarray[Any, np.dtype[np.float64]]


def numpy_states(shape: Any, factors: Any) -> Numbers:
    """S after every step, float64[steps, heads, keys, values], of the first sequence."""
    given = {name: factor[0].double().numpy() for name, factor in factors.tensors.items()}
    memory = np.zeros((shape.heads, shape.key_size, shape.value_size))
    found = []
    for step in range(len(given["key"])):
        now = {name: values[step] for name, values in given.items()}
        memory = np.stack([_next(shape, now, head, memory[head]) for head in range(shape.heads)])
        found.append(memory)
    return np.stack(found)


def _next(shape: Any, now: dict[str, Numbers], head: int, memory: Numbers) -> Numbers:
    group = head // (shape.heads // shape.groups)
    rate = 1.0 if shape.decay_rate is None else shape.decay_rate.double().numpy()[head]
    decayed = np.exp(now["decay_step"][head] * rate)[:, None] * memory
    stored = np.outer(now["key"][group], now["value"][head])
    if "erase" not in now:
        return decayed + stored
    erase_key = now["erase_key"][group]
    return decayed - np.outer(now["erase"][head], erase_key @ decayed) + stored


def rg_lru(keep: Numbers, inputs: Numbers) -> Numbers:
    """h after every step, float64[steps, units] (De et al. 2024, Eq. 4)."""
    state, found = np.zeros(keep.shape[1]), []
    for gate, entering in zip(keep, inputs, strict=True):
        state = gate * state + entering
        found.append(state)
    return np.stack(found)
