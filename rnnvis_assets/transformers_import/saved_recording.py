"""Recording a network that transformers has saved, and reading a user's sentences with it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from rnnvis_assets.corpus.corpus_files import load_corpus
from rnnvis_assets.engine.stage import RunContext, StageOutput
from rnnvis_assets.matrix_memory.factor_files import open_factors
from rnnvis_assets.matrix_memory.head_figures import head_columns
from rnnvis_assets.matrix_memory.memory_factors import MemoryFactors
from rnnvis_assets.matrix_memory.memory_recorder import record_memory
from rnnvis_assets.matrix_memory.memory_replay import replay
from rnnvis_assets.matrix_memory.memory_source import LayerOfMemory, VectorStates
from rnnvis_assets.matrix_memory.word_states import states_at_words
from rnnvis_assets.network.checkpoint_files import SPEC_FILE
from rnnvis_assets.network.model_metadata import load_metadata, read_external_metadata
from rnnvis_assets.recording.layer_states import FirstStates, LayerStates
from rnnvis_assets.recording.record_trained import OpenedNetwork, recording_output
from rnnvis_assets.recording.recording_plan import (
    describe_recording,
    recorded_split,
    sequence_offsets,
)
from rnnvis_assets.transformers_import.saved_checkpoint import open_copy
from rnnvis_assets.transformers_import.saved_network import SavedNetwork, check_network
from warehouse.arrays import Float32Array
from warehouse.atomic_files import remove_leftovers
from warehouse.checked_json import read_checked_json
from warehouse.parquet_tables import write_table
from warehouse.schema import MEMORY_HEAD, WORD_PIECE
from warehouse.storage import Storage


def record_saved(context: RunContext, model: str) -> StageOutput:
    """Records the split that the model's analysis names.

    Raises what ``record_memory`` does, and ImportedModelError where the network is read otherwise
    than it was at the import (by another version of transformers, say).
    """
    project, storage = context.project, context.storage
    wanted = project.analysis_of(model).recording
    corpus = load_corpus(storage.corpus(project.corpus_of(model)))
    metadata = read_external_metadata(storage.checkpoint(model), None, corpus)
    network, split = open_copy(storage.checkpoint(model)), recorded_split(corpus, wanted)
    check_network(network, split)
    cuts = sequence_offsets(split, corpus.task, wanted.streams)
    folder = storage.recording(model, wanted.split)
    remove_leftovers(folder.parent)
    report = record_memory(
        network,
        split.word_ids,
        cuts,
        folder,
        source=describe_recording(wanted.split, split, cuts, metadata.weights_sha256),
        precision=wanted.precision,
        report=context.report,
    )
    heads = head_columns(report.heads) or {column.name: [] for column in MEMORY_HEAD.columns}
    tables = {WORD_PIECE: _word_pieces(network), MEMORY_HEAD: heads}
    paths = {table: storage.table(model, table.name) for table in tables}
    rows = {t.name: write_table(paths[t], t, columns) for t, columns in tables.items()}
    output = recording_output(report, corpus.splits[wanted.split].num_tokens)
    return replace(
        output,
        files=(*output.files, *report.factors.files, *paths.values()),
        row_counts={**output.row_counts, **rows},
        figures={**output.figures, "pieces": report.num_pieces},
    )


def _word_pieces(network: SavedNetwork) -> dict[str, Any]:
    texts = network.words.texts
    return {"word_id": np.arange(len(texts), dtype=np.int32), "pieces": [*map(list, texts)]}


def open_saved(folder: Path) -> OpenedNetwork:
    """The network of the checkpoint in ``folder``; matrix memories are read by the mean queries of
    its recording.

    Raises CheckpointError where it is damaged, RecordingError where it was not recorded.
    """
    spec = read_checked_json(folder / SPEC_FILE)
    recording = Storage(folder.parents[1]).recording(folder.name, spec["split"])
    network, stored = open_copy(folder), open_factors(recording)
    readers = {number: layer.reader for number, layer in stored.layers.items()}
    return OpenedNetwork(
        read=partial(read_sentence, network, readers),
        output=None,
        classes=(),
        weights_sha256=load_metadata(folder).weights_sha256,
        step=lambda: None,
        carries=False,
    )


def read_sentence(
    network: SavedNetwork,
    readers: Mapping[int, Tensor],
    word_ids: Sequence[int],
    *,
    before: FirstStates | None = None,
) -> list[LayerStates]:
    """Every layer's states at the words of one sequence, from zero; ``readers`` float[heads,
    key_size] by number of the layer."""
    assert before is None, "a whole pass begins from zero"
    pieces = network.pieces(np.array(word_ids, np.int32))
    if not pieces:
        return [LayerStates() for _ in network.layers]
    starts = np.cumsum([0, *map(len, pieces[:-1])])
    read = network.read(torch.tensor([[piece for word in pieces for piece in word]]))
    found = enumerate(zip(network.layers, read, strict=True))
    readings = (_readings(layer, own, readers.get(number)) for number, (layer, own) in found)
    return [LayerStates(**states_at_words(each, starts)) for each in readings]


def _readings(
    layer: LayerOfMemory, read: MemoryFactors | VectorStates, reader: Tensor | None
) -> dict[str, Float32Array]:
    """The arrays of one sequence at every piece, float32[pieces, units]."""
    if not isinstance(read, MemoryFactors):
        return {name: values[0].numpy() for name, values in read.items()}
    assert layer.memory is not None
    assert reader is not None
    found = replay(layer.memory, read, reader)
    arrays = {
        "hidden": found.hidden,
        "cell": found.cell,
        "cell_written": found.written,
        "cell_lost": found.lost,
        "keep_gate": found.keep.repeat_interleave(layer.memory.channels, dim=-1),
    }
    return {name: values[0].numpy() for name, values in arrays.items()}
