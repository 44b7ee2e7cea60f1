"""A network of every family with random weights, made by transformers' own classes."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import torch

PIECES = 50
_ATTENTION = {"num_attention_heads": 2, "num_key_value_heads": 1}
_HYBRID = {
    "hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 3, **_ATTENTION,
    "layer_types": ["linear_attention", "full_attention", "linear_attention"],
}  # fmt: skip
_MAMBA_2 = {
    "mamba_n_heads": 4, "mamba_d_head": 8, "mamba_n_groups": 2, "mamba_d_state": 5,
    "mamba_chunk_size": 8, "mamba_expand": 2,
}  # fmt: skip
_DELTA = {
    "linear_key_head_dim": 4, "linear_value_head_dim": 6, "linear_num_key_heads": 2,
    "linear_num_value_heads": 4,
}  # fmt: skip
SETTINGS: Mapping[str, tuple[str, Mapping[str, Any]]] = MappingProxyType({
    "mamba": ("Mamba", {"hidden_size": 8, "num_hidden_layers": 2, "state_size": 4}),
    "falcon_mamba": ("FalconMamba", {"hidden_size": 8, "num_hidden_layers": 2, "state_size": 4}),
    "jamba": ("Jamba", {
        "hidden_size": 8, "intermediate_size": 16, "num_hidden_layers": 3, **_ATTENTION,
        "attn_layer_offset": 1, "attn_layer_period": 3, "num_experts": 1, "mamba_d_state": 4,
        "num_experts_per_tok": 1, "mamba_dt_rank": 2,
    }),
    "mamba2": ("Mamba2", {
        "hidden_size": 16, "num_hidden_layers": 2, "num_heads": 4, "head_dim": 8, "n_groups": 2,
        "state_size": 5, "chunk_size": 8,
    }),
    "bamba": ("Bamba", {
        "hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 3, **_ATTENTION,
        "attn_layer_indices": [1], **_MAMBA_2,
    }),
    "falcon_h1": ("FalconH1", {
        "hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 2, **_ATTENTION,
        "head_dim": 8, "mamba_d_ssm": 32, **_MAMBA_2,
    }),
    "granitemoehybrid": ("GraniteMoeHybrid", {
        **_HYBRID, **_MAMBA_2, "shared_intermediate_size": 16, "num_local_experts": 0,
    }),
    "qwen3_5_text": ("Qwen3_5", {
        **_HYBRID, **_DELTA, "head_dim": 8,
    }),
    "qwen3_next": ("Qwen3Next", {
        **_HYBRID, **_DELTA, "head_dim": 8, "mlp_only_layers": [0, 1, 2], "num_experts": 2,
        "num_experts_per_tok": 1,
    }),
    "olmo_hybrid": ("OlmoHybrid", {
        **_HYBRID, **_DELTA, "linear_num_value_heads": 2, "num_key_value_heads": 2,
    }),
    "recurrent_gemma": ("RecurrentGemma", {
        "hidden_size": 8, "intermediate_size": 16, "num_hidden_layers": 3, "lru_width": 8,
        "num_attention_heads": 2, "attention_window_size": 8,
    }),
})  # fmt: skip


def tiny_module(family: str, pieces: int = PIECES, **further: Any) -> Any:
    """A network whose weights are large enough for all parts to matter."""
    import transformers

    name, settings = SETTINGS[family]
    special = dict.fromkeys(("bos_token_id", "eos_token_id", "pad_token_id"), 0)
    kind = "Qwen3_5TextConfig" if name == "Qwen3_5" else f"{name}Config"
    config = getattr(transformers, kind)(**{"vocab_size": pieces, **special, **settings, **further})
    torch.manual_seed(0)
    module = getattr(transformers, f"{name}ForCausalLM")(config).eval()
    for weight in module.parameters():
        if weight.ndim > 1:
            torch.nn.init.normal_(weight, std=0.3)
    return module
