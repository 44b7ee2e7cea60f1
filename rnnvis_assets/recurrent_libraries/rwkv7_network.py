"""RWKV-7 (Peng et al. 2025, Eq. 3 to 17), its parameters named as in BlinkDL's ``.pth`` files.

The package ``rwkv`` reads one sequence, and gives its states after the last step only; this reads a
batch of sequences, and gives the factors of the memory at every step.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import normalize, pad

from rnnvis_assets.matrix_memory.memory_factors import MemoryFactors, MemoryShape

_LARGEST_DECAY = 0.606531
"""exp(-1/2), as rounded in the package: a channel keeps at least exp(-0.606531) at a step."""
_RANKS = {"decay_rank": "w1", "rate_rank": "a1", "gate_rank": "g1", "value_rank": "v1"}


@dataclass(frozen=True)
class Rwkv7Sizes:
    """Numbers of pieces and layers, sizes of vectors, and ranks of the small products."""

    pieces: int
    layers: int
    width: int
    heads: int
    channels: int
    decay_rank: int
    rate_rank: int
    gate_rank: int
    value_rank: int

    @classmethod
    def of(cls, tensors: Mapping[str, Tensor]) -> "Rwkv7Sizes":
        """The sizes of a file's tensors. Raises KeyError where one that says so is missing."""
        pieces, width = tensors["emb.weight"].shape
        blocks = {int(name.split(".")[1]) for name in tensors if name.startswith("blocks.")}
        last = f"blocks.{max(blocks)}."
        ranks = {
            rank: tensors[f"{last}att.{name}"].shape[-1]
            for rank, name in _RANKS.items()
            if f"{last}att.{name}" in tensors or rank != "value_rank"
        }
        return cls(
            pieces=pieces,
            layers=1 + max(blocks),
            width=width,
            heads=tensors["blocks.0.att.r_k"].shape[0],
            channels=tensors["blocks.0.ffn.key.weight"].shape[0],
            **{"value_rank": 1, **ranks},
        )


class Rwkv7Network(nn.Module):
    """The whole network. ``forward`` gives logits float[batch, steps, pieces]."""

    def __init__(self, sizes: Rwkv7Sizes) -> None:
        super().__init__()
        self.emb = nn.Embedding(sizes.pieces, sizes.width)
        self.blocks = nn.ModuleList(_Block(sizes, layer) for layer in range(sizes.layers))
        self.ln_out = nn.LayerNorm(sizes.width)
        self.head = nn.Linear(sizes.width, sizes.pieces, bias=False)

    def forward(self, pieces: Tensor) -> Tensor:
        logits: Tensor = self.head(self.ln_out(self.run(pieces, ())[1]))
        return logits

    def run(
        self, pieces: Tensor, depths: Collection[int]
    ) -> tuple[dict[int, tuple[MemoryShape, MemoryFactors]], Tensor]:
        """What the layers at ``depths`` remember of int64[batch, steps] pieces, and what the last
        one passes on, float[batch, steps, width]."""
        blocks: list[Any] = list(self.blocks)
        hidden: Tensor = blocks[0].ln0(self.emb(pieces))
        first_value: Tensor | None = None
        read: dict[int, tuple[MemoryShape, MemoryFactors]] = {}
        for depth, block in enumerate(blocks):
            factors, mixed = block.att(block.ln1(hidden), first_value)
            first_value = factors.value if first_value is None else first_value
            if depth in depths:
                read[depth] = block.att.shape, factors
            hidden = hidden + mixed
            hidden = hidden + block.ffn(block.ln2(hidden))
        return read, hidden


class _Block(nn.Module):
    def __init__(self, sizes: Rwkv7Sizes, layer: int) -> None:
        super().__init__()
        self.ln1, self.ln2 = nn.LayerNorm(sizes.width), nn.LayerNorm(sizes.width)
        if layer == 0:
            self.ln0 = nn.LayerNorm(sizes.width)
        self.att, self.ffn = _TimeMix(sizes, layer), _ChannelMix(sizes)


def _weights(*sizes: int) -> nn.Parameter:
    return nn.Parameter(torch.zeros(sizes))


def _product(inputs: int, outputs: int) -> nn.Linear:
    return nn.Linear(inputs, outputs, bias=False)


class _TimeMix(nn.Module):
    def __init__(self, sizes: Rwkv7Sizes, layer: int) -> None:
        super().__init__()
        width, size = sizes.width, sizes.width // sizes.heads
        self.shape = MemoryShape(sizes.heads, size, size, groups=sizes.heads)
        self.x_r, self.x_w, self.x_k = (_weights(1, 1, width) for _ in range(3))
        self.x_v, self.x_a, self.x_g = (_weights(1, 1, width) for _ in range(3))
        self.w0, self.a0 = _weights(1, 1, width), _weights(1, 1, width)
        self.k_k, self.k_a = _weights(1, 1, width), _weights(1, 1, width)
        self.w1, self.w2 = _weights(width, sizes.decay_rank), _weights(sizes.decay_rank, width)
        self.a1, self.a2 = _weights(width, sizes.rate_rank), _weights(sizes.rate_rank, width)
        self.g1, self.g2 = _weights(width, sizes.gate_rank), _weights(sizes.gate_rank, width)
        if layer > 0:
            self.v0 = _weights(1, 1, width)
            self.v1, self.v2 = _weights(width, sizes.value_rank), _weights(sizes.value_rank, width)
        self.r_k = _weights(sizes.heads, size)
        self.receptance, self.key = _product(width, width), _product(width, width)
        self.value, self.output = _product(width, width), _product(width, width)
        self.ln_x = nn.GroupNorm(sizes.heads, width, eps=64e-5)

    def forward(self, x: Tensor, first_value: Tensor | None) -> tuple[MemoryFactors, Tensor]:
        """The factors, and what the layer adds, float[batch, steps, width]; ``first_value`` is the
        value of the first layer, None in that."""
        before = _step_before(x) - x
        xr, xw, xk = x + before * self.x_r, x + before * self.x_w, x + before * self.x_k
        xa, xg, xv = x + before * self.x_a, x + before * self.x_g, x + before * self.x_v
        key = self.key(xk)
        rate = torch.sigmoid(self.a0 + xa @ self.a1 @ self.a2)
        erased = normalize(self._by_head(key * self.k_k), dim=-1)
        decay = self._by_head(
            -_LARGEST_DECAY * torch.sigmoid(self.w0 + torch.tanh(xw @ self.w1) @ self.w2)
        )
        factors = MemoryFactors(
            key=self._by_head(key * (1 + (rate - 1) * self.k_a)),
            value=self._mixed_value(xv, first_value),
            query=self._by_head(self.receptance(xr)),
            decay_step=decay,
            erase=erased * self._by_head(rate),
            erase_key=erased * torch.exp(-decay),
        )
        gate = torch.sigmoid(xg @ self.g1) @ self.g2
        return factors, self.output(self._read_out(factors) * gate)

    def _by_head(self, x: Tensor) -> Tensor:
        return x.view(*x.shape[:-1], *self.r_k.shape)

    def _mixed_value(self, xv: Tensor, first_value: Tensor | None) -> Tensor:
        value = self._by_head(self.value(xv))
        if first_value is None:
            return value
        share = self._by_head(torch.sigmoid(self.v0 + xv @ self.v1 @ self.v2))
        return value + (first_value - value) * share

    def _read_out(self, factors: MemoryFactors) -> Tensor:
        """Normed readouts with the bonus of the current piece, float[batch, steps, width]."""
        found = torch.stack(list(_readouts(factors)), dim=1)
        normed: Tensor = self.ln_x(found.flatten(0, 1).flatten(1)).view(*found.shape[:2], -1)
        bonus = (factors.query * factors.key * self.r_k).sum(-1, keepdim=True) * factors.value
        return normed + bonus.flatten(2)


def _readouts(factors: MemoryFactors) -> Iterator[Tensor]:
    """q^T S, float[batch, heads, values], after each step."""
    assert factors.erase is not None
    assert factors.erase_key is not None
    keep = torch.exp(factors.decay_step).unsqueeze(-1)
    batch, steps, heads, keys = factors.key.shape
    memory = factors.value.new_zeros(batch, heads, keys, factors.value.shape[-1])
    for step in range(steps):
        memory = keep[:, step] * memory
        removed = factors.erase_key[:, step].unsqueeze(-2) @ memory
        stored = factors.key[:, step].unsqueeze(-1) * factors.value[:, step].unsqueeze(-2)
        memory = memory - factors.erase[:, step].unsqueeze(-1) * removed + stored
        yield (factors.query[:, step].unsqueeze(-2) @ memory).squeeze(-2)


class _ChannelMix(nn.Module):
    def __init__(self, sizes: Rwkv7Sizes) -> None:
        super().__init__()
        self.x_k = _weights(1, 1, sizes.width)
        self.key, self.value = (
            _product(sizes.width, sizes.channels),
            _product(sizes.channels, sizes.width),
        )

    def forward(self, x: Tensor) -> Tensor:
        entering = x + (_step_before(x) - x) * self.x_k
        mixed: Tensor = self.value(torch.relu(self.key(entering)) ** 2)
        return mixed


def _step_before(x: Tensor) -> Tensor:
    """float[batch, steps, width]: each step's predecessor, zeros before the first."""
    return pad(x, (0, 0, 1, 0))[:, :-1]
