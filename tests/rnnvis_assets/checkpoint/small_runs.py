"""Corpora and configurations that train in a fraction of a second."""

from pathlib import Path
from typing import Any

import numpy as np
import torch

from rnnvis_assets.checkpoint.hardware import Hardware
from rnnvis_assets.checkpoint.training_loop import Trainee, TrainingResult, train
from rnnvis_assets.checkpoint.training_state import SaveDue
from rnnvis_assets.configuration.model_config import ModelConfig
from rnnvis_assets.corpus.corpus import Corpus, Split, Vocabulary

WORDS = 12
CLASSES = ("bad", "good")
FLOAT32 = Hardware(torch.device("cpu"), torch.float32, threads=1, recurrent_threads=1)
BFLOAT16 = Hardware(torch.device("cpu"), torch.bfloat16, threads=1, recurrent_threads=1)


def every_steps(interval: int) -> SaveDue:
    """Saves after every ``interval`` steps."""
    return lambda steps, _: steps >= interval


NEVER: SaveDue = every_steps(10**9)


def make_vocabulary(words: int = WORDS) -> Vocabulary:
    return Vocabulary(
        words=tuple(f"w{number}" for number in range(words)),
        train_counts=np.ones(words, np.int64),
        tags=(None,) * words,
        tag_shares=np.full(words, np.nan, np.float32),
    )


def make_split(
    word_ids: np.ndarray, lengths: np.ndarray, labels: np.ndarray | None = None
) -> Split:
    offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    documents = np.arange(len(lengths), dtype=np.int32)
    return Split(word_ids.astype(np.int32), offsets, documents, labels, ("",) * len(lengths), None)


def make_text(tokens: int = 301, words: int = WORDS, seed: int = 0) -> Corpus:
    """Words that mostly count upwards: easy to predict, never certain."""
    generator = np.random.default_rng(seed)

    def split(count: int) -> Split:
        steps = 1 + (generator.random(count) < 0.2)
        return make_split(np.cumsum(steps) % words, np.array([count]))

    splits = {"train": split(tokens), "validation": split(tokens // 3), "test": split(tokens // 3)}
    return Corpus("text", "language_model", (), make_vocabulary(words), splits)


def make_reviews(documents: int = 60, words: int = WORDS, seed: int = 0) -> Corpus:
    """Documents of 1 to 9 words; the first half of the vocabulary is bad, the second good."""
    generator = np.random.default_rng(seed)

    def split(count: int) -> Split:
        lengths = generator.integers(1, 10, count)
        labels = (generator.random(count) < 0.3).astype(np.int32)
        half = generator.integers(words // 2, size=lengths.sum())
        return make_split(half + np.repeat(labels, lengths) * (words // 2), lengths, labels)

    splits = {"train": split(documents), "validation": split(30), "test": split(30)}
    return Corpus("reviews", "classification", CLASSES, make_vocabulary(words), splits)


def make_config(**changes: Any) -> ModelConfig:
    """A 2 x 8 LSTM; keys of ``training`` may be given beside those of the model."""
    fields = {name for name in ModelConfig.model_fields if name != "training"}
    training = {k: v for k, v in changes.items() if k not in fields}
    model = {k: v for k, v in changes.items() if k in fields}
    return ModelConfig.model_validate(
        {
            "dataset": "text",
            "cell": "lstm",
            "num_layers": 2,
            "hidden_size": 8,
            "embedding_size": 8,
            "dropout": {"embedding": 0.2, "between_layers": 0.2, "output": 0.2},
            **model,
            "training": {
                "epochs": 3,
                "batch_size": 4,
                "steps": 6,
                "learning_rate": 0.02,
                **training,
            },
        }
    )


def run_training(
    corpus: Corpus,
    config: ModelConfig,
    path: Path,
    *,
    hardware: Hardware = FLOAT32,
    save_due: SaveDue = NEVER,
    lines: list[str] | None = None,
) -> TrainingResult:
    report = (lambda _: None) if lines is None else lines.append
    return train(corpus, [Trainee(config, path, report)], hardware, save_due=save_due)
