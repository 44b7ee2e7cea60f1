"""Holding a network that magnifies the last bits of its states against itself, step by step.

Over many steps such a network drifts away from its own outputs, though every single step is right.
So each step starts from the states that the module itself had before it, as far as it shows them.
"""

from collections.abc import Iterable, Sequence
from itertools import pairwise

import torch
from torch import Tensor

from rnnvis_assets.model_import.reading.recurrent_hooks import Call, Taps
from rnnvis_assets.model_import.reading.recurrent_modules import Part, Stepped
from rnnvis_assets.model_import.reading.tolerance import require_equal
from rnnvis_assets.network.cells import RecurrentLayer


def step_closely(part: Part, taps: Taps, inputs: Tensor, before: Sequence[Tensor]) -> Stepped:
    """Steps a part through float[batch, steps, units] ``inputs`` from the states ``before``, close
    to what the module itself did: from call to call, or along the outputs of its one level.

    Raises DisagreementError where it shows neither, or did something to its states between calls.
    """
    calls = taps.calls[part.path]
    if len(calls) > 1:
        return _call_by_call(part, calls)
    batch, steps, _ = inputs.shape
    if len(part.stack) > 1:
        return part.run(inputs, before)
    return _along(part, inputs, taps.joined(part.path, "outputs", batch, steps), before)


def _call_by_call(part: Part, calls: Sequence[Call]) -> Stepped:
    for earlier, later in pairwise(calls):
        states = zip(part.state_names, _given(part, later), earlier.after, strict=True)
        for (name, state), given, left in states:
            require_equal(name, f"{state} at the next call", given, left)
    return _joined(
        part.run(call.inputs.transpose(0, 1).contiguous(), _given(part, call)) for call in calls
    )


def _given(part: Part, call: Call) -> Sequence[Tensor]:
    zeros = [call.inputs.new_zeros(call.inputs.shape[1], size) for size in part.state_sizes]
    return zeros if call.given is None else call.given


def _joined(pieces: Iterable[Stepped]) -> Stepped:
    """Pieces that follow one another as one."""
    found = list(pieces)
    arrays = [
        {name: torch.cat([layer[name] for layer in layers], dim=1) for name in layers[0]}
        for layers in zip(*(piece.arrays for piece in found), strict=True)
    ]
    return Stepped(arrays, torch.cat([piece.output for piece in found], dim=1), found[-1].after)


def _along(part: Part, inputs: Tensor, own: Tensor, before: Sequence[Tensor]) -> Stepped:
    """One level, each step of it from the module's ``own`` h float[batch, steps, units] of before;
    a cell beside it is carried, as a module does not show it."""
    (level,) = part.stack
    outputs = torch.split(own, [layer.size_of("hidden") for layer in level], dim=2)
    states = iter(before)
    runs = []
    for layer, hidden, flipped in zip(level, outputs, ([], [1]), strict=False):
        mine = [next(states) for _ in layer.states]
        run = _layer_along(layer, inputs.flip(flipped), hidden.flip(flipped), mine)
        arrays = {name: values.flip(flipped) for name, values in run.arrays[0].items()}
        runs.append(Stepped([arrays], run.output.flip(flipped), run.after))
    return Stepped(
        [run.arrays[0] for run in runs],
        torch.cat([run.output for run in runs], dim=2),
        [state for run in runs for state in run.after],
    )


def _layer_along(
    layer: RecurrentLayer, inputs: Tensor, own: Tensor, before: Sequence[Tensor]
) -> Stepped:
    """One layer, in the order in which it reads."""
    first = layer.states.index("hidden")
    starts, state = torch.zeros(len(inputs), 1, dtype=torch.bool), list(before)
    pieces = []
    for step in range(inputs.shape[1]):
        if step:
            state[first] = own[:, step - 1]
        out = {name: inputs.new_empty(len(inputs), 1, layer.size_of(name)) for name in layer.arrays}
        state = list(layer.run(inputs[:, step : step + 1].contiguous(), starts, state, out))
        pieces.append(Stepped([out], out["hidden"], state))
    return _joined(pieces)
