"""A small random network that has read a small text: all that the stage ``glyphs`` reads."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import torch

from rnnvis_assets.configuration.analysis_config import (
    AnalysisConfig,
    CoClusterSettings,
    GlyphSettings,
    RecordingSettings,
    ScheduleConfig,
)
from rnnvis_assets.configuration.cell_kinds import Cell
from rnnvis_assets.configuration.dataset_config import SPLITS
from rnnvis_assets.configuration.project import Project
from rnnvis_assets.corpus.corpus import Corpus, Split
from rnnvis_assets.corpus.corpus_files import save_corpus
from rnnvis_assets.engine.stage import RunContext
from rnnvis_assets.network.checkpoint_files import (
    describe_network,
    load_checkpoint,
    save_checkpoint,
)
from rnnvis_assets.network.recurrent_network import RecurrentNetwork
from tests.numpy_cells import Arrays, read_sequences
from tests.rnnvis_assets.checkpoint.small_runs import make_config, make_vocabulary
from warehouse.parquet_tables import write_table
from warehouse.recording_schema import CHANGE_PARTS, stacked_layers
from warehouse.recording_writer import write_recording
from warehouse.schema import CLUSTERING, EVALUATION, UNIT_CLUSTER
from warehouse.storage import Storage

UNITS, LAYERS, WORDS, CLUSTERS = 6, 2, 11, 3
LENGTHS = (4, 1, 7, 3, 5, 2, 6)
LABELS = (0, 1, 1, 0, 1, 0, 0)
CLASSES = ("bad", "good")
PART_ROWS = (5, 1, 9)
"""The recording's parts end within sentences and within sequences; the last takes the rest."""


@dataclass(frozen=True)
class MadeUp:
    """The context of model ``m``, and what was put into it."""

    context: RunContext
    corpus: Corpus
    split: Split
    weights: dict[str, np.ndarray]
    sequences: np.ndarray
    steps: list[Arrays]
    unit_labels: dict[tuple[int, str], np.ndarray]

    @property
    def starts(self) -> np.ndarray:
        """bool[tokens]: where a sequence begins."""
        return np.isin(np.arange(self.split.num_tokens), self.sequences[:-1])


def make_split(lengths: Sequence[int], labels: Sequence[int] | None) -> Split:
    word_ids = np.random.default_rng(1).integers(0, WORDS, sum(lengths)).astype(np.int32)
    offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    texts = tuple(
        " ".join(f"w{word}" for word in word_ids[start:stop]) for start, stop in pairwise(offsets)
    )
    return Split(
        tokens=word_ids,
        sentence_offsets=offsets,
        documents=np.arange(len(lengths), dtype=np.int32),
        labels=None if labels is None else np.array(labels, np.int32),
        texts=texts,
    )


def make_corpus(split: Split) -> Corpus:
    task = "language_model" if split.labels is None else "classification"
    classes = () if split.labels is None else CLASSES
    return Corpus("d", task, classes, make_vocabulary(WORDS), dict.fromkeys(SPLITS, split))


def make_context(root: Path, cell: Cell) -> RunContext:
    sizes = {"num_layers": LAYERS, "hidden_size": UNITS, "embedding_size": UNITS}
    model = make_config(dataset="d", analysis="mine", cell=cell, **sizes)
    analysis = AnalysisConfig(
        recording=RecordingSettings(split="validation"),
        co_clusters=CoClusterSettings(maximum_clusters=CLUSTERS),
        glyphs=GlyphSettings(affinity="absolute", num_clusters=CLUSTERS),
    )
    project = Project(root, {}, {"m": model}, {"mine": analysis}, ScheduleConfig())
    return RunContext(project, Storage(root), report=lambda _: None)


def _save_network(context: RunContext, corpus: Corpus) -> dict[str, np.ndarray]:
    config = context.project.models["m"]
    torch.manual_seed(0)
    outputs = len(corpus.classes) or WORDS
    network = RecurrentNetwork(config, WORDS, outputs)
    for parameter in network.parameters():
        torch.nn.init.normal_(parameter, std=0.8)
    spec = describe_network(
        config, corpus, precision="float32", device="cpu", versions={"torch": "2"}
    )
    save_checkpoint(context.storage.checkpoint("m"), network.state_dict(), spec)
    return {name: tensor.numpy() for name, tensor in network.state_dict().items()}


def split_changes(change: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """What was written and what was lost, as if the cell's memory were a matrix."""
    written = np.round(2 * change, 1)
    return written, change - written


def _recorded(arrays: Arrays, is_matrix: bool) -> Arrays:
    found = dict(arrays)
    if is_matrix:
        gate = found.pop("keep_gate")
        halves = split_changes(found["cell_delta"])
        found |= dict(zip(CHANGE_PARTS, halves, strict=True)) | {"keep_gate": gate}
    return {name: values.astype(np.float32) for name, values in found.items()}


def _record(made: MadeUp, is_matrix: bool) -> None:
    storage, split = made.context.storage, made.split
    weights_sha256 = load_checkpoint(storage.checkpoint("m")).weights_sha256
    layers = [_recorded(steps, is_matrix) for steps in made.steps]
    tokens = np.arange(split.num_tokens)
    sequence = np.searchsorted(made.sequences, tokens, side="right") - 1
    scalars = {
        "sequence": sequence.astype(np.int32),
        "position": (tokens - made.sequences[sequence]).astype(np.int32),
        "token": tokens,
        "word_id": split.word_ids,
    }
    part_rows = (*PART_ROWS, split.num_tokens - sum(PART_ROWS))
    ends = np.cumsum(part_rows)
    with write_recording(
        storage.recording("m", "validation"),
        layers=stacked_layers([UNITS] * LAYERS, tuple(layers[0])),
        part_rows=part_rows,
        source={"weights_sha256": weights_sha256},
    ) as writer:
        for part, (rows, end) in enumerate(zip(part_rows, ends, strict=True)):
            for layer, arrays in enumerate(layers):
                columns = {**scalars, **arrays}
                block = {name: values[end - rows : end] for name, values in columns.items()}
                writer.append(layer, part, block)


def _write_unit_labels(made: MadeUp) -> None:
    keys = list(made.unit_labels)
    columns = {
        "layer": np.repeat([layer for layer, _ in keys], UNITS),
        "state": np.repeat([state for _, state in keys], UNITS),
        "affinity": ["absolute"] * (UNITS * len(keys)),
        "num_clusters": np.full(UNITS * len(keys), CLUSTERS),
        "unit": np.tile(np.arange(UNITS), len(keys)),
        "direction": np.zeros(UNITS * len(keys), np.int32),
        "cluster": np.concatenate(list(made.unit_labels.values())),
    }
    write_table(made.context.storage.table("m", UNIT_CLUSTER.name), UNIT_CLUSTER, columns)
    numbers = list(range(2, CLUSTERS + 1))
    affinities = np.repeat(["absolute", "signed"], len(numbers))
    made_numbers = pa.table({"affinity": affinities, "num_clusters": 2 * numbers})
    pq.write_table(made_numbers, made.context.storage.table("m", CLUSTERING.name))


def make_model(
    root: Path,
    cell: Cell,
    *,
    sequences: Sequence[int],
    lengths: Sequence[int] = LENGTHS,
    labels: Sequence[int] | None = None,
    is_matrix: bool = False,
) -> MadeUp:
    """Writes corpus, checkpoint, recording, clusters and evaluation of model ``m`` below ``root``;
    as of a matrix memory, the changes of the cell in two parts, by ``split_changes``.

    ``sequences`` holds the sentences with which sequences begin, and the number of sentences.
    """
    context, split = make_context(root, cell), make_split(lengths, labels)
    corpus = make_corpus(split)
    weights, cuts = _save_network(context, corpus), split.sentence_offsets[list(sequences)]
    generator = np.random.default_rng(2)
    states = ("hidden", "cell") if cell == "lstm" else ("hidden",)
    made = MadeUp(
        context=context,
        corpus=corpus,
        split=split,
        weights=weights,
        sequences=cuts,
        steps=read_sequences(weights, cell, LAYERS, split.word_ids, cuts),
        unit_labels={
            (layer, state): generator.integers(0, CLUSTERS, UNITS).astype(np.int32)
            for layer in range(LAYERS)
            for state in states
        },
    )
    save_corpus(context.storage.corpus("d"), corpus)
    _record(made, is_matrix)
    _write_unit_labels(made)
    columns = {"split": ["validation"] * 2, "metric": ["perplexity", "accuracy"], "value": [7, 0.5]}
    write_table(context.storage.table("m", EVALUATION.name), EVALUATION, columns)
    return made
