"""The classification task: one class for a document, from the state after its last word.

Documents are packed, never padded, and the state is zero at the start of each. Gradients flow
through the last ``BACKPROPAGATION_LIMIT`` words of a document; what stands before is read
without, so that a document of any length fits in memory.
"""

import functools
from collections.abc import Sequence
from contextlib import nullcontext

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn import functional

from rnnvis_assets.checkpoint.document_batches import (
    DocumentBatch,
    Draws,
    add_gradients,
    embed_ends,
    read_beginnings,
)
from rnnvis_assets.checkpoint.hardware import Hardware
from rnnvis_assets.checkpoint.stacked_cells import STACKED_CELLS
from rnnvis_assets.checkpoint.training_task import PredictionSums
from rnnvis_assets.configuration.dataset_config import SplitName
from rnnvis_assets.configuration.model_config import ModelConfig
from rnnvis_assets.corpus.corpus import Corpus, Split
from rnnvis_assets.network.recurrent_network import RecurrentNetwork, State

_BATCHES_PER_POOL = 50
_EVALUATION_BATCH = 256

Indices = npt.NDArray[np.int64]


def balance(labels: npt.NDArray[np.int32], generator: np.random.Generator) -> Indices:
    """Documents such that every class occurs as often as the largest: smaller ones are repeated
    whole, and filled up by documents drawn without repetition."""
    members = [np.flatnonzero(labels == label) for label in np.unique(labels)]
    largest = max(map(len, members))
    chosen = []
    for documents in members:
        repeats, rest = divmod(largest, len(documents))
        chosen += [documents] * repeats
        chosen.append(generator.choice(documents, rest, replace=False))
    return np.concatenate(chosen)


def draw_batches(
    documents: Indices,
    lengths: npt.NDArray[np.int64],
    batch_size: int,
    generator: np.random.Generator,
) -> list[Indices]:
    """Shuffled batches of documents of about equal length, each document in one of them.

    Documents are shuffled, sorted by length within pools of 50 batches, and cut; then the batches
    are shuffled.
    """
    shuffled = generator.permutation(documents)
    pools = range(0, len(shuffled), batch_size * _BATCHES_PER_POOL)
    ordered = [shuffled[start : start + pools.step] for start in pools]
    ordered = [pool[np.argsort(lengths[pool], kind="stable")] for pool in ordered]
    batches = [
        pool[start : start + batch_size]
        for pool in ordered
        for start in range(0, len(pool), batch_size)
    ]
    return [batches[index] for index in generator.permutation(len(batches))]


def read_documents(network: RecurrentNetwork, documents: Sequence[Tensor]) -> Tensor:
    """The top layer's h after the last word of each of some documents, int64[words] each:
    float[documents, H]. A document's last 2,000 words are in the graph."""
    state = read_beginnings(network, documents)
    _, after = network.run(embed_ends(network, documents), state)
    return after[0][-1]


class ClassificationTask:
    """Training on shuffled documents, bucketed by length."""

    metric = "accuracy"

    def __init__(self, corpus: Corpus, config: ModelConfig, hardware: Hardware) -> None:
        self._corpus = corpus
        self._config = config
        self._hardware = hardware
        self._train = corpus.splits["train"]
        self.batches_per_epoch = len(self._batches(0))

    def compute_gradients(
        self, network: RecurrentNetwork, epoch: int, number: int, state: State
    ) -> tuple[PredictionSums, State]:
        batch, hardware = self.batch(network, epoch, number), self._hardware
        if hardware.stacks_layers and network.cell in STACKED_CELLS:
            return add_gradients([batch])[0], state
        with torch.autocast("cpu", hardware.precision, enabled=hardware.lowers_recurrence):
            logits = network.decode(read_documents(network, batch.documents)).float()
        loss = functional.cross_entropy(logits, batch.labels)
        loss.backward()  # type: ignore[no-untyped-call]
        return batch.sums(loss.item(), logits), state

    def batch(
        self, network: RecurrentNetwork, epoch: int, number: int, draws: Draws = nullcontext
    ) -> DocumentBatch:
        """What the network reads as batch ``number`` of an epoch."""
        documents = self._batches(epoch)[number]
        labels = _labels(self._train, documents).to(self._hardware.device)
        return DocumentBatch(network, self._words(self._train, documents), labels, draws)

    def value(self, sums: PredictionSums) -> float:
        return sums.correct / sums.predictions

    @torch.no_grad()
    def evaluate(self, network: RecurrentNetwork, split: SplitName) -> dict[str, float]:
        """loss, accuracy, balanced_accuracy (the mean of the recalls) and recall_<class> for every
        class that occurs in the split."""
        documents = self._corpus.splits[split]
        labels = _labels(documents, np.arange(documents.num_sentences))
        order = np.argsort(np.diff(documents.sentence_offsets), kind="stable")
        logits = torch.empty(len(labels), len(self._corpus.classes))
        for start in range(0, len(order), _EVALUATION_BATCH):
            part = order[start : start + _EVALUATION_BATCH]
            hidden = read_documents(network, self._words(documents, part))
            logits[torch.from_numpy(part)] = network.decode(hidden).cpu()
        return _figures(logits, labels, self._corpus.classes)

    def score(self, figures: dict[str, float]) -> tuple[float, float]:
        return figures["accuracy"], -figures["loss"]

    @functools.lru_cache(maxsize=1)  # noqa: B019  a task lives as long as its training
    def _batches(self, epoch: int) -> list[Indices]:
        generator = np.random.default_rng([self._config.seed, epoch])
        assert self._train.labels is not None
        documents = (
            balance(self._train.labels, generator)
            if self._config.training.class_balance == "oversample"
            else np.arange(self._train.num_sentences)
        )
        lengths = np.diff(self._train.sentence_offsets)
        return draw_batches(documents, lengths, self._config.training.batch_size, generator)

    def _words(self, split: Split, documents: Indices) -> list[Tensor]:
        """The words of some documents, on the device."""
        starts, stops = split.sentence_offsets[documents], split.sentence_offsets[documents + 1]
        pieces = [split.word_ids[a:b] for a, b in zip(starts, stops, strict=True)]
        words = torch.from_numpy(np.concatenate(pieces).astype(np.int64))
        lengths = (stops - starts).tolist()
        return list(torch.split(words.to(self._hardware.device), lengths))


def _labels(split: Split, documents: Indices) -> Tensor:
    assert split.labels is not None
    return torch.from_numpy(split.labels[documents].astype(np.int64))


def _figures(logits: Tensor, labels: Tensor, classes: Sequence[str]) -> dict[str, float]:
    hits = (logits.argmax(1) == labels).double()
    recalls = {
        f"recall_{name}": float(hits[labels == index].mean())
        for index, name in enumerate(classes)
        if (labels == index).any()
    }
    return {
        "loss": float(functional.cross_entropy(logits.double(), labels)),
        "accuracy": float(hits.mean()),
        "balanced_accuracy": sum(recalls.values()) / len(recalls),
        **recalls,
    }
