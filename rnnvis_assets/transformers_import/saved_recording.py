"""Recording a network that transformers has saved, and reading a user's sentences with it."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from rnnvis_assets.configuration.external_model_config import TransformersModel
from rnnvis_assets.corpus.corpus_files import load_corpus
from rnnvis_assets.engine.stage import RunContext, StageOutput
from rnnvis_assets.matrix_memory.record_split import record_split
from rnnvis_assets.matrix_memory.sentence_states import load_readers, read_sentence
from rnnvis_assets.network.expected_words import NextWordPredictions
from rnnvis_assets.network.model_metadata import load_metadata, read_external_metadata
from rnnvis_assets.recording.record_trained import OpenedNetwork
from rnnvis_assets.recording.recording_plan import recorded_split
from rnnvis_assets.transformers_import.saved_checkpoint import open_copy
from rnnvis_assets.transformers_import.saved_network import (
    SavedNetwork,
    check_network,
    cut_sequences,
)
from warehouse.parquet_tables import write_table
from warehouse.schema import WORD_PIECE


def record_saved(context: RunContext, model: str, config: TransformersModel) -> StageOutput:
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
    cuts = cut_sequences(config, split, corpus.task, wanted)
    output = record_split(context, model, network, corpus, cuts, metadata.weights_sha256)
    pieces = storage.table(model, WORD_PIECE.name)
    rows = write_table(pieces, WORD_PIECE, _word_pieces(network))
    return replace(
        output,
        files=(*output.files, pieces),
        row_counts={**output.row_counts, WORD_PIECE.name: rows},
    )


def _word_pieces(network: SavedNetwork) -> dict[str, Any]:
    texts = network.words.texts
    return {"word_id": np.arange(len(texts), dtype=np.int32), "pieces": [*map(list, texts)]}


def open_saved(folder: Path) -> OpenedNetwork:
    """The network of the checkpoint in ``folder``; matrix memories are read by the mean queries of
    its recording.

    Raises CheckpointError where it is damaged, or was not recorded.
    """
    readers, network = load_readers(folder), open_copy(folder)
    return OpenedNetwork(
        read=partial(read_sentence, network, readers),
        output=None,
        classes=(),
        weights_sha256=load_metadata(folder).weights_sha256,
        step=lambda: None,
        next_words=partial(_expected, network),
        carries=False,
    )


def _expected(network: SavedNetwork, word_ids: Sequence[int]) -> NextWordPredictions:
    """What it expects after each word of a sequence that it reads from its beginning."""
    return network.next_words(np.array(word_ids, np.int32), np.array([0, len(word_ids)]))
