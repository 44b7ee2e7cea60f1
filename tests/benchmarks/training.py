"""Training an LSTM language model on Penn Treebank against PyTorch's own example, against the
machine's own matrix products, and next to a busy program.

The example is the loop of ``word_language_model`` in pytorch/examples, in our words: ``nn.LSTM``
in float32, log-softmax and negative log-likelihood, clipped gradients, a plain SGD update. Ours is
a step of the pipeline with everything that comes with it: AdamW, one-cycle rates, norms, log.
Equal shapes (tied weights), batch, steps and dropout.

What a processor can gain depends on its products: bounds are those of float32, and where the
processor has AMX also those of bfloat16. Both sides wait passively (``rnnvis_assets``).
"""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt
import psutil
import torch
from torch import Tensor, nn

from rnnvis_assets.checkpoint.hardware import choose_hardware, has_fast_bfloat16
from rnnvis_assets.checkpoint.training_loop import start_run
from rnnvis_assets.configuration.model_config import Dropout, ModelConfig, Training
from rnnvis_assets.corpus.corpus import Corpus, Split, Vocabulary
from tests.benchmarks.harness import Row, rate_row, time_side_by_side

WORDS, TOKENS = 10_000, 200_000
BATCH, STEPS, DROPOUT = 20, 35, 0.2
LEARNING_RATE, CLIPPING, INITIAL_RANGE = 20.0, 0.25, 0.1
STEPS_A_ROUND = {200: 12, 600: 5}
ROUNDS = 7
LAYERS, LARGE = 2, 600
PRODUCT_SIZE, PRODUCTS = 2048, 5

Bounds = tuple[float, float]
"""What a ratio must reach, and what it aims at."""
AGAINST_EXAMPLE: Mapping[str, Mapping[int, Bounds]] = {
    "float32": {200: (1.3, 1.5), 600: (1.05, 1.2)},
    "bfloat16": {200: (2.5, 4.0), 600: (1.75, 3.0)},
}
OF_PRODUCTS: Mapping[str, Bounds] = {"float32": (0.6, 0.8), "bfloat16": (0.15, 0.25)}
NEXT_TO_BUSY: Bounds = (0.4, 0.5)

Words = npt.NDArray[np.int32]
Precision = Literal["auto", "float32", "bfloat16"]


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
        self.rnn = nn.LSTM(units, units, LAYERS, dropout=DROPOUT)
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
    state: tuple[Tensor, ...] = (
        torch.zeros(LAYERS, BATCH, units),
        torch.zeros(LAYERS, BATCH, units),
    )
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


def _ours(words: Words, units: int, precision: Precision) -> Callable[[], None]:
    """Takes a round of the pipeline's training steps."""
    config = ModelConfig(
        dataset="ptb",
        cell="lstm",
        num_layers=LAYERS,
        hidden_size=units,
        embedding_size=units,
        tied_embedding=True,
        dropout=Dropout(embedding=DROPOUT, between_layers=DROPOUT, output=DROPOUT),
        training=Training(
            epochs=10, batch_size=BATCH, steps=STEPS, learning_rate=0.003, precision=precision
        ),
    )
    corpus = _corpus(words)
    run = start_run(corpus, config, choose_hardware(config, corpus.task))

    def take_steps() -> None:
        for _ in range(STEPS_A_ROUND[units]):
            run.take_step(run.compute_gradients(), 0.0)

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


def _precisions() -> list[Precision]:
    """Those that have bounds here: float32, and bfloat16 where ``auto`` would choose it."""
    fast = has_fast_bfloat16(torch.device("cpu"))
    return ["float32", "bfloat16"] if fast else ["float32"]


def _against_example(words: Words, units: int, precision: Precision) -> Row:
    timing = time_side_by_side(
        _ours(words, units, precision), _example(words, units), repeats=ROUNDS
    )
    must, aim = AGAINST_EXAMPLE[precision][units]
    what = (
        f"training a {LAYERS} x {units} LSTM in {precision}, batch {BATCH} x {STEPS}, "
        "against PyTorch's example"
    )
    return rate_row(what, timing, _tokens(units), "tokens/s", must=must, aim=aim)


def _of_products(words: Words, units: int, precision: Precision) -> Row:
    """Ours against nothing but square products, both in GFLOP/s. Backward takes twice the products
    of forward."""
    matrix = torch.randn(PRODUCT_SIZE, PRODUCT_SIZE, dtype=getattr(torch, precision))

    def multiply() -> None:
        for _ in range(PRODUCTS):
            torch.mm(matrix, matrix)

    timing = time_side_by_side(_ours(words, units, precision), multiply, repeats=ROUNDS)
    forward = 2 * (LAYERS * 4 * units * 2 * units + WORDS * units)
    ours = 3 * forward * _tokens(units) / 1e9
    products = 2 * PRODUCT_SIZE**3 * PRODUCTS / 1e9
    must, aim = OF_PRODUCTS[precision]
    return Row(
        f"training a {LAYERS} x {units} LSTM in {precision}: part of the rate of matrix products",
        ours / timing.ours,
        products / timing.baseline,
        "GFLOP/s",
        ours / products / timing.ratio,
        must,
        aim,
        "at least",
    )


@contextmanager
def _busy_program() -> Iterator[psutil.Process]:
    """A program that keeps one core busy, suspended at first."""
    with subprocess.Popen([sys.executable, "-c", "while True: pass"]) as process:
        busy = psutil.Process(process.pid)
        busy.suspend()
        try:
            yield busy
        finally:
            process.kill()


def _next_to_busy(words: Words) -> Row:
    """The same steps while a busy program runs, and while it is suspended."""
    take_steps = _ours(words, LARGE, "auto")
    with _busy_program() as busy:

        def take_steps_next_to_it() -> None:
            busy.resume()
            take_steps()
            busy.suspend()

        timing = time_side_by_side(take_steps_next_to_it, take_steps, repeats=ROUNDS)
    must, aim = NEXT_TO_BUSY
    what = f"training a {LAYERS} x {LARGE} LSTM next to one busy loop, against an idle machine"
    return rate_row(what, timing, _tokens(LARGE), "tokens/s", must=must, aim=aim)


def _tokens(units: int) -> int:
    """Tokens of a round."""
    return STEPS_A_ROUND[units] * BATCH * STEPS


def measure() -> list[Row]:
    words, rows = _read_words(), []
    torch.manual_seed(0)
    for precision in _precisions():
        rows += [_against_example(words, units, precision) for units in STEPS_A_ROUND]
        rows += [_of_products(words, units, precision) for units in STEPS_A_ROUND]
    rows.append(_next_to_busy(words))
    return rows
