"""The tables of this stage, written block by block."""

from collections.abc import Mapping
from itertools import islice
from typing import Any

import numpy as np
import pyarrow as pa
import torch

from rnnvis_assets.co_clusters.shown_clustering import ShownClustering
from rnnvis_assets.glyphs.aggregate_information import ClusterReader, Glyphs, SplitChanges
from rnnvis_assets.glyphs.contributions import contributions
from rnnvis_assets.glyphs.glyph_inputs import Reading, SentenceBlock
from rnnvis_assets.glyphs.network_predictions import ChosenClasses, choose_classes, predict_words
from rnnvis_assets.network.external_predictions import given_next_words
from rnnvis_assets.network.recurrent_network import OutputLayer
from rnnvis_assets.recording.recording_plan import sequence_and_position
from warehouse.arrays import BoolArray, Float32Array, Int64Array
from warehouse.chips import Chips
from warehouse.parquet_tables import TableWriter
from warehouse.recording_schema import CHANGE_PARTS, LayerShape

SENTENCES_OF_A_BLOCK = 4096


def _columns(reading: Reading, shape: LayerShape, state: str) -> tuple[str, ...]:
    """The columns that the glyphs of a state need: its gate, if one acts on it, the parts of its
    changes, if they are known, and its changes where only they give the state before.

    In a backward layer that is the state at the next word, which may not have been read yet; and
    sequences that do not start from zero record it nowhere else.
    """
    gate = ("keep_gate",) if state == shape.gated_state else ()
    needs_changes = shape.direction == "backward" or not reading.recording.starts_from_zero
    delta = (f"{state}_delta",) if needs_changes else ()
    parts = CHANGE_PARTS if shape.is_matrix_memory and state == "cell" else ()
    return (state, "position", *delta, *parts, *gate)


def _read_block(clusters: ClusterReader, block: SentenceBlock, state: str) -> Glyphs:
    columns, split = block.columns, None
    states, changes = columns[state], columns.get(f"{state}_delta")
    if columns.keys() >= {*CHANGE_PARTS}:
        split = SplitChanges(*(columns[part] for part in CHANGE_PARTS))
    if changes is not None:
        return clusters.aggregate(states, states - changes, columns.get("keep_gate"), split)
    return clusters.read(states, columns["position"] == 0, columns.get("keep_gate"), split)


def write_glyphs(
    writer: TableWriter,
    reading: Reading,
    shown: ShownClustering,
    chips: Mapping[tuple[int, str], Chips],
) -> None:
    """Writes the table ``glyph`` for every layer and state of the recording."""
    for layer, state in reading.recording.analysed:
        shape = reading.recording.layers[layer]
        clusters = ClusterReader(chips[layer, state], np.zeros(shape.units, np.float32))
        for block in reading.blocks(layer, _columns(reading, shape, state)):
            glyphs = _read_block(clusters, block, state)
            rows = len(block.sentence)
            writer.write(
                {
                    "sentence_id": block.sentence,
                    "position": block.position,
                    "layer": np.full(rows, layer),
                    "state": [state] * rows,
                    "affinity": [shown.affinity] * rows,
                    "num_clusters": np.full(rows, shown.num_clusters),
                    **vars(glyphs),
                }
            )


def write_sentence_starts(writer: TableWriter, reading: Reading) -> None:
    """Writes the table ``sentence_start`` of a language model, whose state runs on from sentence
    to sentence: for every layer and state, the mean after the last word of a sentence."""
    lengths = np.diff(reading.split.sentence_offsets)
    for layer, state in reading.recording.analysed:
        shape, total, count = reading.recording.layers[layer], 0.0, 0
        for block in reading.blocks(layer, (state,)):
            ended = block.columns[state][_ends(shape, block, lengths)]
            total, count = total + ended.sum(axis=0, dtype=np.float64), count + len(ended)
        mean = np.asarray(total / count, np.float32)
        writer.write(
            {
                "layer": np.full(len(mean), layer),
                "state": [state] * len(mean),
                "unit": np.arange(len(mean)),
                "mean": mean,
            }
        )


def _token_columns(reading: Reading, block: SentenceBlock) -> dict[str, Any]:
    return {
        "sentence_id": block.sentence,
        "position": block.position,
        "token": np.arange(block.start, block.stop),
        "word_id": np.asarray(reading.split.tokens[block.start : block.stop]),
        "next_probability": None,
        "top_words": None,
        "top_probabilities": None,
    }


def _nulls(*shape: int) -> Any:
    """A masked array, null wherever nothing is assigned."""
    return np.ma.array(np.zeros(shape, np.float32), mask=True)


def write_given_words(writer: TableWriter, reading: Reading) -> None:
    """Writes the table ``token`` of a model without a network: with the predictions of its
    recording, if it came with any."""
    start = 0
    for batch in given_next_words(reading.checkpoint):
        stop = start + len(batch)
        places = sequence_and_position(reading.split.sentence_offsets, start, stop)
        given = dict(zip(batch.schema.names, batch.columns, strict=True))
        writer.write({**_token_columns(reading, SentenceBlock(start, stop, *places, {})), **given})
        start = stop
    if not start:
        for block in reading.blocks(reading.top_layer, ("position",)):
            writer.write(_token_columns(reading, block))


def write_next_words(writer: TableWriter, reading: Reading, output: OutputLayer) -> float:
    """Writes the table ``token`` of a language model.

    Returns the mean cross-entropy, in nats, of every word from the second on.
    """
    tokens, total = reading.split.tokens, 0.0
    for block in reading.blocks(reading.top_layer, ("hidden",)):
        following = np.asarray(tokens[block.start + 1 : block.stop + 1])
        expected = predict_words(output, block.columns["hidden"], following)
        next_probability = _nulls(len(block.sentence))
        next_probability[: len(following)] = np.exp(expected.log_probabilities)
        total -= float(expected.log_probabilities.sum(dtype=np.float64))
        writer.write(
            {
                **_token_columns(reading, block),
                "next_probability": next_probability,
                "top_words": expected.top_words,
                "top_probabilities": expected.top_probabilities,
            }
        )
    return total / max(len(tokens) - 1, 1)


def write_contributions(
    tokens: TableWriter,
    writer: TableWriter,
    reading: Reading,
    output: OutputLayer,
    integrated: Float32Array,
) -> ChosenClasses:
    """Writes the tables ``token`` and ``contribution`` of a classifier, with the integrated
    gradients float32[tokens, classes] of the first tokens.

    Returns its choice for every document, masked for those without tokens.
    """
    names, weight, recording = reading.model.classes, output.weight.numpy(), reading.recording
    layers, parts = output.layers_read(recording.units), output.parts(recording.units)
    lengths = np.diff(reading.split.sentence_offsets)
    logits = np.zeros((len(lengths), len(names)), np.float32)
    streams = [reading.blocks(layer, ("hidden", "hidden_delta")) for layer in layers]
    for blocks in zip(*streams, strict=True):
        block = blocks[0]
        changes = np.concatenate([each.columns["hidden_delta"] for each in blocks], axis=1)
        tokens.write(_token_columns(reading, block))
        columns = _class_columns(reading, block, integrated)
        writer.write({**columns, "value": contributions(weight, changes).ravel()})
        for layer, part, each in zip(layers, parts, blocks, strict=True):
            ends = _ends(recording.layers[layer], each, lengths)
            hidden = torch.tensor(each.columns["hidden"][ends])
            logits[each.sentence[ends]] += part.decode(hidden).numpy()
    chosen = vars(choose_classes(logits)).values()
    return ChosenClasses(*(np.ma.array(each, mask=lengths == 0) for each in chosen))


def write_gradients(
    tokens: TableWriter, writer: TableWriter, reading: Reading, integrated: Float32Array
) -> None:
    """As ``write_contributions``, of a classifier without a linear output layer: what the changes
    of its state add to a class is not known, the integrated gradients float32[tokens, classes] of
    the first tokens are."""
    for block in reading.blocks(reading.top_layer, ("position",)):
        tokens.write(_token_columns(reading, block))
        writer.write({**_class_columns(reading, block, integrated), "value": None})


def _class_columns(
    reading: Reading, block: SentenceBlock, integrated: Float32Array
) -> dict[str, Any]:
    names = reading.model.classes
    return {
        "sentence_id": np.repeat(block.sentence, len(names)),
        "position": np.repeat(block.position, len(names)),
        "class": np.tile(names, len(block.sentence)),
        "integrated_gradients": _of_first(integrated[block.start : block.stop], block),
    }


def _of_first(known: Float32Array, block: SentenceBlock) -> Any:
    """Values [rows, classes] of the first rows of a block, null for the rest, class by class."""
    column = _nulls(len(block.sentence), known.shape[1])
    column[: len(known)] = known
    return column.ravel()


def _ends(shape: LayerShape, block: SentenceBlock, lengths: Int64Array) -> BoolArray:
    """The rows of a block in which a layer has read all of a document."""
    backward = shape.direction == "backward"
    last = np.zeros_like(block.position) if backward else lengths[block.sentence] - 1
    ends: BoolArray = block.position == last
    return ends


def write_sentences(writer: TableWriter, reading: Reading, chosen: ChosenClasses | None) -> None:
    """Writes the table ``sentence``, with the choices of a classifier."""
    split, names = reading.split, pa.array(reading.corpus.classes, pa.string())
    choices = pa.array(reading.model.classes, pa.string())
    texts, lengths = iter(split.texts), np.diff(split.sentence_offsets)
    for start in range(0, split.num_sentences, SENTENCES_OF_A_BLOCK):
        block = slice(start, min(start + SENTENCES_OF_A_BLOCK, split.num_sentences))
        rows = np.arange(block.start, block.stop)
        labels = None if split.labels is None else names.take(pa.array(split.labels[block]))
        writer.write(
            {
                "sentence_id": rows,
                "label": labels,
                "predicted": chosen and choices.take(pa.array(chosen.predicted[block])),
                "probability": chosen and chosen.probabilities[block],
                "num_tokens": lengths[block],
                "text": list(islice(texts, len(rows))),
            }
        )
