"""The four tables of this stage, written block by block."""

from collections.abc import Mapping
from itertools import product
from typing import Any

import numpy as np
import pyarrow as pa

from rnnvis_assets.configuration.analyses import Glyphs as GlyphSettings
from rnnvis_assets.sequences.contributions import contributions
from rnnvis_assets.sequences.information import ClusterReader, Labels
from rnnvis_assets.sequences.predictions import Classes, predict_classes, predict_words
from rnnvis_assets.sequences.reading import Block, Reading
from warehouse.tables import TableWriter


def _gate_of(reading: Reading, state: str) -> tuple[str, ...]:
    """The recorded gate that acts on this state, if any: an LSTM's on c, a GRU's on h."""
    recording = reading.recording
    gated = "keep_gate" in recording.arrays and state == recording.states[-1]
    return ("keep_gate",) if gated else ()


def write_glyphs(
    writer: TableWriter,
    reading: Reading,
    settings: GlyphSettings,
    unit_labels: Mapping[tuple[int, str], Labels],
) -> None:
    """Writes the table ``glyph`` for every layer and state of the recording."""
    recording = reading.recording
    for layer, state in product(range(recording.num_layers), recording.states):
        clusters = ClusterReader(unit_labels[layer, state], settings.num_clusters)
        for block in reading.blocks(layer, (state, "position", *_gate_of(reading, state))):
            starts = block.columns["position"] == 0
            glyphs = clusters.read(block.columns[state], starts, block.columns.get("keep_gate"))
            rows = len(block.sentence)
            writer.write(
                {
                    "sentence_id": block.sentence,
                    "position": block.position,
                    "layer": np.full(rows, layer),
                    "state": [state] * rows,
                    "affinity": [settings.affinity] * rows,
                    "num_clusters": np.full(rows, settings.num_clusters),
                    **vars(glyphs),
                }
            )


def _token_columns(reading: Reading, block: Block) -> dict[str, Any]:
    return {
        "sentence_id": block.sentence,
        "position": block.position,
        "token": np.arange(block.start, block.stop),
        "word_id": reading.split.word_ids[block.start : block.stop],
        "next_probability": None,
        "top_words": None,
        "top_probabilities": None,
    }


def _nulls(rows: int, kind: type[np.generic]) -> Any:
    """A masked array, null wherever nothing is put in."""
    return np.ma.array(np.zeros(rows, kind), mask=True)


def write_next_words(writer: TableWriter, reading: Reading) -> float:
    """Writes the table ``token`` of a language model.

    Returns the mean cross-entropy, in nats, of every word from the second on.
    """
    words, total = reading.split.word_ids, 0.0
    for block in reading.blocks(reading.top_layer, ("hidden",)):
        following = words[block.start + 1 : block.stop + 1]
        expected = predict_words(reading.network, block.columns["hidden"], following)
        next_probability = _nulls(len(block.sentence), np.float32)
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
    return total / max(len(words) - 1, 1)


def write_contributions(tokens: TableWriter, writer: TableWriter, reading: Reading) -> Classes:
    """Writes the tables ``token`` and ``contribution`` of a classifier.

    Returns its choice for every document, masked for those without tokens.
    """
    names, weight = reading.corpus.classes, reading.network.output_weight.detach().numpy()
    lengths = np.diff(reading.split.sentence_offsets)
    predicted, probabilities = _nulls(len(lengths), np.int64), _nulls(len(lengths), np.float32)
    for block in reading.blocks(reading.top_layer, ("hidden", "hidden_delta")):
        tokens.write(_token_columns(reading, block))
        writer.write(
            {
                "sentence_id": np.repeat(block.sentence, len(names)),
                "position": np.repeat(block.position, len(names)),
                "class": np.tile(names, len(block.sentence)),
                "value": contributions(weight, block.columns["hidden_delta"]).ravel(),
            }
        )
        ends = block.position + 1 == lengths[block.sentence]
        chosen = predict_classes(reading.network, block.columns["hidden"][ends])
        predicted[block.sentence[ends]] = chosen.predicted
        probabilities[block.sentence[ends]] = chosen.probabilities
    return Classes(predicted, probabilities)


def write_sentences(writer: TableWriter, reading: Reading, chosen: Classes | None) -> None:
    """Writes the table ``sentence``, with the choices of a classifier."""
    split, names = reading.split, pa.array(reading.corpus.classes, pa.string())
    writer.write(
        {
            "sentence_id": np.arange(split.num_sentences),
            "label": None if split.labels is None else names.take(pa.array(split.labels)),
            "predicted": chosen and names.take(pa.array(chosen.predicted)),
            "probability": chosen and chosen.probabilities,
            "num_tokens": np.diff(split.sentence_offsets),
            "text": split.texts,
        }
    )
