"""Registering an external recording as a model, atomically.

Everything is made in a storage of its own inside the storage and moved at the end; the model's
configuration, by which it is listed, is written last.
"""

import re
import shutil
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

from rnnvis_assets.configuration.config_faults import dotted
from rnnvis_assets.configuration.cross_checks import Files, check_model, require_free_name
from rnnvis_assets.configuration.external_model_config import RecordedModel
from rnnvis_assets.configuration.yaml_file import yaml_text
from rnnvis_assets.corpus.corpus_files import load_corpus
from rnnvis_assets.engine.run_lock import hold_stage
from rnnvis_assets.engine.run_stage import run_stage
from rnnvis_assets.engine.stage import RunContext, open_recorded
from rnnvis_assets.model_kinds.analysis_forecast import note_fit
from rnnvis_assets.model_kinds.model_kinds import CHECKPOINT, RECORDING
from warehouse.atomic_files import TEMPORARY_PREFIX, write_text
from warehouse.errors import ConfigurationError, RecordingError
from warehouse.storage import Storage

_LONGEST_NAME = 60


def name_from(folder: Path) -> str:
    """A model's name made of a folder's."""
    plain = re.sub(r"[^a-z0-9_-]+", "-", folder.resolve().name.lower()).strip("-_")
    return plain[:_LONGEST_NAME] or "recording"


def register_recording(
    context: RunContext, folder: Path, name: str | None = None, analysis: str = "default"
) -> str:
    """Imports the recording in ``folder`` as a model that can be analysed; returns its name.

    Raises ConfigurationError where the name is invalid or taken (and offers a free one), or the
    analysis unknown; RecordingError with everything that is wrong with the recording.
    """
    project, storage = context.project, context.storage
    name = name or name_from(folder)
    require_free_name(
        name, project, storage, lambda free: f"rnnvis import recording {folder} --name {free}"
    )
    if not folder.is_dir():
        raise RecordingError(
            f"{folder} is not a folder", repair="give the path of the recording's folder"
        )
    config = RecordedModel(source="recording", folder=str(folder.resolve()), analysis=analysis)
    analyses = Files(dict.fromkeys(project.analyses), project.analyses)
    for location, message in check_model(config, Files({}, {}), analyses):
        raise ConfigurationError(f"{dotted(location)}: {message}", repair="add --analysis NAME")
    models = MappingProxyType({**project.models, name: config})
    with hold_stage(context, name, "import"):
        scratch = Storage(storage.root / f"{TEMPORARY_PREFIX}import-{name}")
        shutil.rmtree(scratch.root, ignore_errors=True)
        try:
            own = replace(context, project=replace(project, models=models), storage=scratch)
            _run_stages(own, name)
            _move(scratch, storage, name)
        finally:
            shutil.rmtree(scratch.root, ignore_errors=True)
        content = config.model_dump(mode="json", exclude_defaults=True)
        write_text(project.folder / "models" / f"{name}.yaml", yaml_text(content))
    return name


def _run_stages(context: RunContext, name: str) -> None:
    for stage in (CHECKPOINT, RECORDING):
        manifest = run_stage(stage, context, name)
    tokens = int(manifest.figures["tokens"] or 0)
    rate = tokens / max(manifest.seconds, 1e-3)
    context.report(f"{name}: {tokens:,} tokens imported, {rate:,.0f} a second")
    analysis = context.project.analysis_of(name)
    text = load_corpus(context.storage.corpus(name)).splits[analysis.recording.split]
    units = min(open_recorded(context, name).units)
    for note in note_fit(name, analysis, text.word_ids, units):
        context.report(note)


def _move(scratch: Storage, storage: Storage, name: str) -> None:
    """Moves the finished folders to where they belong, replacing what a killed import left."""
    for source, target in zip(scratch.folders_of(name), storage.folders_of(name), strict=True):
        shutil.rmtree(target, ignore_errors=True)
        if source.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            source.rename(target)
