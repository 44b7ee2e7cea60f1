"""What the stages ``checkpoint`` and ``recording`` do for an imported PyTorch model."""

from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from rnnvis_assets.configuration.analysis_config import RecordingSettings
from rnnvis_assets.configuration.external_model_config import PytorchModel
from rnnvis_assets.corpus.corpus import Corpus, Split
from rnnvis_assets.corpus.corpus_files import corpus_files, load_corpus, save_corpus
from rnnvis_assets.engine.stage import RunContext, StageOutput
from rnnvis_assets.model_import.external_vocabulary import describe_unknown, in_words_of, read_words
from rnnvis_assets.model_import.import_settings import weights_path
from rnnvis_assets.model_import.imported_checkpoint import open_imported
from rnnvis_assets.model_import.reading.imported_network import (
    ImportedNetwork,
    check_reading,
    import_network,
)
from rnnvis_assets.model_import.reading.network_readers import NetworkReader
from rnnvis_assets.model_import.recording.imported_recorder import record_imported
from rnnvis_assets.model_import.recording.prediction_checks import (
    check_predictions,
    judge_choices,
    reading_of,
    without_too_long,
)
from rnnvis_assets.model_import.recording.predictions import choose, write_choices, write_next_words
from rnnvis_assets.model_import.recording.reading_plan import (
    ReadingPlan,
    longest_batch,
    plan_blocks,
    plan_sequences,
)
from rnnvis_assets.network.checkpoint_files import (
    WEIGHTS_FILE,
    library_versions,
    spec_identity,
    write_tensors,
)
from rnnvis_assets.network.external_predictions import (
    CHOICES,
    NEXT_WORDS,
    given_path,
    write_evaluation,
)
from rnnvis_assets.network.model_metadata import (
    ModelMetadata,
    read_external_metadata,
    save_metadata,
)
from rnnvis_assets.recording.record_trained import recording_output
from rnnvis_assets.recording.recording_plan import (
    Offsets,
    describe_recording,
    recorded_split,
    sequence_offsets,
)
from warehouse.atomic_files import remove_leftovers, sha256_of_file

CHECKED_SEQUENCES, CHECKED_STEPS = 4, 24
PROBE = (3, 7)
"""Sequences and steps of the first run: unequal, so that layouts cannot be confused."""


def corpus_in_words(context: RunContext, name: str, config: PytorchModel) -> Corpus:
    """The dataset's corpus, in the model's own words (then called ``name``) where it has some.

    Reports how much of the recorded split these do not know.
    """
    corpus = load_corpus(context.storage.corpus(config.dataset))
    if config.vocabulary is None:
        return corpus
    tokenizer = context.project.datasets[config.dataset].tokenizer
    own = in_words_of(corpus, read_words(config.vocabulary), name, tokenizer)
    wanted = context.project.analyses[config.analysis].recording
    if unknown := describe_unknown(corpus, own.vocabulary.words, wanted, tokenizer):
        context.report(f"{name}: {unknown}")
    return own


def load_and_check(
    config: PytorchModel, corpus: Corpus, wanted: RecordingSettings
) -> ImportedNetwork:
    """The network, after reading the first sequences of the split that is ``wanted`` in every way
    that recording will, and the longest of its first block; its notes say what it predicts there.

    Raises ImportedModelError for whatever keeps it from being recorded exactly, and for a language
    model that predicts worse than the frequencies of words do.
    """
    split = recorded_split(corpus, wanted)
    words, probe = len(corpus.vocabulary), _first_words(split, *PROBE)
    network = import_network(config, weights_path(config), words, corpus.classes, probe)
    reader = network.reader
    sequences = min(CHECKED_SEQUENCES, reader.largest_batch)
    steps = max(1, min(CHECKED_STEPS, split.num_tokens // sequences))
    check_reading(reader, _first_words(split, sequences, steps))
    cuts, plan = _plan(reader, corpus, wanted)
    reader.read(longest_batch(plan, cuts, split.word_ids, reader.largest_batch))
    network = without_too_long(network, cuts, words, wanted.streams)
    found = check_predictions(network, config, corpus, wanted, cuts)
    return replace(network, notes=(*network.notes, *([found] if found else [])))


def _plan(
    reader: NetworkReader, corpus: Corpus, wanted: RecordingSettings
) -> tuple[Offsets, ReadingPlan]:
    """How the recorded split is cut into sequences, and which of its tokens are read together."""
    split = recorded_split(corpus, wanted)
    if not reader.carries:
        return split.sentence_offsets, plan_sequences(split.sentence_offsets, reader.shapes)
    cuts = sequence_offsets(split, corpus.task, wanted.streams)
    return cuts, plan_blocks(cuts, reader.shapes)


def _first_words(split: Split, sequences: int, steps: int) -> Tensor:
    """int64[sequences, steps]: the first tokens of the split, cut into equal pieces."""
    words = np.resize(split.word_ids, sequences * steps).reshape(sequences, steps)
    return torch.from_numpy(words.astype(np.int64))


def import_model(context: RunContext, model: str, config: PytorchModel) -> StageOutput:
    """Copies a network into the storage: its weights, its output layer, its words."""
    project, storage = context.project, context.storage
    corpus, files = corpus_in_words(context, model, config), list[Path]()
    if config.vocabulary is not None:
        save_corpus(storage.corpus(model), corpus)
        files += corpus_files(storage.corpus(model))
    wanted = project.analysis_of(model).recording
    network = load_and_check(config, corpus, wanted)
    for note in network.notes:
        context.report(f"{model}: {note}")
    saved = _save(storage.checkpoint(model), network, config, corpus)
    predictions, figures = _evaluate(context, model, network, corpus)
    tables, rows = write_evaluation(storage, model, wanted.split, figures)
    shapes = ", ".join(f"{shape.name} ({shape.units})" for shape in network.reader.shapes)
    context.report(f"{model}: {shapes}")
    return StageOutput(
        files=(*files, *saved, *predictions, *tables),
        identity=(*saved[:-1], spec_identity(storage.checkpoint(model)), *predictions),
        row_counts=rows,
        figures={
            "layers": shapes,
            "predicts": network.predicts,
            "notes": "; ".join(network.notes) or None,
            **{f"{wanted.split} {metric}": value for metric, value in figures.items()},
        },
    )


def _evaluate(
    context: RunContext, model: str, network: ImportedNetwork, corpus: Corpus
) -> tuple[tuple[Path, ...], dict[str, float]]:
    """Reads the recorded split; returns the file with what was predicted, and the figures."""
    wanted, folder = context.project.analysis_of(model).recording, context.storage.checkpoint(model)
    for table in (NEXT_WORDS, CHOICES):
        given_path(folder, table).unlink(missing_ok=True)
    if network.predictor is None:
        return (), {}
    split = recorded_split(corpus, wanted)
    cuts, _ = _plan(network.reader, corpus, wanted)
    reading = reading_of(network.predictor, split, cuts)
    context.report(f"{model}: reading {split.num_tokens:,} tokens of {wanted.split} to evaluate it")
    if network.predictor.per_word:
        path, figures = write_next_words(reading, folder)
    else:
        choices = choose(reading)
        path = write_choices(choices, folder)
        accuracy, warning = judge_choices(choices, split, network.classes, corpus.classes)
        figures = {"accuracy": accuracy}
        if warning:
            context.report(f"{model}: {warning}")
    found = ", ".join(f"{metric} {value:.4g}" for metric, value in figures.items())
    context.report(f"{model}: {found}, of the recorded split ({wanted.split})")
    return (path,), figures


def _save(
    folder: Path, network: ImportedNetwork, config: PytorchModel, corpus: Corpus
) -> tuple[Path, ...]:
    weights = folder / WEIGHTS_FILE
    write_tensors(weights, network.tensors)
    metadata = ModelMetadata(
        task=network.task,
        classes=network.classes,
        embedding_size=network.embedding_size,
        num_parameters=network.num_parameters,
        vocabulary_sha256=corpus.vocabulary.sha256,
        weights_sha256=sha256_of_file(weights),
        output=network.output,
    )
    value = network.predictor.value if network.predictor else None
    spec = {
        "model": config.model_dump(mode="json", exclude={"description", "analysis"}),
        "words": len(corpus.vocabulary),
        "probe": network.probe.tolist(),
        "value": value and asdict(value),
        "versions": library_versions(),
    }
    return (weights, *save_metadata(folder, metadata, **spec))


def record_model(context: RunContext, model: str) -> StageOutput:
    """Records the split that the model's analysis names.

    Raises ImportedModelError where the module's outputs differ from what is recorded, and what
    ``record_imported`` raises.
    """
    project, storage = context.project, context.storage
    wanted = project.analysis_of(model).recording
    corpus = load_corpus(storage.corpus(project.corpus_of(model)))
    metadata = read_external_metadata(storage.checkpoint(model), None, corpus)
    reader, split = open_imported(storage.checkpoint(model)), recorded_split(corpus, wanted)
    cuts, plan = _plan(reader, corpus, wanted)
    folder = storage.recording(model, wanted.split)
    remove_leftovers(folder.parent)
    source: dict[str, Any] = describe_recording(wanted.split, split, cuts, metadata.weights_sha256)
    if not reader.starts_from_zero:
        source["starts_from_zero"] = False
    report = record_imported(
        reader,
        split.word_ids,
        cuts,
        plan,
        folder,
        source=source,
        stored=wanted.stored,
        report=context.report,
    )
    return recording_output(report, corpus.splits[wanted.split].num_tokens)
