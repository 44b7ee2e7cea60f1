"""Where the state moved as in a given stretch of text: the windows of a recording nearest to it.

States are kept as a byte each, so that a pattern over 64 units is compared with all windows of 10^6
tokens in less than 0.3 s.
"""

from dataclasses import dataclass

import numpy as np

from warehouse.arrays import Float32Array, Float64Array, Int8Array, Int32Array, Int64Array
from warehouse.errors import RecordingError
from warehouse.recordings import Recording

STEPS = 32
"""Steps of a code to a standard deviation: codes reach four of them to either side of the mean."""
LARGEST = 127
MOST_BYTES = 2**30
BLOCK = 8_192
"""Windows compared at a time, which stay in the processor's cache."""


@dataclass(frozen=True, eq=False)
class CodedStates:
    """Every step of one state of one layer: ``codes`` int8[units, tokens], in steps of 1/32 of the
    unit's standard deviation from its mean; ``runs`` int32[tokens] numbers the pieces of text, in
    the order of the tokens, that no window crosses."""

    codes: Int8Array
    runs: Int32Array


@dataclass(frozen=True, eq=False)
class Windows:
    """The nearest first: their first tokens int64[n], and ``distances`` float64[n], the root of the
    mean squared difference to the pattern, in standard deviations."""

    starts: Int64Array
    distances: Float64Array


def coded(values: Float32Array, mean: Float32Array, std: Float32Array) -> Int8Array:
    """States float32[rows, units] as codes int8[rows, units], 0 of a unit that never varies."""
    scale = np.divide(STEPS, std, out=np.zeros_like(std, np.float32), where=std > 0)
    steps = np.rint((values - mean) * scale)
    codes: Int8Array = np.clip(steps, -LARGEST, LARGEST).astype(np.int8)
    return codes


def coded_states(
    recording: Recording,
    sentences: Int32Array,
    *,
    layer: int,
    state: str,
    mean: Float32Array,
    std: Float32Array,
) -> CodedStates:
    """A recorded state as codes, read once from end to end. ``sentences`` int32[tokens] holds the
    sentence of every token; ``mean`` and ``std`` are float32[units].

    Raises RecordingError where the codes would take more than ``MOST_BYTES``, and as
    ``Recording.batches`` does.
    """
    shape = recording.units[layer], recording.num_tokens
    if shape[0] * shape[1] > MOST_BYTES:
        raise RecordingError(
            f"{recording.folder}: patterns of {shape[1]:,} tokens and {shape[0]:,} units take "
            f"{shape[0] * shape[1]:,} bytes, at most {MOST_BYTES:,} are searched"
        )
    codes, sequences, start = np.empty(shape, np.int8), np.empty(shape[1], np.int32), 0
    for batch in recording.batches(layer, ["sequence", state]):
        stop = start + len(batch["sequence"])
        sequences[start:stop] = batch["sequence"]
        codes[:, start:stop] = coded(batch[state], mean, std).T
        start = stop
    return CodedStates(codes, _runs(sentences, sequences))


def _runs(sentences: Int32Array, sequences: Int32Array) -> Int32Array:
    """int32[tokens]: a piece begins where the sentence or the sequence of the recording does."""
    begins = (np.diff(sentences) != 0) | (np.diff(sequences) != 0)
    return np.concatenate([[0], np.cumsum(begins)]).astype(np.int32)


def nearest_windows(
    states: CodedStates,
    pattern: Int8Array,
    units: Int64Array,
    *,
    limit: int,
    own: int | None = None,
) -> Windows:
    """The windows with the smallest distance to ``pattern`` int8[units chosen, length], a row for
    each of ``units``. They lie within one piece of text and do not overlap each other, nor the
    window at ``own``, the pattern's place in the recording if it has one; of equal ones the earlier
    comes first.
    """
    length = pattern.shape[1]
    last = len(states.runs) - length + 1
    if last <= 0:
        return Windows(np.empty(0, np.int64), np.empty(0))
    distances = _squared_distances(states.codes, pattern, units)
    distances[states.runs[:last] != states.runs[length - 1 :]] = np.inf
    if own is not None:
        distances[max(own - length + 1, 0) : own + length] = np.inf
    chosen = _apart(distances, length, limit)
    return Windows(chosen, np.sqrt(distances[chosen] / pattern.size) / STEPS)


def _squared_distances(codes: Int8Array, pattern: Int8Array, units: Int64Array) -> Float64Array:
    """float64[windows]: sums of squared differences of codes, exact integers."""
    length, windows = pattern.shape[1], codes.shape[1] - pattern.shape[1] + 1
    wanted = pattern.astype(np.float32)
    total = np.full(windows, np.square(wanted, dtype=np.float64).sum())
    for start in range(0, windows, BLOCK):
        count = min(BLOCK, windows - start)
        block = codes[units, start : start + count + length - 1].astype(np.float32)
        # |x - p|^2 = |p|^2 + |x|^2 - 2 x.p, by step; sums over 1,000 units are exact in float32.
        steps = np.einsum("ut,ut->t", block, block) - 2 * (wanted.T @ block)
        for i in range(length):
            total[start : start + count] += steps[i, i : i + count]
    return total


def _apart(distances: Float64Array, length: int, limit: int) -> Int64Array:
    """int64[at most limit]: the places of the smallest finite distances, no two within a length."""
    # Each window that is chosen rules out at most 2 length - 2 others.
    enough = min(limit * (2 * length - 1), len(distances)) - 1
    bound = np.partition(distances, enough)[enough]
    candidates = np.flatnonzero((distances <= bound) & np.isfinite(distances))
    chosen: list[int] = []
    for place in candidates[np.argsort(distances[candidates], kind="stable")].tolist():
        if len(chosen) == limit:
            break
        if all(abs(place - other) >= length for other in chosen):
            chosen.append(place)
    return np.array(chosen, np.int64)
