"""What the stages ``checkpoint`` and ``recording`` do for a network that a library has saved."""

import shutil
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np

from rnnvis_assets.configuration.external_model_config import TransformersModel
from rnnvis_assets.corpus.corpus import Corpus
from rnnvis_assets.corpus.corpus_files import load_corpus
from rnnvis_assets.engine.stage import RunContext, StageOutput
from rnnvis_assets.matrix_memory.memory_forecast import forecast_memory
from rnnvis_assets.matrix_memory.record_split import record_split
from rnnvis_assets.matrix_memory.sentence_states import load_readers, read_sentence
from rnnvis_assets.network.checkpoint_files import SPEC_FILE, library_versions, spec_identity
from rnnvis_assets.network.expected_words import NextWordPredictions
from rnnvis_assets.network.external_predictions import (
    NEXT_WORDS,
    given_path,
    write_evaluation,
    write_expected_words,
)
from rnnvis_assets.network.model_metadata import (
    ModelMetadata,
    load_metadata,
    read_external_metadata,
    save_metadata,
)
from rnnvis_assets.network.recurrent_network import perplexity
from rnnvis_assets.recording.record_trained import OpenedNetwork
from rnnvis_assets.recording.recording_plan import Offsets, recorded_split
from rnnvis_assets.recurrent_libraries.layer_capture import LayerCapture
from rnnvis_assets.recurrent_libraries.rwkv7_file import Rwkv7Capture
from rnnvis_assets.transformers_import.saved_network import (
    SavedNetwork,
    check_network,
    cut_sequences,
    open_and_check,
    open_network,
)
from rnnvis_assets.transformers_import.saved_settings import (
    TOKENIZER_FILE,
    saved_files,
    saved_folder,
)
from rnnvis_assets.transformers_import.word_pieces import WordPieces, read_tokenizer
from warehouse.arrays import Int32Array
from warehouse.atomic_files import atomic_folder, sha256_of_file
from warehouse.checked_json import read_checked_json, write_checked_json
from warehouse.errors import CheckpointError
from warehouse.parquet_tables import write_table
from warehouse.recording_schema import LayerShape
from warehouse.schema import WORD_PIECE

NETWORK_FOLDER, PIECES_FILE = "network", "pieces.json"
"""In a checkpoint: the files of the saved network, and the pieces of every word."""


def try_saved(
    context: RunContext, config: TransformersModel
) -> tuple[Corpus, Sequence[LayerShape], Sequence[str]]:
    """The corpus that a network reads, the layers that are recorded, and what is to be said of it.

    Raises what ``open_and_check`` does.
    """
    corpus = load_corpus(context.storage.corpus(config.dataset))
    wanted = context.project.analyses[config.analysis].recording
    split = recorded_split(corpus, wanted)
    network = open_and_check(saved_folder(config), config, corpus, split)
    cuts = cut_sequences(config, split, corpus.task, wanted)
    forecast = forecast_memory(network, split.word_ids, cuts, wanted)
    recorded = network.capture.depths
    notes = [
        f"recurrent layers: {_listed(network.recurrent)}, of which {_listed(recorded)} are recorded"
    ]
    if network.capture.attention:
        notes.append(f"attention layers, not read: {_listed(network.capture.attention)}")
    notes += [*network.notes, str(forecast)]
    return corpus, [layer.recorded for layer in network.layers], notes


def _listed(layers: Sequence[int]) -> str:
    return ", ".join(map(str, layers))


def import_saved(context: RunContext, model: str, config: TransformersModel) -> StageOutput:
    """Copies a network into the storage, with the pieces of the corpus' words and what it predicts.

    Raises what ``open_and_check`` does.
    """
    storage, wanted = context.storage, context.project.analysis_of(model).recording
    corpus = load_corpus(storage.corpus(config.dataset))
    split = recorded_split(corpus, wanted)
    network = open_and_check(saved_folder(config), config, corpus, split)
    for note in network.notes:
        context.report(f"{model}: {note}")
    saved = _save(storage.checkpoint(model), network, config, corpus)
    cuts = cut_sequences(config, split, corpus.task, wanted)
    predictions, figures = _evaluate(context, model, network, corpus, split.word_ids, cuts)
    tables, rows = write_evaluation(storage, model, wanted.split, figures)
    return StageOutput(
        files=(*saved, *predictions, *tables),
        identity=(*saved[:-1], spec_identity(storage.checkpoint(model)), *predictions),
        row_counts=rows,
        figures={
            "layers": _listed(network.capture.depths),
            "attention layers": _listed(network.capture.attention) or None,
            "notes": "; ".join(network.notes) or None,
            **{f"{wanted.split} {metric}": value for metric, value in figures.items()},
        },
    )


def _save(
    folder: Path, network: SavedNetwork, config: TransformersModel, corpus: Corpus
) -> tuple[Path, ...]:
    copied = _copy(network.capture, saved_folder(config), folder / NETWORK_FOLDER)
    pieces = folder / PIECES_FILE
    write_checked_json(pieces, vars(network.words) | {"unknown": sorted(network.words.unknown)})
    metadata = ModelMetadata(
        task="language_model" if corpus.task == "language_model" else "none",
        classes=(),
        embedding_size=network.capture.embedding.shape[1],
        num_parameters=sum(weight.numel() for weight in network.capture.module.parameters()),
        vocabulary_sha256=corpus.vocabulary.sha256,
        weights_sha256=_weights_hash(folder / NETWORK_FOLDER),
        depth=network.describe_depth(),
    )
    spec = {
        "model": config.model_dump(mode="json", exclude={"description", "analysis"}),
        "versions": library_versions(),
    }
    return (*copied, pieces, *save_metadata(folder, metadata, **spec))


def _copy(capture: LayerCapture, source: Path, target: Path) -> list[Path]:
    with atomic_folder(target) as temporary:
        if isinstance(capture, Rwkv7Capture):
            capture.write_copy(temporary)
            read_tokenizer(source).save(str(temporary / TOKENIZER_FILE))
        else:
            for file in saved_files(source):
                shutil.copyfile(file, temporary / file.name)
    return sorted(target.iterdir())


def _weights_hash(folder: Path) -> str:
    """Of a single file its own; of several one of theirs."""
    hashes = [sha256_of_file(file) for file in sorted(folder.glob("*.safetensors"))]
    return hashes[0] if len(hashes) == 1 else sha256("".join(hashes).encode()).hexdigest()


def _evaluate(
    context: RunContext,
    model: str,
    network: SavedNetwork,
    corpus: Corpus,
    words: Int32Array,
    sequences: Offsets,
) -> tuple[tuple[Path, ...], dict[str, float]]:
    """What is expected after every token; the file of it, and the figures."""
    folder = context.storage.checkpoint(model)
    given_path(folder, NEXT_WORDS).unlink(missing_ok=True)
    if corpus.task != "language_model":
        return (), {}
    context.report(f"{model}: reading {len(words):,} tokens to evaluate it")
    path, figures = write_expected_words(folder, network.next_words(words, sequences))
    by_frequency = -float(corpus.vocabulary.log_frequencies[words[1:]].mean())
    if figures["loss"] > by_frequency:
        context.report(
            f"{model}: warning: perplexity {figures['perplexity']:,.4g}, worse than "
            f"{perplexity(by_frequency):,.4g} by the frequency of words; check that the tokenizer "
            "and end_of_sentence are those that it was trained with"
        )
    return (path,), figures


def open_copy(folder: Path) -> SavedNetwork:
    """The network of the checkpoint in ``folder``, as it was copied.

    Raises CheckpointError where its files are damaged or missing.
    """
    metadata = load_metadata(folder)
    try:
        described = read_checked_json(folder / PIECES_FILE)
        source = read_checked_json(folder / SPEC_FILE)["model"]["source"]
        depths = [layer["depth"] for layer in metadata.depth["layers"]]
        damaged = _weights_hash(folder / NETWORK_FOLDER) != metadata.weights_sha256
    except (OSError, ValueError, KeyError, IndexError) as error:
        raise _damaged(folder, repr(error)) from error
    if damaged:
        raise _damaged(folder, "other weights than were imported")
    ids, texts = (tuple(map(tuple, described[name])) for name in ("ids", "texts"))
    words = WordPieces(ids, texts, frozenset(described["unknown"]))
    return replace(open_network(source, folder / NETWORK_FOLDER, depths), words=words)


def _damaged(folder: Path, found: str) -> CheckpointError:
    return CheckpointError(
        f"{folder} is damaged or cut short: {found}", repair=f"rnnvis materialize {folder.name}"
    )


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
