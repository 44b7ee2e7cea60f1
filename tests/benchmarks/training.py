"""Training an LSTM language model on Penn Treebank against PyTorch's own example.

The baseline is the loop of ``word_language_model`` in pytorch/examples, in our words: ``nn.LSTM``
in float32, log-softmax and negative log-likelihood, clipped gradients, a plain SGD update. Ours is
a step of the pipeline with everything that comes with it: AdamW, one-cycle rates, norms, log.
Equal shapes (tied weights), batch, steps and dropout.
"""

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from rnnvis_assets.checkpoint.hardware import choose_hardware
from rnnvis_assets.checkpoint.training_loop import build_task, start_network
from rnnvis_assets.checkpoint.training_run import TrainingRun
from rnnvis_assets.configuration.model_config import Dropout, ModelConfig, Training
from rnnvis_assets.corpus.corpus import Corpus, Split, Vocabulary
from tests.benchmarks.harness import Row, rate_row, time_side_by_side

WORDS, TOKENS = 10_000, 200_000
BATCH, STEPS, DROPOUT = 20, 35, 0.2
LEARNING_RATE, CLIPPING, INITIAL_RANGE = 20.0, 0.25, 0.1
STEPS_A_ROUND = {200: 12, 600: 5}
ROUNDS = 7

Words = npt.NDArray[np.int32]


def _read_words() -> Words:
    """Penn Treebank's first words if the mirror has it, else random ones of like frequency."""
    found = sorted(Path(os.environ.get("RNNVIS_MIRROR") or ".").glob("ptb/ptb.train.txt"))
    if found:
        tokens = found[0].read_text("utf-8").replace("\n", " <eos> ").split()
        _, word_ids = np.unique(tokens, return_inverse=True)
        return word_ids[:TOKENS].astype(np.int32)
    ranks = np.arange(1, WORDS + 1)
    generator = np.random.default_rng(0)
    drawn = generator.choice(WORDS, TOKENS, p=1 / ranks / (1 / ranks).sum())
    return drawn.astype(np.int32)


class _Example(nn.Module):
    """The example's model."""

    def __init__(self, units: int) -> None:
        super().__init__()
        self.drop = nn.Dropout(DROPOUT)
        self.encoder = nn.Embedding(WORDS, units)
        self.rnn = nn.LSTM(units, units, 2, dropout=DROPOUT)
        self.decoder = nn.Linear(units, WORDS)
        self.decoder.weight = self.encoder.weight
        nn.init.uniform_(self.encoder.weight, -INITIAL_RANGE, INITIAL_RANGE)
        nn.init.zeros_(self.decoder.bias)

    def forward(
        self, words: Tensor, state: tuple[Tensor, ...]
    ) -> tuple[Tensor, tuple[Tensor, ...]]:
        output, state = self.rnn(self.drop(self.encoder(words)), state)
        logits = self.decoder(self.drop(output)).view(-1, WORDS)
        return nn.functional.log_softmax(logits, dim=1), state


def _example(words: Words, units: int) -> Callable[[], None]:
    """Takes a round of the example's training steps."""
    columns = len(words) // BATCH
    data = torch.from_numpy(words[: columns * BATCH].astype(np.int64)).view(BATCH, -1).t()
    data = data.contiguous()
    model, criterion = _Example(units), nn.NLLLoss()
    state: tuple[Tensor, ...] = (torch.zeros(2, BATCH, units), torch.zeros(2, BATCH, units))
    batch = 0

    def take_steps() -> None:
        nonlocal state, batch
        model.train()
        for _ in range(STEPS_A_ROUND[units]):
            start = batch * STEPS % (columns - STEPS - 1)
            model.zero_grad()
            state = tuple(part.detach() for part in state)
            output, state = model(data[start : start + STEPS], state)
            criterion(output, data[start + 1 : start + STEPS + 1].reshape(-1)).backward()
            nn.utils.clip_grad_norm_(model.parameters(), CLIPPING)
            for parameter in model.parameters():
                parameter.data.add_(parameter.grad, alpha=-LEARNING_RATE)
            batch += 1

    return take_steps


def _ours(words: Words, units: int) -> Callable[[], None]:
    """Takes a round of the pipeline's training steps."""
    config = ModelConfig(
        dataset="ptb",
        cell="lstm",
        num_layers=2,
        hidden_size=units,
        embedding_size=units,
        tied_embedding=True,
        dropout=Dropout(embedding=DROPOUT, between_layers=DROPOUT, output=DROPOUT),
        training=Training(epochs=10, batch_size=BATCH, steps=STEPS, learning_rate=0.003),
    )
    corpus = _corpus(words)
    hardware = choose_hardware(config, corpus.task)
    network, task = start_network(corpus, config, hardware), build_task(corpus, config, hardware)
    run = TrainingRun(network, task, config, hardware.origin)

    def take_steps() -> None:
        for _ in range(STEPS_A_ROUND[units]):
            run.step()

    return take_steps


def _corpus(words: Words) -> Corpus:
    vocabulary = Vocabulary(
        words=tuple(map(str, range(WORDS))),
        train_counts=np.bincount(words, minlength=WORDS),
        tags=(None,) * WORDS,
        tag_shares=np.full(WORDS, np.nan, np.float32),
    )
    offsets = np.array([0, len(words)])
    split = Split(words, offsets, np.zeros(1, np.int32), None, ("",), None)
    return Corpus("ptb", "language_model", (), vocabulary, {"train": split})


def measure() -> list[Row]:
    words = _read_words()
    rows = []
    for units, steps in STEPS_A_ROUND.items():
        torch.manual_seed(0)
        timing = time_side_by_side(_ours(words, units), _example(words, units), repeats=ROUNDS)
        what = f"training a 2 x {units} LSTM, batch {BATCH} x {STEPS}, against PyTorch's example"
        tokens = steps * BATCH * STEPS
        rows.append(rate_row(what, timing, tokens, "tokens/s", must=1.5, aim=3.0))
    return rows
