"""Training small classifiers: one against PyTorch's own layers, and six of other seeds together
against one after the other.

The networks are those of ``yelp-gru``, 1 x 50 GRUs with 10,000 words in batches of 32 documents,
whose words are drawn at random. Every step has all that comes with it: dropout, AdamW, norms, log.
On one thread, as such networks are trained.
"""

from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch.nn import functional

from rnnvis_assets.checkpoint.classification_task import read_documents
from rnnvis_assets.checkpoint.document_batches import add_gradients
from rnnvis_assets.checkpoint.hardware import Hardware
from rnnvis_assets.checkpoint.training_loop import start_run
from rnnvis_assets.checkpoint.training_run import TrainingRun
from rnnvis_assets.configuration.model_config import Dropout, ModelConfig, Training
from rnnvis_assets.corpus.corpus import Corpus, Split, Vocabulary
from rnnvis_assets.network.recurrent_network import limited_threads
from tests.benchmarks.harness import Row, speedup_row, time_side_by_side

WORDS, UNITS, SEEDS, BATCH = 10_000, 50, 6, 32
SHORTEST, LONGEST = 20, 100
STEPS_A_ROUND, ROUNDS = 3, 7
DOCUMENTS = BATCH * STEPS_A_ROUND * (ROUNDS + 1)
AGAINST_TORCH = (1.2, 1.6)
TOGETHER = (1.05, 1.2)
HARDWARE = Hardware(torch.device("cpu"), torch.float32, threads=1, recurrent_threads=1)


def _corpus() -> Corpus:
    generator = np.random.default_rng(0)
    lengths = generator.integers(SHORTEST, LONGEST, DOCUMENTS)
    words = generator.integers(WORDS, size=lengths.sum()).astype(np.int32)
    vocabulary = Vocabulary(
        words=tuple(map(str, range(WORDS))),
        train_counts=np.bincount(words, minlength=WORDS),
        tags=(None,) * WORDS,
        tag_shares=np.full(WORDS, np.nan, np.float32),
    )
    split = Split(
        words,
        np.concatenate([[0], np.cumsum(lengths)]),
        np.arange(DOCUMENTS, dtype=np.int32),
        generator.integers(2, size=DOCUMENTS).astype(np.int32),
        ("",) * DOCUMENTS,
        None,
    )
    return Corpus("drawn", "classification", ("bad", "good"), vocabulary, {"train": split})


def _start_runs(corpus: Corpus) -> list[TrainingRun]:
    config = ModelConfig(
        dataset="drawn",
        cell="gru",
        num_layers=1,
        hidden_size=UNITS,
        embedding_size=UNITS,
        dropout=Dropout(embedding=0.5, output=0.5),
        training=Training(epochs=2, batch_size=BATCH, learning_rate=0.005, weight_decay=0.05),
    )
    seeds = range(1, SEEDS + 1)
    return [start_run(corpus, config.model_copy(update={"seed": s}), HARDWARE) for s in seeds]


def _step_by_torch(run: TrainingRun) -> None:
    """A step with the layers of ``torch.nn``."""
    batch = run.read_documents()
    with batch.draws():
        logits = batch.network.decode(read_documents(batch.network, batch.documents))
    loss = functional.cross_entropy(logits, batch.labels)
    loss.backward()  # type: ignore[no-untyped-call]
    run.take_step(batch.sums(loss.item(), logits), 0.0)


def _step_together(runs: Sequence[TrainingRun]) -> None:
    sums = add_gradients([run.read_documents() for run in runs])
    for run, each in zip(runs, sums, strict=True):
        run.take_step(each, 0.0)


def _step(run: TrainingRun) -> None:
    run.take_step(run.compute_gradients(), 0.0)


def _round(step: Callable[[], object]) -> Callable[[], None]:
    def take_steps() -> None:
        for _ in range(STEPS_A_ROUND):
            step()

    return take_steps


def measure() -> list[Row]:
    corpus, kind = _corpus(), f"1 x {UNITS} GRU with {WORDS:,} words, batch {BATCH}"
    single, by_torch = _start_runs(corpus)[:1], _start_runs(corpus)[:1]
    together, in_turn = _start_runs(corpus), _start_runs(corpus)
    with limited_threads(1):
        one_by_one = time_side_by_side(
            _round(lambda: _step(single[0])),
            _round(lambda: _step_by_torch(by_torch[0])),
            repeats=ROUNDS,
        )
        family = time_side_by_side(
            _round(lambda: _step_together(together)),
            _round(lambda: [_step(run) for run in in_turn]),
            repeats=ROUNDS,
        )
    return [
        speedup_row(
            f"training a {kind}, against the layers of torch.nn",
            one_by_one,
            must=AGAINST_TORCH[0],
            aim=AGAINST_TORCH[1],
        ),
        speedup_row(
            f"training {SEEDS} of them together, against one after the other",
            family,
            must=TOGETHER[0],
            aim=TOGETHER[1],
        ),
    ]
