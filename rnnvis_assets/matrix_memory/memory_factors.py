"""What a layer with a matrix memory is read from: the factors of each step, not its states.

    S_t = D_t S_(t-1) - e_t (r_t^T D_t S_(t-1)) + k_t v_t^T

for each head, S float[key_size, value_size]. D_t scales the rows of S: by one number a head, or one
a key channel. e and r erase what is stored along r (the delta rule). q_t^T S_t is what the layer
reads, before its gate, its skip connection and its norm.

| layer | K x V a head | key k | value v | query q | log decay | erase e, along r |
| --- | --- | --- | --- | --- | --- | --- |
| Mamba (Gu and Dao 2023) | 16 x 1, a head a channel | B | dt x | C | dt A | |
| Mamba-2 (Dao and Gu 2024) | 128 x 64 | B | dt x | C | dt A | |
| gated delta net (Yang et al. 2024) | 128 x 128 | k | beta v | q | g | beta k, k |
| RWKV-7 (Peng et al. 2025) | 64 x 64 | k | v | r | log w, by channel | its own |
| mLSTM (Beck et al. 2024) | 384 x 384 | i' k | v, then 1 | q | log f' | |

The factors take 8 to 128 times less room than the states, and give any reading of them later.
"""

from collections.abc import Callable
from dataclasses import dataclass, fields

from torch import Tensor


@dataclass(frozen=True)
class MemoryShape:
    """The memory of one layer: ``heads`` matrices float[key_size, value_size].

    ``groups``: keys and queries are shared by heads // groups consecutive heads each.
    ``decay_rate`` float[heads, 1 or key_size]: the decay is exp(decay_step * decay_rate); None
    stands for ones. ``normalized`` (mLSTM): the value of the last channel is 1, and what is read of
    the others is divided by max(|what is read of that one|, floor).
    """

    heads: int
    key_size: int
    value_size: int
    groups: int
    decay_rate: Tensor | None = None
    normalized: bool = False

    @property
    def channels(self) -> int:
        """Units of a head: its value channels, without the normaliser."""
        return self.value_size - self.normalized

    @property
    def units(self) -> int:
        """Units of the layer, head after head."""
        return self.heads * self.channels

    def per_head(self, factor: Tensor) -> Tensor:
        """float[…, heads, key_size] of a factor that groups may share."""
        *outer, groups, size = factor.shape
        if groups == 1:  # no copies
            return factor.expand(*outer, self.heads, size)
        return factor.repeat_interleave(self.heads // groups, dim=-2)

    def log_decay(self, decay_step: Tensor) -> Tensor:
        """float[…, heads, 1 or key_size]: the logarithm of each step's decay."""
        if self.decay_rate is None:
            return decay_step
        return decay_step * self.decay_rate.to(decay_step)


@dataclass(frozen=True)
class MemoryFactors:
    """Factors of consecutive steps of a batch of sequences.

    ``key`` and ``query`` float[batch, steps, groups, key_size], ``value`` float[batch, steps,
    heads, value_size], ``decay_step`` float[batch, steps, heads, 1 or key_size], ``erase`` and
    ``erase_key`` float[batch, steps, groups or heads, key_size], ``floor`` float[batch, steps,
    heads] (of a normalised memory). A step of zeros leaves the memory as it is.
    """

    key: Tensor
    value: Tensor
    query: Tensor
    decay_step: Tensor
    erase: Tensor | None = None
    erase_key: Tensor | None = None
    floor: Tensor | None = None

    @property
    def tensors(self) -> dict[str, Tensor]:
        """Those that the layer has, by name."""
        named = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: factor for name, factor in named.items() if factor is not None}

    @property
    def steps(self) -> int:
        return self.value.shape[1]

    def map(self, change: Callable[[Tensor], Tensor]) -> "MemoryFactors":
        """The factors, each changed: ``factors.map(torch.Tensor.double)``, say."""
        return MemoryFactors(**{name: change(factor) for name, factor in self.tensors.items()})

    def between(self, start: int, stop: int) -> "MemoryFactors":
        """Those of the steps from ``start`` to ``stop``."""
        return self.map(lambda factor: factor[:, start:stop])
