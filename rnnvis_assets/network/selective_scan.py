"""The recurrence of Mamba with gradients, on the CPU (Gu and Dao 2023, Algorithm 2).

For each channel, S_t = exp(d_t A) S_(t-1) + u_t B_t and y_t = C_t . S_t, S float[state size]. The
states of one step of all streams fit the cache, so that all that belongs to a step is computed
before the next one; the way back reads the states and decays that were kept.
"""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor


class _SelectiveScan(torch.autograd.Function):
    """``selective_scan`` as autograd sees it."""

    @staticmethod
    def forward(ctx: Any, *inputs: Tensor) -> tuple[Tensor, Tensor]:
        steps, value, rate, key, query, state = inputs
        read, learns = torch.empty_like(value), any(ctx.needs_input_grad)
        decays, states = [], [state]
        for number, (step, new, k, q) in enumerate(_by_step(steps, value, key, query)):
            decay = torch.mul(step[:, :, None], rate).exp_()
            state = torch.mul(new[:, :, None], k[:, None]).addcmul_(decay, state)
            torch.matmul(state, q[:, :, None], out=read[number, :, :, None])
            if learns:
                decays.append(decay)
                states.append(state)
        ctx.save_for_backward(*inputs)
        ctx.decays, ctx.states = decays, states
        end = state.clone()
        ctx.mark_non_differentiable(end)
        return read, end

    @staticmethod
    def backward(ctx: Any, outer: Tensor, _: Tensor) -> tuple[Tensor | None, ...]:
        steps, value, rate, key, query, start = ctx.saved_tensors
        found = [torch.empty_like(each) for each in (steps, value, rate, key, query)]
        by_step, by_value, by_rate, by_key, by_query = found
        by_rate.zero_()
        gradient, part = torch.zeros_like(start), torch.empty_like(start)
        for number in range(len(steps) - 1, -1, -1):
            g, decay = outer[number], ctx.decays[number]
            gradient.addcmul_(g[:, :, None], query[number, :, None])
            torch.matmul(g[:, None], ctx.states[number + 1], out=by_query[number, :, None])
            torch.matmul(value[number, :, None], gradient, out=by_key[number, :, None])
            torch.matmul(gradient, key[number, :, :, None], out=by_value[number, :, :, None])
            gradient.mul_(decay)
            torch.mul(gradient, ctx.states[number], out=part)
            torch.sum(part * rate, -1, out=by_step[number])
            by_rate += part.mul_(steps[number, :, :, None]).sum(0)
        return *found, None


def _by_step(*arrays: Tensor) -> Sequence[tuple[Tensor, ...]]:
    return list(zip(*(array.unbind() for array in arrays), strict=True))


def selective_scan(
    steps: Tensor, value: Tensor, rate: Tensor, key: Tensor, query: Tensor, start: Tensor
) -> tuple[Tensor, Tensor]:
    """y float[steps, streams, channels], and S after the last step, which is outside of the graph.

    ``steps`` are d and ``value`` is u, float[steps, streams, channels]; ``rate`` is A
    float[channels, state size]; ``key`` is B and ``query`` C, float[steps, streams, state size];
    ``start`` is the first S, float[streams, channels, state size], outside of the graph too.
    """
    read, end = _SelectiveScan.apply(steps, value, rate, key, query, start)  # type: ignore[no-untyped-call]
    return read, end
