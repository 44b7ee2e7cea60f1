"""Which kind of model is this? The one table of what the stages do differently for each kind.

The stages ``checkpoint`` and ``recording`` are declared here, one floor above the packages that do
the work for a kind. A new kind of model is a new row of ``KINDS``.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from rnnvis_assets.configuration.cell_kinds import CELLS
from rnnvis_assets.configuration.external_model_config import (
    PytorchModel,
    RecordedModel,
    TransformersModel,
)
from rnnvis_assets.configuration.model_config import MODELS, ModelConfig, training_settings
from rnnvis_assets.configuration.project import Project
from rnnvis_assets.engine.stage import Code, RunContext, Stage, StageOutput, Upstream
from rnnvis_assets.model_import.import_settings import import_settings
from rnnvis_assets.transformers_import.saved_settings import saved_settings
from warehouse.errors import CheckpointError

if TYPE_CHECKING:
    from rnnvis_assets.corpus.corpus import Corpus
    from rnnvis_assets.network.model_metadata import ModelMetadata
    from rnnvis_assets.recording.record_trained import OpenedNetwork


@dataclass(frozen=True)
class ModelKind:
    """What the stages do for one kind of model, whose configuration each function takes.

    ``settings`` gives what the checkpoint of a model depends on, as JSON can hold it.
    ``make_checkpoint`` and ``make_recording`` do the work of the two stages. ``read_metadata`` and
    ``open_network`` take the checkpoint's folder.
    """

    settings: Callable[[Project, str], Any]
    make_checkpoint: Callable[[RunContext, str, Any], StageOutput]
    make_recording: Callable[[RunContext, str, Any], StageOutput]
    read_metadata: Callable[[Path, Any, "Corpus"], "ModelMetadata"]
    open_network: Callable[[Path], "OpenedNetwork"]


def _train(context: RunContext, model: str, config: ModelConfig) -> StageOutput:
    from rnnvis_assets.checkpoint.train_model import train_model

    return train_model(context, model, config)


def _record_trained(context: RunContext, model: str, config: ModelConfig) -> StageOutput:
    if CELLS[config.cell].matrix:
        from rnnvis_assets.matrix_memory.trained_memory import record_trained_memory

        return record_trained_memory(context, model, config)
    from rnnvis_assets.recording.record_trained import record_trained

    return record_trained(context, model, config)


def _read_trained(folder: Path, config: ModelConfig, corpus: "Corpus") -> "ModelMetadata":
    from rnnvis_assets.network.model_metadata import read_trained_metadata

    return read_trained_metadata(folder, config, corpus)


def _open_trained(folder: Path) -> "OpenedNetwork":
    from rnnvis_assets.matrix_memory.trained_memory import open_trained_memory
    from rnnvis_assets.network.checkpoint_files import load_checkpoint
    from rnnvis_assets.recording.record_trained import open_trained

    checkpoint = load_checkpoint(folder)
    opened = open_trained_memory if CELLS[checkpoint.config.cell].matrix else open_trained
    return opened(checkpoint)


def _import(context: RunContext, model: str, config: PytorchModel) -> StageOutput:
    from rnnvis_assets.model_import.model_import_stage import import_model

    return import_model(context, model, config)


def _record_imported(context: RunContext, model: str, _: PytorchModel) -> StageOutput:
    from rnnvis_assets.model_import.model_import_stage import record_model

    return record_model(context, model)


def _read_external(folder: Path, config: Any, corpus: "Corpus") -> "ModelMetadata":
    from rnnvis_assets.network.model_metadata import read_external_metadata

    return read_external_metadata(folder, config, corpus)


def _open_imported(folder: Path) -> "OpenedNetwork":
    from rnnvis_assets.model_import.imported_checkpoint import (
        open_gradients,
        open_imported,
        open_logits,
    )
    from rnnvis_assets.network.model_metadata import load_metadata
    from rnnvis_assets.recording.record_trained import OpenedNetwork

    metadata, reader = load_metadata(folder), open_imported(folder)
    logits = open_logits(folder, reader, metadata)
    return OpenedNetwork(
        read=reader.read_sentence,
        output=metadata.output,
        classes=metadata.classes,
        weights_sha256=metadata.weights_sha256,
        logits=logits,
        carries=reader.carries and (logits is None or reader.continues),
        step=lambda: reader.step(metadata.output),
        gradients=lambda: open_gradients(folder, reader, metadata),
    )


def _import_saved(context: RunContext, model: str, config: TransformersModel) -> StageOutput:
    from rnnvis_assets.transformers_import.transformers_import_stage import import_saved

    return import_saved(context, model, config)


def _record_saved(context: RunContext, model: str, config: TransformersModel) -> StageOutput:
    from rnnvis_assets.transformers_import.transformers_import_stage import record_saved

    return record_saved(context, model, config)


def _open_saved(folder: Path) -> "OpenedNetwork":
    from rnnvis_assets.transformers_import.transformers_import_stage import open_saved

    return open_saved(folder)


def _take_text(context: RunContext, model: str, config: RecordedModel) -> StageOutput:
    from rnnvis_assets.recording_import.recording_import_stage import take_text

    return take_text(context, model, config)


def _take_states(context: RunContext, model: str, config: RecordedModel) -> StageOutput:
    from rnnvis_assets.recording_import.recording_import_stage import take_states

    return take_states(context, model, config)


def _refuse_to_open(folder: Path) -> "OpenedNetwork":
    raise CheckpointError(f"{folder}: there is only a recording of this model, no network to read")


def _trained_settings(project: Project, model: str) -> Any:
    config: Any = project.models[model]
    return training_settings(config)


def _imported_settings(project: Project, model: str) -> Any:
    """With the split that it is evaluated on."""
    config: Any = project.models[model]
    return [import_settings(config), _recording_settings(project, model)]


def _saved_settings(project: Project, model: str) -> Any:
    config: Any = project.models[model]
    return [saved_settings(config), _recording_settings(project, model)]


def _recorded_settings(project: Project, model: str) -> Any:
    return project.models[model].model_dump(mode="json", exclude={"description", "analysis"})


TRAINED = ModelKind(
    settings=_trained_settings,
    make_checkpoint=_train,
    make_recording=_record_trained,
    read_metadata=_read_trained,
    open_network=_open_trained,
)
IMPORTED = ModelKind(
    settings=_imported_settings,
    make_checkpoint=_import,
    make_recording=_record_imported,
    read_metadata=_read_external,
    open_network=_open_imported,
)
SAVED = ModelKind(
    settings=_saved_settings,
    make_checkpoint=_import_saved,
    make_recording=_record_saved,
    read_metadata=_read_external,
    open_network=_open_saved,
)
RECORDED = ModelKind(
    settings=_recorded_settings,
    make_checkpoint=_take_text,
    make_recording=_take_states,
    read_metadata=_read_external,
    open_network=_refuse_to_open,
)
KINDS: Mapping[type, ModelKind] = MappingProxyType(
    {
        ModelConfig: TRAINED,
        PytorchModel: IMPORTED,
        TransformersModel: SAVED,
        RecordedModel: RECORDED,
    }
)


def kind_of(project: Project, model: str) -> ModelKind:
    """The kind of a configured model."""
    return KINDS[type(project.models[model])]


def read_model_metadata(context: RunContext, model: str, corpus: "Corpus") -> "ModelMetadata":
    """The metadata of a model, checked against its configuration and the corpus it reads.

    Raises CheckpointError where they contradict each other, or cannot be read.
    """
    kind, config = kind_of(context.project, model), context.project.models[model]
    return kind.read_metadata(context.storage.checkpoint(model), config, corpus)


def open_network(folder: Path) -> "OpenedNetwork":
    """The network of the checkpoint in ``folder``, ready to read sentences.

    Raises CheckpointError where it is missing or damaged, or where there is only a recording.
    """
    # A checkpoint that cannot be read counts as trained: loading it says what is wrong.
    return KINDS[MODELS.get(_source_of(folder), ModelConfig)].open_network(folder)


def _source_of(folder: Path) -> str:
    from rnnvis_assets.network.checkpoint_files import SPEC_FILE
    from warehouse.checked_json import read_checked_json

    try:
        return str(read_checked_json(folder / SPEC_FILE)["model"]["source"])
    except (OSError, ValueError, KeyError, TypeError):
        return ""


def _make_checkpoint(context: RunContext, model: str) -> StageOutput:
    kind = kind_of(context.project, model)
    return kind.make_checkpoint(context, model, context.project.models[model])


def _recording_settings(project: Project, model: str) -> Any:
    """The split, how much of it, how a language model's is cut, and how numbers are stored."""
    wanted = project.analysis_of(model).recording
    stated = wanted.model_dump(mode="json", exclude_defaults=True)
    return {"split": wanted.split, "streams": wanted.streams, **stated}


def _make_recording(context: RunContext, model: str) -> StageOutput:
    kind = kind_of(context.project, model)
    return kind.make_recording(context, model, context.project.models[model])


def _training_hardware(project: Project, model: str) -> str | None:
    """Device and precision that a model would be trained with here; None for an external one."""
    config = project.models[model]
    if not isinstance(config, ModelConfig):
        return None
    from rnnvis_assets.checkpoint.hardware import choose_hardware

    chosen = choose_hardware(config, project.datasets[config.dataset].task)
    return f"{chosen.device.type}, {chosen.precision_name}"


def _recording_hardware(project: Project, model: str) -> str | None:
    """The device that a trained model is read on here; others are read on the CPU."""
    device = _training_hardware(project, model)
    return device and device.partition(",")[0]


def reads_model(run: Callable[..., Any]) -> Callable[[Project, str], Code]:
    """The code of a stage that reads models: its own, and how a model of that kind is read."""

    def code(project: Project, model: str) -> Code:
        kind = kind_of(project, model)
        return run, kind.read_metadata, kind.open_network

    return code


CHECKPOINT = Stage(
    name="checkpoint",
    upstream=(Upstream("corpus", of="dataset"),),
    settings=lambda project, model: kind_of(project, model).settings(project, model),
    run=_make_checkpoint,
    tables=("evaluation", "training_log"),
    libraries=("numpy", "nltk", "torch"),
    code=lambda project, model: (kind_of(project, model).make_checkpoint,),
    hardware=_training_hardware,
    waits_for_runs=lambda project, model: bool(project.siblings(model)),
)
RECORDING = Stage(
    name="recording",
    upstream=(Upstream("checkpoint"), Upstream("corpus", of="dataset")),
    settings=_recording_settings,
    run=_make_recording,
    tables=("annotation", "word_annotation", "memory_head", "word_piece"),
    libraries=("numpy", "torch"),
    code=lambda project, model: (kind_of(project, model).make_recording,),
    hardware=_recording_hardware,
)
