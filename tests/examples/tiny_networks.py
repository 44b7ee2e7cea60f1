"""Tiny networks of today's recurrent families, trained here and saved as users save theirs.

For tests, ``trained_folder`` trains a family for a few steps, once for all processes of a run.
Longer, with the perplexities before and after:

    RNNVIS_MIRROR=../shared/data python -m tests.examples.tiny_networks FOLDER --families mamba
"""

import argparse
import json
import math
import os
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pytest
import torch
import yaml
from safetensors.torch import save_model
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from rnnvis_assets.configuration.dataset_config import ToyReviewSource
from rnnvis_assets.corpus.toy_review_source import read_toy_reviews
from rnnvis_assets.recurrent_libraries.rwkv7_network import Rwkv7Network, Rwkv7Sizes
from tests.made_once import made_once

PIECES = 300
WIDTH = 32
END = "<|endoftext|>"


@dataclass(frozen=True)
class Family:
    """How a family's network of so many pieces is made, read (logits of ids), and saved."""

    build: Callable[[int], nn.Module]
    save: Callable[[nn.Module, Path], None]
    logits: Callable[[nn.Module, Tensor], Tensor]


def _of_transformers(name: str, **settings: Any) -> Family:
    def build(pieces: int) -> nn.Module:
        import transformers

        config = getattr(transformers, f"{name}Config")(
            vocab_size=pieces, bos_token_id=0, eos_token_id=0, pad_token_id=0, **settings
        )
        module: nn.Module = getattr(transformers, f"{name}ForCausalLM")(config)
        return module

    def save(module: nn.Module, folder: Path) -> None:
        module.save_pretrained(folder)  # type: ignore[operator]

    return Family(build, save, lambda module, ids: module(ids, use_cache=False).logits)


def _build_rwkv7(pieces: int) -> nn.Module:
    """RWKV-7 cannot be trained by the package that reads it; its equations can."""
    ranks = {"decay_rank": 4, "rate_rank": 4, "gate_rank": 8, "value_rank": 4}
    module = Rwkv7Network(Rwkv7Sizes(pieces, 2, WIDTH, heads=4, channels=2 * WIDTH, **ranks))
    for name, parameter in module.named_parameters():
        part = name.rpartition(".")[2]
        if part.startswith("x_"):
            nn.init.uniform_(parameter)
        elif part in ("k_k", "k_a"):
            nn.init.constant_(parameter, 1.0)
        elif part == "w0":
            nn.init.uniform_(parameter, -4.0, 2.0)
        elif part[-1] in "12" and not part.startswith("ln"):
            nn.init.normal_(parameter, std=0.1)
    return module


def _save_rwkv7(module: nn.Module, folder: Path) -> None:
    torch.save(module.state_dict(), folder / "model.pth")


def _build_xlstm_package(pieces: int) -> nn.Module:
    """An mLSTM, an sLSTM and an mLSTM block of the paper."""
    from xlstm import (
        FeedForwardConfig,
        mLSTMBlockConfig,
        mLSTMLayerConfig,
        sLSTMBlockConfig,
        sLSTMLayerConfig,
        xLSTMLMModel,
        xLSTMLMModelConfig,
    )  # fmt: skip

    cell = sLSTMLayerConfig(num_heads=2, backend="vanilla")
    config = xLSTMLMModelConfig(
        vocab_size=pieces, embedding_dim=WIDTH, num_blocks=3, context_length=128, slstm_at=[1],
        mlstm_block=mLSTMBlockConfig(mlstm=mLSTMLayerConfig(num_heads=2)),
        slstm_block=sLSTMBlockConfig(slstm=cell, feedforward=FeedForwardConfig(proj_factor=1.3)),
    )  # fmt: skip
    return xLSTMLMModel(config)


def _save_xlstm_package(module: nn.Module, folder: Path) -> None:
    content = asdict(module.config)  # type: ignore[call-overload]
    (folder / "config.yaml").write_text(yaml.safe_dump(content))
    save_model(module, str(folder / "model.safetensors"))


FAMILIES: Mapping[str, Family] = {
    "mamba": _of_transformers("Mamba", hidden_size=WIDTH, num_hidden_layers=2, state_size=8),
    "mamba2": _of_transformers(
        "Mamba2", hidden_size=WIDTH, num_hidden_layers=2, num_heads=4, head_dim=16, n_groups=2,
        state_size=16, chunk_size=16,
    ),
    "qwen3_next": _of_transformers(
        "Qwen3Next", hidden_size=WIDTH, intermediate_size=64, num_hidden_layers=3,
        layer_types=["linear_attention", "full_attention", "linear_attention"],
        num_attention_heads=2, num_key_value_heads=1, head_dim=16, linear_key_head_dim=8,
        linear_value_head_dim=8, linear_num_key_heads=2, linear_num_value_heads=4,
        mlp_only_layers=[0, 1, 2], num_experts=2, num_experts_per_tok=1,
    ),
    "recurrent_gemma": _of_transformers(
        "RecurrentGemma", hidden_size=WIDTH, intermediate_size=64, num_hidden_layers=3,
        num_attention_heads=2, lru_width=WIDTH, attention_window_size=32,
    ),
    "bamba": _of_transformers(
        "Bamba", hidden_size=WIDTH, intermediate_size=64, num_hidden_layers=3,
        attn_layer_indices=[1], num_attention_heads=2, num_key_value_heads=1, mamba_n_heads=4,
        mamba_d_head=16, mamba_n_groups=1, mamba_d_state=16, mamba_chunk_size=16,
    ),
    "xlstm": _of_transformers(
        "xLSTM", hidden_size=64, num_hidden_layers=2, num_heads=2, chunk_size=16,
        ffn_round_up_to_multiple_of=16,
    ),
    "rwkv7": Family(_build_rwkv7, _save_rwkv7, lambda module, ids: module(ids)),
    "xlstm_package": Family(
        _build_xlstm_package, _save_xlstm_package, lambda module, ids: module(ids)
    ),
}  # fmt: skip


def make_tokenizer(text: list[str]) -> Tokenizer:
    """A byte-level BPE tokenizer of ``PIECES`` pieces, as GPT-2 and Mamba have it."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=PIECES, special_tokens=[END], initial_alphabet=alphabet, show_progress=False
    )
    tokenizer.train_from_iterator(text, trainer)
    return tokenizer


def _save_tokenizer(tokenizer: Tokenizer, folder: Path) -> None:
    tokenizer.save(str(folder / "tokenizer.json"))
    settings = {
        "tokenizer_class": "PreTrainedTokenizerFast", "eos_token": END, "bos_token": END,
    }  # fmt: skip
    (folder / "tokenizer_config.json").write_text(json.dumps(settings))


def toy_text() -> list[str]:
    """400 toy reviews, one a line."""
    source = ToyReviewSource(kind="toy_reviews", num_documents=400)
    reviews = read_toy_reviews(source, seed=3).documents
    return [" ".join(review.sentences) for review in reviews]


def penn_treebank(split: str) -> list[str]:
    """The lines of the Penn Treebank in the folder that ``RNNVIS_MIRROR`` names."""
    file = Path(os.environ["RNNVIS_MIRROR"]) / "ptb" / f"ptb.{split}.txt"
    return [line.strip() for line in file.read_text().splitlines()]


@dataclass(frozen=True)
class Text:
    """The pieces of the training and the held-out text, and their tokenizer."""

    tokenizer: Tokenizer
    train: Tensor
    held_out: Tensor

    @classmethod
    def of(cls, train: list[str], held_out: list[str]) -> "Text":
        tokenizer = make_tokenizer(train[:2000])
        encoded = [
            torch.tensor(tokenizer.encode(f"{END}".join(lines)).ids) for lines in (train, held_out)
        ]
        return cls(tokenizer, *encoded)


def _windows(
    pieces: Tensor, batch: int, steps: int, generator: torch.Generator
) -> Iterator[Tensor]:
    while True:
        starts = torch.randint(len(pieces) - steps, (batch,), generator=generator)
        yield torch.stack([pieces[start : start + steps] for start in starts.tolist()])


def _loss(family: Family, module: nn.Module, ids: Tensor) -> Tensor:
    logits = family.logits(module, ids)[:, :-1]
    return cross_entropy(logits.flatten(0, 1), ids[:, 1:].flatten())


@torch.no_grad()
def perplexity(family: Family, module: nn.Module, pieces: Tensor, steps: int = 64) -> float:
    """Of the next piece, over at most 64 windows of ``steps`` pieces."""
    module.eval()
    rows = pieces[: len(pieces) // steps * steps].view(-1, steps)[:64]
    return math.exp(_loss(family, module, rows).item())


def train(
    family: Family, module: nn.Module, pieces: Tensor, go_on: Callable[[int], bool], steps: int
) -> int:
    """Trains with AdamW while ``go_on(steps taken)``, on windows of so many pieces; steps taken."""
    module.train()
    optimizer = torch.optim.AdamW(module.parameters(), lr=3e-3, weight_decay=0.01)
    taken = 0
    for ids in _windows(pieces, 8, steps, torch.Generator().manual_seed(1)):
        if not go_on(taken):
            break
        optimizer.zero_grad()
        _loss(family, module, ids).backward()
        nn.utils.clip_grad_norm_(module.parameters(), 1.0)
        optimizer.step()
        taken += 1
    module.eval()
    return taken


def make_network(name: str, text: Text) -> nn.Module:
    torch.manual_seed(0)
    return FAMILIES[name].build(text.tokenizer.get_vocab_size())


def save_network(name: str, module: nn.Module, text: Text, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    FAMILIES[name].save(module, folder)
    _save_tokenizer(text.tokenizer, folder)


def _train_few_steps(name: str, folder: Path) -> None:
    lines = toy_text()
    text = Text.of(lines[40:], lines[:40])
    module = make_network(name, text)
    train(FAMILIES[name], module, text.train, lambda taken: taken < 12, steps=24)
    save_network(name, module, text, folder)


def trained_folder(factory: pytest.TempPathFactory, name: str) -> Path:
    """The folder of a family's network, trained for a few steps on toy reviews; only to be read."""
    return made_once(factory, f"tiny-{name}", lambda folder: _train_few_steps(name, folder))


def _train_long(name: str, text: Text, folder: Path, seconds: float) -> dict[str, Any]:
    family, module = FAMILIES[name], make_network(name, text)
    before = perplexity(family, module, text.held_out)
    started = time.monotonic()
    steps = train(
        family, module, text.train, lambda _: time.monotonic() - started < seconds, steps=64
    )
    save_network(name, module, text, folder / name)
    return {
        "family": name, "parameters": sum(p.numel() for p in module.parameters()), "steps": steps,
        "seconds": round(time.monotonic() - started), "perplexity_before": round(before, 2),
        "perplexity_after": round(perplexity(family, module, text.held_out), 2),
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--families", nargs="+", choices=list(FAMILIES), default=list(FAMILIES))
    parser.add_argument("--seconds", type=float, default=120)
    arguments = parser.parse_args()
    text = Text.of(penn_treebank("train"), penn_treebank("valid"))
    for name in arguments.families:
        print(json.dumps(_train_long(name, text, arguments.folder, arguments.seconds)), flush=True)


if __name__ == "__main__":
    main()
