"""The families of recurrent layers in transformers: which function of a family's module computes
them, and how its arguments become the factors of a memory.

A new family is a new row of ``FAMILIES``.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from torch import Tensor
from torch.nn.functional import softplus

from rnnvis_assets.matrix_memory.memory_factors import MemoryFactors, MemoryShape
from rnnvis_assets.matrix_memory.memory_source import Read

Arguments = Mapping[str, Any]
"""What a function was called with, by the names of its parameters."""


@dataclass(frozen=True)
class Recurrence:
    """One way to remember.

    ``function`` computes a layer over all steps, a name in the family's module (``Class.method`` of
    a class). ``read`` makes what the layer remembers of its arguments and of what it returned (None
    unless ``needs_result``).
    ``state`` takes a layer's state after the last step, as ``read`` has it, from a stepped
    network's cache: of that layer in the cache and of the layer's module.
    """

    title: str
    cell: str
    function: str
    read: Callable[[Arguments, Any], Read]
    state: Callable[[Any, Any], Tensor]
    needs_result: bool = False


def _mamba(given: Arguments, _: Any) -> Read:
    """Gu and Dao 2023, Eq. 2: every channel is a head with one value and 16 keys."""
    step = given["dt"].float()
    if given["delta_bias"] is not None:
        step = step + given["delta_bias"].float()[..., None]
    if given["delta_softplus"]:
        step = softplus(step)
    value = (step * given["hidden_states"].float()).transpose(1, 2).unsqueeze(-1)
    factors = MemoryFactors(
        key=given["B"].float().transpose(1, 2).unsqueeze(2),
        value=value,
        query=given["C"].float().transpose(1, 2).unsqueeze(2),
        decay_step=step.transpose(1, 2).unsqueeze(-1),
    )
    heads, keys = given["A"].shape
    return MemoryShape(heads, keys, 1, groups=1, decay_rate=given["A"].float()), factors


def _mamba2(given: Arguments, _: Any) -> Read:
    """Dao and Gu 2024, section 7.1: one decay a head."""
    step = given["dt"].float()
    if given["dt_bias"] is not None:
        step = step + given["dt_bias"].float()
    if given["dt_softplus"]:
        step = softplus(step)
    step = step.clamp(*given["dt_limit"]).unsqueeze(-1)
    value = given["hidden_states"].float() * step
    factors = MemoryFactors(given["B"].float(), value, given["C"].float(), step)
    rate = given["A"].float().unsqueeze(-1)
    return _shape_of(factors, rate), factors


def _gated_delta_net(given: Arguments, _: Any) -> Read:
    """Yang, Kautz and Hatamizadeh 2024, Eq. 10."""
    key, query = given["key"].float(), given["query"].float()
    if given["use_qk_l2norm_in_kernel"]:
        key, query = _normalized(key), _normalized(query)
    strength = given["beta"].float().unsqueeze(-1)
    value = given["value"].float() * strength
    shared = value.shape[2] // key.shape[2]
    factors = MemoryFactors(
        key=key,
        value=value,
        query=query * query.shape[-1] ** -0.5,
        decay_step=given["g"].float().unsqueeze(-1),
        erase=strength * key.repeat_interleave(shared, dim=2),
        erase_key=key,
    )
    return _shape_of(factors, None), factors


def _normalized(vectors: Tensor) -> Tensor:
    return vectors * (vectors.square().sum(-1, keepdim=True) + 1e-6).rsqrt()


def _shape_of(factors: MemoryFactors, decay_rate: Tensor | None) -> MemoryShape:
    (groups, keys), (heads, values) = factors.key.shape[2:], factors.value.shape[2:]
    return MemoryShape(heads, keys, values, groups, decay_rate)


def _rg_lru(given: Arguments, returned: Any) -> Read:
    """De et al. 2024, Eq. 1 to 4: a vector, whose every unit has a gate of its own."""
    keep = given["recurrent_gate"] * ~given["reset"]
    return {"hidden": returned[0].float(), "keep_gate": keep.float()}


def _of_cache(cached: Any, _: Any) -> Tensor:
    state: Tensor = cached.recurrent_states[0]
    return state.float().clone()


MAMBA = Recurrence(
    "Mamba",
    "mamba",
    "mamba_selective_scan",
    _mamba,
    lambda cached, module: _of_cache(cached, module).unsqueeze(-1),
)
MAMBA_2 = Recurrence(
    "Mamba-2",
    "mamba2",
    "mamba2_chunk_scan",
    _mamba2,
    lambda cached, module: _of_cache(cached, module).transpose(-1, -2),
)
GATED_DELTA_NET = Recurrence(
    "gated delta net",
    "gated_delta_net",
    "torch_chunk_gated_delta_rule",
    _gated_delta_net,
    _of_cache,
)
RG_LRU = Recurrence(
    "RG-LRU",
    "rg_lru",
    "RecurrentGemmaRglru._rnn_scan",
    _rg_lru,
    lambda _, module: module.temporal_block.rg_lru.recurrent_states.float().clone(),
    needs_result=True,
)
FAMILIES: Mapping[str, Recurrence] = MappingProxyType(
    {
        "mamba": MAMBA,
        "falcon_mamba": MAMBA,
        "jamba": MAMBA,
        "mamba2": MAMBA_2,
        "bamba": MAMBA_2,
        "falcon_h1": MAMBA_2,
        "granitemoehybrid": MAMBA_2,
        "qwen3_next": GATED_DELTA_NET,
        "qwen3_5_text": GATED_DELTA_NET,
        "olmo_hybrid": GATED_DELTA_NET,
        "recurrent_gemma": RG_LRU,
    }
)
"""By the ``model_type`` of ``config.json``. Not nemotron_h and zamba2: their steps leave out the
least time step that their pass keeps to (transformers 5.24): nothing says what their state is."""
XLSTM = "xlstm"
"""The type whose blocks the package xlstm computes where it is installed, and transformers else."""
