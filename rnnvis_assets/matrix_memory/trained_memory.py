"""A network of Mamba's blocks that was trained here, as its memory is read and recorded."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from pathlib import Path

import torch
from torch import Tensor

from rnnvis_assets.configuration.model_config import ModelConfig
from rnnvis_assets.corpus.corpus import Corpus, Split
from rnnvis_assets.corpus.corpus_files import load_corpus
from rnnvis_assets.engine.stage import RunContext, StageOutput
from rnnvis_assets.matrix_memory.memory_factors import MemoryFactors, MemoryShape
from rnnvis_assets.matrix_memory.memory_source import LayerOfMemory, matrix_layer
from rnnvis_assets.matrix_memory.record_split import record_split
from rnnvis_assets.matrix_memory.sentence_states import load_readers, read_sentence
from rnnvis_assets.model_import.reading.recurrent_hooks import LayerwiseStates
from rnnvis_assets.model_import.recording.predictions import (
    SplitReading,
    choose,
    write_choices,
    write_next_words,
)
from rnnvis_assets.network.checkpoint_files import Checkpoint, check_fit, load_checkpoint
from rnnvis_assets.network.integrated_gradients import integrated_gradients
from rnnvis_assets.network.mamba import STATE_SIZE, Mamba
from rnnvis_assets.network.recurrent_network import RecurrentNetwork
from rnnvis_assets.network.stepped_mamba import stepped_mamba
from rnnvis_assets.recording.layer_states import FirstStates
from rnnvis_assets.recording.record_trained import OpenedNetwork
from rnnvis_assets.recording.recording_plan import Offsets, recorded_split, sequence_offsets
from warehouse.arrays import Int32Array

SEQUENCES_AT_ONCE = 64


@dataclass(frozen=True, eq=False)
class TrainedMemory:
    """A network in evaluation mode as a ``MemorySource``, whose pieces are the words, and as what
    ``SplitReading`` predicts with."""

    network: RecurrentNetwork
    per_word: bool = True
    largest_batch: int = SEQUENCES_AT_ONCE

    @property
    def _rnn(self) -> Mamba:
        assert isinstance(self.network.rnn, Mamba)
        return self.network.rnn

    @cached_property
    def layers(self) -> Sequence[LayerOfMemory]:
        """A unit a channel, each a head with a key of its own scale."""
        rates = [block.rate.detach() for block in self._rnn.blocks]
        shapes = [MemoryShape(len(rate), STATE_SIZE, 1, 1, rate) for rate in rates]
        cell = self.network.cell
        return [matrix_layer(f"layer {n}", cell, shape) for n, shape in enumerate(shapes)]

    def pieces(self, word_ids: Int32Array) -> Sequence[Sequence[int]]:
        """The words."""
        return [(word,) for word in word_ids.tolist()]

    @torch.no_grad()
    def read(self, pieces: Tensor) -> list[MemoryFactors]:
        """What each block remembers of int64[batch, steps] words."""
        stream, found = self.network.embedding(pieces).transpose(0, 1), []
        start = self.network.initial_state(len(pieces))
        for block, (_, memory, last) in zip(
            self._rnn.blocks, zip(*start, strict=True), strict=True
        ):
            entering = block.scan_inputs(stream, last)
            read, _ = block.scan(entering, memory)
            stream = block.leave(stream, read, entering)
            shared = (entering.key, entering.query)
            key, query = (each.transpose(0, 1).unsqueeze(2) for each in shared)
            own = (entering.value, entering.steps)
            value, steps = (each.transpose(0, 1).unsqueeze(3) for each in own)
            found.append(MemoryFactors(key, value, query, steps))
        return found

    @torch.no_grad()
    def predict(
        self, words: Tensor, before: LayerwiseStates | None = None
    ) -> tuple[Tensor, LayerwiseStates]:
        """Logits float[batch, steps, words] or float[batch, classes] for int64[batch, steps] words,
        and the state after them."""
        state = self.network.initial_state(len(words))
        if before is not None:
            (carried,) = before
            state = tuple(part.transpose(0, 1) for part in carried.values())
        hidden, after = self.network.read(words, state)
        logits = self.network.decode(hidden if self.per_word else hidden[:, -1])
        return logits, [{str(n): part.transpose(0, 1) for n, part in enumerate(after)}]

    def logits(self, word_ids: Sequence[int], *, before: FirstStates | None = None) -> Tensor:
        """float[words, outputs] after each of a sequence of words."""
        assert before is None, "a whole pass begins from zero"
        return self.predict(torch.tensor([list(word_ids)], dtype=torch.int64))[0][0]


def record_trained_memory(context: RunContext, model: str, config: ModelConfig) -> StageOutput:
    """Records the split that the model's analysis names, and writes to the checkpoint what the
    network expects of it, since no linear layer reads its memory.

    Raises CheckpointError where the checkpoint does not fit the configuration or the corpus, and
    what ``record_memory`` raises.
    """
    storage, wanted = context.storage, context.project.analysis_of(model).recording
    checkpoint = load_checkpoint(storage.checkpoint(model))
    corpus = load_corpus(storage.corpus(config.dataset))
    check_fit(checkpoint, config, corpus)
    split = recorded_split(corpus, wanted)
    cuts = sequence_offsets(split, corpus.task, wanted.streams)
    memory, weights = TrainedMemory(checkpoint.network), checkpoint.weights_sha256
    output = record_split(context, model, memory, corpus, cuts, weights)
    expected = _write_predictions(checkpoint, corpus, split, cuts)
    return replace(output, files=(*output.files, expected))


def _write_predictions(checkpoint: Checkpoint, corpus: Corpus, split: Split, cuts: Offsets) -> Path:
    per_word = corpus.task == "language_model"
    predictor = TrainedMemory(checkpoint.network, per_word)
    reading = SplitReading(predictor, split.word_ids, cuts, whole=not per_word)
    if per_word:
        path, _ = write_next_words(reading, checkpoint.folder)
        return path
    return write_choices(choose(reading), checkpoint.folder)


def open_trained_memory(checkpoint: Checkpoint) -> OpenedNetwork:
    """The network of a checkpoint, whose memory is read by the mean queries of its recording.

    Raises CheckpointError where it was not recorded.
    """
    readers = load_readers(checkpoint.folder)
    memory, parts = TrainedMemory(checkpoint.network), stepped_mamba(checkpoint.network, readers)
    return OpenedNetwork(
        read=partial(read_sentence, memory, readers),
        output=None,
        classes=tuple(checkpoint.spec["classes"]),
        weights_sha256=checkpoint.weights_sha256,
        step=lambda: parts,
        logits=memory.logits,
        carries=False,
        gradients=lambda: partial(integrated_gradients, checkpoint.network),
    )
