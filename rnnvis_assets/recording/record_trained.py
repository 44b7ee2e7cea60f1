"""A trained model for the stage ``recording``, and for reading sentences of a user's own."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache, partial
from typing import Protocol

import torch
from torch import Tensor

from rnnvis_assets.configuration.analysis_config import RecordingSettings
from rnnvis_assets.configuration.load_project import load_engine
from rnnvis_assets.configuration.model_config import ModelConfig
from rnnvis_assets.corpus.corpus import Corpus
from rnnvis_assets.corpus.corpus_files import load_corpus
from rnnvis_assets.engine.stage import RunContext, StageOutput
from rnnvis_assets.engine.stored_outputs import fetch_output, output_prefix
from rnnvis_assets.network.cells import stepped
from rnnvis_assets.network.checkpoint_files import Checkpoint, check_fit, load_checkpoint
from rnnvis_assets.network.expected_words import NextWordPredictions
from rnnvis_assets.network.integrated_gradients import ReadGradients, integrated_gradients
from rnnvis_assets.network.recurrent_network import OutputLayer
from rnnvis_assets.network.stepped_mamba import Stepped
from rnnvis_assets.recording.layer_states import FirstStates, LayerStates, record_sequence
from rnnvis_assets.recording.recorder import Reading, RecordingReport, record
from rnnvis_assets.recording.recording_plan import (
    describe_recording,
    recorded_split,
    sequence_offsets,
)
from rnnvis_assets.recording.shared_shards import SharedShards
from warehouse.arrays import Float32Array
from warehouse.atomic_files import remove_leftovers
from warehouse.object_store import ObjectStore
from warehouse.recording_schema import BYTES_OF_A_NUMBER
from warehouse.recording_shards import ShardFolder
from warehouse.storage import Storage


class ReadSentence(Protocol):
    """Every layer's states for one sequence of word ids, read from given states or from zero."""

    def __call__(
        self, word_ids: Sequence[int], *, before: FirstStates | None = None
    ) -> list[LayerStates]: ...


class ReadLogits(Protocol):
    """float[words, outputs] after each of a sequence of words."""

    def __call__(self, word_ids: Sequence[int], *, before: FirstStates | None = None) -> Tensor: ...


@dataclass(frozen=True)
class OpenedNetwork:
    """A network ready to read: ``output`` (None where it has no linear output layer) has a row for
    each word or for each of ``classes``. ``step`` takes it apart, as ``stepped`` says. ``logits``
    of a network without an output layer are those that it returns itself; one that reads words in
    pieces has ``next_words``, what it expects after each word of a sequence. ``carries``: whether
    it can read from other states than its own first ones. ``gradients`` gives the integrated
    gradients of a classifier, None where they cannot be had."""

    read: ReadSentence
    output: OutputLayer | None
    classes: tuple[str, ...]
    weights_sha256: str
    step: Callable[[], Stepped | None]
    logits: ReadLogits | None = None
    next_words: Callable[[Sequence[int]], NextWordPredictions] | None = None
    carries: bool = True
    gradients: Callable[[], ReadGradients | None] = lambda: None

    @cached_property
    def stepped(self) -> Stepped | None:
        """Its parts, None where only its own code can read; found at the first use."""
        return self.step()

    @cached_property
    def integrated_gradients(self) -> ReadGradients | None:
        """What each word adds to each class, found at the first use."""
        return self.gradients()

    def gradients_of(self, word_ids: Sequence[int]) -> Float32Array | None:
        """float32[words, classes] of one document; None where they cannot be had."""
        read = self.integrated_gradients
        return None if read is None else read(torch.tensor([list(word_ids)]))[0]


def open_trained(checkpoint: Checkpoint) -> OpenedNetwork:
    """The network of a checkpoint."""
    network = checkpoint.network
    parts = stepped(network)
    return OpenedNetwork(
        read=partial(record_sequence, network, layers=parts.layers),
        output=network.output_layer,
        classes=tuple(checkpoint.spec["classes"]),
        weights_sha256=checkpoint.weights_sha256,
        step=lambda: parts,
        gradients=lambda: partial(integrated_gradients, network),
    )


def recording_output(report: RecordingReport, tokens_of_the_split: int) -> StageOutput:
    """What the stage ``recording`` wrote, with the figures that its checks look at."""
    recording = report.recording
    on_disk = sum(path.stat().st_size for path in recording.files)
    numbers = sum(layer.units * len(layer.arrays) for layer in recording.layers)
    raw = BYTES_OF_A_NUMBER[recording.precision] * recording.num_tokens * numbers
    return StageOutput(
        files=recording.files,
        sha256=report.sha256,
        row_counts={
            f"layer={layer}": recording.num_tokens for layer in range(recording.num_layers)
        },
        figures={
            "tokens": recording.num_tokens,
            "tokens of the split": tokens_of_the_split,
            "tokens per second": round(recording.num_tokens / report.seconds, 1),
            "bytes on disk": on_disk,
            "raw bytes": raw,
            "compression ratio": round(on_disk / raw, 4),
            "largest hidden": report.largest_hidden,
            "largest drift": report.largest_drift,
            "precision": recording.precision,
            "largest rounding": recording.rounding,
        },
    )


def _reading(checkpoint: Checkpoint, corpus: Corpus, wanted: RecordingSettings) -> Reading:
    """What is recorded: the split that is wanted, or its beginning."""
    split = recorded_split(corpus, wanted)
    cuts = sequence_offsets(split, corpus.task, wanted.streams)
    network = checkpoint.network.to("cuda" if torch.cuda.is_available() else "cpu")
    source = describe_recording(wanted.split, split, cuts, checkpoint.weights_sha256)
    return Reading(network, split.tokens, cuts, source)


@lru_cache(maxsize=1)
def open_in_worker(
    storage: Storage,
    store: ObjectStore | None,
    model: str,
    dataset: str,
    wanted: RecordingSettings,
    _: str,
) -> Reading:
    """The same in a worker, which makes several shards of one recording, and on a machine of its
    own fetches what it reads. The last argument names the weights."""
    if store is not None:
        for stage, name in (("corpus", dataset), ("checkpoint", model)):
            fetch_output(store, storage, stage, name, lambda _: None)
    checkpoint = load_checkpoint(storage.checkpoint(model))
    return _reading(checkpoint, load_corpus(storage.corpus(dataset)), wanted)


def record_trained(context: RunContext, model: str, config: ModelConfig) -> StageOutput:
    """Records the split that the model's analysis names, by the workers of ``configs/engine.yaml``.

    Raises CheckpointError where the checkpoint does not fit the configuration or the corpus, and
    what ``record`` raises.
    """
    storage, engine = context.storage, load_engine(context.project.folder)
    wanted = context.project.analysis_of(model).recording
    checkpoint = load_checkpoint(storage.checkpoint(model))
    corpus = load_corpus(storage.corpus(config.dataset))
    check_fit(checkpoint, config, corpus)
    reading = _reading(checkpoint, corpus, wanted)
    folder = storage.recording(model, wanted.split)
    remove_leftovers(folder.parent)
    store = context.store if engine.executor == "ray" else None
    what = model, config.dataset, wanted, checkpoint.weights_sha256
    prefix = output_prefix("recording", model)
    report = record(
        reading,
        folder,
        stored=wanted.stored,
        engine=engine,
        reopen=None if engine.in_process else partial(open_in_worker, storage, store, *what),
        shards_of=partial(SharedShards, store=store, root=storage.root, prefix=prefix)
        if store
        else ShardFolder,
        report=context.report,
    )
    return recording_output(report, corpus.splits[wanted.split].num_tokens)
