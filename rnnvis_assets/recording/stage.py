"""The stage ``recording``: from a checkpoint and a corpus to what every token did to the memory."""

from typing import Any

import torch

from rnnvis_assets.configuration.imported_models import PytorchModel, RecordedModel
from rnnvis_assets.configuration.models import ModelConfig
from rnnvis_assets.configuration.project import Project
from rnnvis_assets.corpora.files import load_corpus
from rnnvis_assets.foreign_recordings.stage import take_states
from rnnvis_assets.imports.stage import record_model
from rnnvis_assets.models.checkpoint import check_config, check_corpus, load_checkpoint
from rnnvis_assets.recording.recorder import RecordingReport, record
from rnnvis_assets.recording.sequences import describe_recording, sequence_offsets
from rnnvis_assets.stages import Outcome, Stage, Upstream, Workplace
from warehouse.files import remove_leftovers
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


def _outcome(report: RecordingReport) -> Outcome:
    recording = report.recording
    on_disk = sum(path.stat().st_size for path in recording.files)
    description, *_ = recording.files
    return Outcome(
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


def run(workplace: Workplace, model: str) -> Outcome:
    """Records the split that the model's analysis names.

    Raises CheckpointError where the checkpoint does not fit the configuration or the corpus, and
    what ``record`` raises.
    """
    match workplace.project.models[model]:
        case ModelConfig() as config:
            return _run_trained(workplace, model, config)
        case PytorchModel():
            return _outcome(record_model(workplace, model))
        case RecordedModel() as config:
            return take_states(workplace, model, config)


def _run_trained(workplace: Workplace, model: str, config: ModelConfig) -> Outcome:
    storage = workplace.storage
    wanted = workplace.project.analysis_of(model).recording
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
            report=workplace.report,
        )
    )


STAGE = Stage(
    name="recording",
    code_version="1",
    upstream=(Upstream("checkpoint"), Upstream("corpus", of="dataset")),
    settings=settings,
    run=run,
)
