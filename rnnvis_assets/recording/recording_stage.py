"""The stage ``recording``: from a checkpoint and a corpus to what every token did to the memory."""

from typing import Any

import torch

from rnnvis_assets.configuration.external_model_config import PytorchModel, RecordedModel
from rnnvis_assets.configuration.model_config import ModelConfig
from rnnvis_assets.configuration.project import Project
from rnnvis_assets.corpus.corpus_files import load_corpus
from rnnvis_assets.engine.stage import RunContext, Stage, StageOutput, Upstream
from rnnvis_assets.model_import.model_import_stage import record_model
from rnnvis_assets.network.checkpoint_files import check_config, check_corpus, load_checkpoint
from rnnvis_assets.recording.recorder import RecordingReport, record
from rnnvis_assets.recording.sequence_offsets import describe_recording, sequence_offsets
from rnnvis_assets.recording_import.recording_import_stage import take_states
from warehouse.atomic_files import remove_leftovers
from warehouse.recordings import Recording


def settings(project: Project, model: str) -> Any:
    """The split, and how a language model's is cut."""
    return project.analysis_of(model).recording.model_dump(mode="json")


def _raw_bytes(recording: Recording) -> int:
    return (
        4
        * recording.num_tokens
        * sum(layer.units * len(layer.arrays) for layer in recording.layers)
    )


def _outcome(report: RecordingReport) -> StageOutput:
    recording = report.recording
    on_disk = sum(path.stat().st_size for path in recording.files)
    description, *_ = recording.files
    return StageOutput(
        files=recording.files,
        identity=(description,),
        row_counts={
            f"layer={layer}": recording.num_tokens for layer in range(recording.num_layers)
        },
        figures={
            "tokens": recording.num_tokens,
            "tokens per second": round(recording.num_tokens / report.seconds, 1),
            "bytes on disk": on_disk,
            "raw bytes": _raw_bytes(recording),
            "compression ratio": round(on_disk / _raw_bytes(recording), 4),
            "largest hidden": report.largest_hidden,
            "largest drift": report.largest_drift,
        },
    )


def run(context: RunContext, model: str) -> StageOutput:
    """Records the split that the model's analysis names.

    Raises CheckpointError where the checkpoint does not fit the configuration or the corpus, and
    what ``record`` raises.
    """
    match context.project.models[model]:
        case ModelConfig() as config:
            return _run_trained(context, model, config)
        case PytorchModel():
            return _outcome(record_model(context, model))
        case RecordedModel() as config:
            return take_states(context, model, config)


def _run_trained(context: RunContext, model: str, config: ModelConfig) -> StageOutput:
    storage = context.storage
    wanted = context.project.analysis_of(model).recording
    checkpoint = load_checkpoint(storage.checkpoint(model))
    corpus = load_corpus(storage.corpus(config.dataset))
    check_config(checkpoint, config)
    check_corpus(checkpoint, corpus)
    split = corpus.splits[wanted.split]
    cuts = sequence_offsets(split, corpus.task, wanted.streams)
    folder = storage.recording(model, wanted.split)
    remove_leftovers(folder.parent)
    return _outcome(
        record(
            checkpoint.network.to("cuda" if torch.cuda.is_available() else "cpu"),
            split.word_ids,
            cuts,
            folder,
            source=describe_recording(wanted.split, split, cuts, checkpoint.weights_sha256),
            report=context.report,
        )
    )


STAGE = Stage(
    name="recording",
    code_version="2",
    upstream=(Upstream("checkpoint"), Upstream("corpus", of="dataset")),
    settings=settings,
    run=run,
)
