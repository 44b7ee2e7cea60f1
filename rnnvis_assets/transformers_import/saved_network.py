"""A network that transformers has saved, ready to read the words of a corpus: its layers in depth,
the pieces of words, and what is remembered of them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from rnnvis_assets.configuration.analysis_config import RecordingSettings
from rnnvis_assets.configuration.dataset_config import Task
from rnnvis_assets.configuration.external_model_config import TransformersModel
from rnnvis_assets.corpus.corpus import Corpus, Split
from rnnvis_assets.matrix_memory.memory_factors import MemoryFactors
from rnnvis_assets.matrix_memory.memory_source import (
    LayerOfMemory,
    Read,
    VectorStates,
    matrix_layer,
    vector_layer,
)
from rnnvis_assets.network.expected_words import NextWordPredictions
from rnnvis_assets.recording.recording_plan import Offsets, sequence_offsets, spread
from rnnvis_assets.recurrent_libraries.layer_capture import LayerCapture
from rnnvis_assets.transformers_import.capture_checks import check_capture
from rnnvis_assets.transformers_import.libraries import open_library, untested_version
from rnnvis_assets.transformers_import.piece_predictions import next_words
from rnnvis_assets.transformers_import.word_pieces import WordPieces, read_pieces
from warehouse.arrays import Int32Array
from warehouse.errors import ImportedModelError

DEFAULT_LAYERS = 4
NO_WORDS = WordPieces((), (), frozenset())
CHECKED_PIECES = 24


@dataclass(frozen=True)
class SavedNetwork:
    """A network that reads words, a ``MemorySource``: ``recurrent`` are its recurrent layers by
    their place in the depth, ``layers`` those that are recorded. ``notes`` are for its user."""

    capture: LayerCapture
    recurrent: tuple[int, ...]
    layers: tuple[LayerOfMemory, ...]
    words: WordPieces = NO_WORDS
    notes: tuple[str, ...] = ()

    def pieces(self, word_ids: Int32Array) -> list[tuple[int, ...]]:
        """The pieces of each word."""
        return self.words.of(word_ids.tolist())

    def read(self, pieces: Tensor) -> list[MemoryFactors | VectorStates]:
        """Of each layer what it remembers of int64[batch, steps] pieces."""
        found = self.capture.read(pieces).values()
        return [read[1] if isinstance(read, tuple) else read for read in found]

    def next_words(self, word_ids: Int32Array, sequences: Offsets) -> NextWordPredictions:
        """What is expected after each of ``word_ids`` int32[tokens], cut into ``sequences``."""
        rows = len(self.capture.embedding)
        return next_words(self.capture.logits, self.words, word_ids, sequences, rows)

    def describe_depth(self) -> dict[str, Any]:
        """The recorded layers and those of attention, as ``spec.json`` and a release have them."""
        named = zip(self.layers, self.capture.depths, strict=True)
        layers = [{"name": layer.recorded.name, "depth": depth} for layer, depth in named]
        return {"layers": layers, "attention_layers": list(self.capture.attention)}


def open_network(source: str, folder: Path, asked: Sequence[int] | None) -> SavedNetwork:
    """The network that the library ``source`` saved in ``folder``, without words, to be recorded
    in the layers that are ``asked`` for, or else in ``DEFAULT_LAYERS``.

    Raises ImportedModelError where it cannot be read, or has no such layers.
    """
    capture = open_library(source, folder)
    read = capture.read(torch.zeros(1, 2, dtype=torch.int64))
    if not read:
        raise ImportedModelError(
            f"{folder} has no recurrent layer: all {len(capture.depths)} attend to words",
            repair="name a network with layers of a recurrent kind",
        )
    if unknown := sorted({*(asked or ())} - read.keys()):
        raise ImportedModelError(
            f"layers: found {', '.join(map(str, unknown))}, expected some of the recurrent ones "
            f"({', '.join(map(str, read))})",
            repair="name these, or leave layers out",
        )
    chosen = np.array(sorted({*asked})) if asked else spread(np.array([*read]), DEFAULT_LAYERS)
    capture.depths = tuple(chosen.tolist())
    layers = tuple(_layer(*capture.kind(depth), depth, read[depth]) for depth in capture.depths)
    return SavedNetwork(capture, tuple(read), layers)


def _layer(title: str, cell: str, depth: int, read: Read) -> LayerOfMemory:
    name = f"{title}, layer {depth}"
    if isinstance(read, tuple):
        return matrix_layer(name, cell, read[0])
    return vector_layer(name, cell, read["hidden"].shape[-1], list(read))


def open_and_check(
    folder: Path, config: TransformersModel, corpus: Corpus, split: Split
) -> SavedNetwork:
    """The network in ``folder``, with the pieces of the words of a corpus, read with the beginning
    of ``split`` in every way that must agree.

    Raises ImportedModelError for whatever keeps it from being read exactly.
    """
    network = open_network(config.source, folder, config.layers)
    rows, words = len(network.capture.embedding), corpus.vocabulary.words
    pieces = read_pieces(folder, words, split.word_ids, rows, config.end_of_sentence)
    share = pieces.unknown_share(split.word_ids)
    unknown = f"warning: the tokenizer does not know {share:.1%} of the words" if share else ""
    notes = tuple(filter(None, (untested_version(config.source), pieces.note, unknown)))
    network = replace(network, words=pieces, notes=notes)
    check_network(network, split)
    return network


def cut_sequences(
    config: TransformersModel, split: Split, task: Task, wanted: RecordingSettings
) -> Offsets:
    """What is read in one go: streams, or every sentence, or every document of a classifier."""
    if config.sequences == "sentences":
        return split.sentence_offsets
    return sequence_offsets(split, task, wanted.streams)


def check_network(network: SavedNetwork, split: Split) -> None:
    """Reads the first pieces of a split, cut in two, in every way that must agree.

    Raises ImportedModelError where some do not.
    """
    first = network.pieces(split.word_ids[: 2 * CHECKED_PIECES])
    flat = np.resize([piece for found in first for piece in found], 2 * CHECKED_PIECES)
    check_capture(network.capture, torch.from_numpy(flat.astype(np.int64)).view(2, -1))
