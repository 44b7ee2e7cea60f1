"""The language model task: the next word of running text.

The targets of a split are its words from the second on. Word and target pairs are cut into
contiguous streams, as equal as their number allows, which are read side by side.
"""

import itertools
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn import functional

from rnnvis_assets.checkpoint.hardware import Hardware
from rnnvis_assets.checkpoint.linear_cross_entropy import linear_cross_entropy
from rnnvis_assets.checkpoint.training_layers import TrainingLayers
from rnnvis_assets.checkpoint.training_task import PredictionSums
from rnnvis_assets.configuration.dataset_config import SplitName
from rnnvis_assets.configuration.model_config import ModelConfig
from rnnvis_assets.corpus.corpus import Corpus
from rnnvis_assets.network.recurrent_network import (
    RecurrentNetwork,
    State,
    limited_threads,
    perplexity,
)
from warehouse.errors import TrainingError

EVALUATION_STREAMS = 32
"""Streams of an evaluation: the state is carried through each, and is zero at 32 places only."""
_EVALUATION_STEPS = 8
_NO_TARGET = -1


@dataclass(frozen=True)
class Streams:
    """Words and the words that follow them, a column a stream: int64[length, streams] each.

    Streams differ in length by one at most; past the end of a shorter one the target is -1.
    """

    inputs: Tensor
    targets: Tensor

    @property
    def num_targets(self) -> int:
        return int((self.targets != _NO_TARGET).sum())


def cut_streams(word_ids: npt.NDArray[np.int32], num_streams: int) -> Streams:
    """Every pair of neighbouring words, in at most ``num_streams`` contiguous streams.

    Raises TrainingError where there are fewer than two words.
    """
    if len(word_ids) < 2:
        raise TrainingError(
            f"a split of {len(word_ids)} tokens has no next word to predict",
            repair="give the dataset more text",
        )
    runs = np.array_split(np.arange(len(word_ids) - 1), min(num_streams, len(word_ids) - 1))
    inputs = np.zeros((len(runs[0]), len(runs)), np.int64)
    targets = np.full_like(inputs, _NO_TARGET)
    for column, run in enumerate(runs):
        inputs[: len(run), column] = word_ids[run]
        targets[: len(run), column] = word_ids[run + 1]
    return Streams(torch.from_numpy(inputs), torch.from_numpy(targets))


def cut_steps(length: int, longest: int) -> list[slice]:
    """Cuts ``length`` steps into the fewest runs of at most ``longest``, as equal as can be."""
    runs = -(-length // longest)
    bounds = [run * length // runs for run in range(runs + 1)]
    return [slice(start, stop) for start, stop in itertools.pairwise(bounds)]


class LanguageModelTask:
    """Training by truncated back-propagation: state runs on from batch to batch of an epoch."""

    metric = "perplexity"

    def __init__(self, corpus: Corpus, config: ModelConfig, hardware: Hardware) -> None:
        self._corpus = corpus
        self._dropout = config.dropout
        self._layers = TrainingLayers(config.dropout, hardware)
        self._hardware = hardware
        self._penalty = config.training.cell_penalty
        words = corpus.splits["train"].word_ids
        self._streams = cut_streams(words, config.training.batch_size)
        self._batches = cut_steps(len(self._streams.inputs), config.training.steps)
        self.batches_per_epoch = len(self._batches)

    def compute_gradients(
        self,
        network: RecurrentNetwork,
        epoch: int,  # noqa: ARG002  every epoch reads the same batches in order
        number: int,
        state: State,
    ) -> tuple[PredictionSums, State]:
        part = self._batches[number]
        device = self._hardware.device
        inputs = self._streams.inputs[part].to(device)
        targets = self._streams.targets[part].flatten()
        known = (targets != _NO_TARGET).nonzero().squeeze(1)
        if number == 0:
            state = network.initial_state(inputs.shape[1])
        embedding = network.embedding.weight
        embedded = functional.embedding(inputs, embedding.detach()).requires_grad_()
        with limited_threads(self._hardware.recurrent_threads):
            dropped = self._layers.drop(embedded, self._dropout.embedding)
            hidden, after = self._layers.read(network, dropped, state)
        hidden = self._layers.drop(hidden, self._dropout.output).flatten(0, 1)[known.to(device)]
        loss = self._loss(network, hidden, targets[known].to(device))
        penalised = loss + self._penalty * cell_sizes(after) if self._penalty else loss
        with limited_threads(self._hardware.recurrent_threads):
            penalised.backward()  # type: ignore[no-untyped-call]
        _add_rows(embedding, inputs, embedded)
        count = len(hidden)
        state = tuple(part.detach() for part in after)
        return PredictionSums(loss.item() * count, count, tokens=count), state

    def value(self, sums: PredictionSums) -> float:
        return perplexity(sums.loss)

    def evaluate(self, network: RecurrentNetwork, split: SplitName) -> dict[str, float]:
        loss = evaluate_loss(network, self._corpus.splits[split].word_ids)
        return {"loss": loss, "perplexity": perplexity(loss)}

    def score(self, figures: dict[str, float]) -> tuple[float, float]:
        return -figures["loss"], 0.0

    def _loss(self, network: RecurrentNetwork, hidden: Tensor, targets: Tensor) -> Tensor:
        weight, bias = network.output_weight, network.decoder.bias
        precision = self._hardware.precision
        if hidden.device.type == "cpu":
            return linear_cross_entropy(hidden, weight, bias, targets, precision)
        with torch.autocast(hidden.device.type, precision, enabled=precision != torch.float32):
            logits = functional.linear(hidden, weight, bias)
        return functional.cross_entropy(logits.float(), targets)


def cell_sizes(state: State) -> Tensor:
    """The mean of c² over streams and units, summed over the layers of a ``state`` (h, c).

    It is activation regularisation (Merity et al. 2018) of what an LSTM carries on: a gate that is
    always open lets c grow from word to word until tanh(c) is a constant.
    """
    _, cell = state
    return cell.square().mean(dim=(1, 2)).sum()


def _add_rows(embedding: Tensor, word_ids: Tensor, embedded: Tensor) -> None:
    """Adds the gradient of looked-up rows to the embedding's, which a tied output layer may have
    begun: autograd would make, fill and add a second gradient of the whole embedding."""
    if embedding.grad is None:
        embedding.grad = torch.zeros_like(embedding)
    assert embedded.grad is not None
    embedding.grad.index_add_(0, word_ids.flatten(), embedded.grad.flatten(0, 1).float())


@torch.no_grad()
def evaluate_loss(network: RecurrentNetwork, word_ids: npt.NDArray[np.int32]) -> float:
    """Mean cross-entropy in nats of every word from the second on, given all before it.

    In float32, the network in evaluation mode, its state carried through each of
    ``EVALUATION_STREAMS`` contiguous streams.
    """
    streams = cut_streams(word_ids, EVALUATION_STREAMS)
    device = network.embedding.weight.device
    state, total = network.initial_state(streams.inputs.shape[1]), 0.0
    for part in cut_steps(len(streams.inputs), _EVALUATION_STEPS):
        hidden, state = network.read(streams.inputs[part].t().to(device), state)
        logits = network.decode(hidden.flatten(0, 1))
        targets = streams.targets[part].t().flatten().to(device)
        total += float(
            functional.cross_entropy(logits, targets, ignore_index=_NO_TARGET, reduction="sum")
        )
    return total / streams.num_targets
