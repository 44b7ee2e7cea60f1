"""Adding a model to ``configs/models``: nothing is written until all of it has been checked."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from rnnvis_assets.configuration.config_faults import ConfigFault, dotted
from rnnvis_assets.configuration.cross_checks import Files, check_model, require_free_name
from rnnvis_assets.configuration.external_model_config import PytorchModel, TransformersModel
from rnnvis_assets.configuration.model_config import MODELS
from rnnvis_assets.configuration.validation_messages import explain
from rnnvis_assets.configuration.yaml_file import YamlFile, yaml_text
from rnnvis_assets.corpus.corpus import Corpus
from rnnvis_assets.corpus.corpus_asset import STAGE as CORPUS
from rnnvis_assets.engine.freshness import freshness
from rnnvis_assets.engine.run_stage import run_stage
from rnnvis_assets.engine.stage import RunContext
from rnnvis_assets.model_import.loading.source_files import resolve_paths
from rnnvis_assets.model_import.loading.user_code import CODE_WARNING
from rnnvis_assets.model_import.model_import_stage import corpus_in_words, load_and_check
from rnnvis_assets.model_kinds.analysis_forecast import forecast
from rnnvis_assets.transformers_import.transformers_import_stage import try_saved
from warehouse.atomic_files import write_text
from warehouse.errors import AnalysisError, ConfigurationError, ImportedModelError
from warehouse.recording_schema import LayerShape

External = PytorchModel | TransformersModel


def add_model(context: RunContext, name: str, content: Mapping[str, Any], folder: Path) -> Path:
    """Writes ``configs/models/<name>.yaml`` once the network it describes has been loaded and read.

    ``content`` is the file's; paths in it are relative to ``folder``. Prepares the dataset where it
    is not fresh. Raises ConfigurationError where the name is taken or the content wrong, and
    ImportedModelError where the network cannot be recorded as it is described.
    """
    project = context.project
    path = project.folder / "models" / f"{name}.yaml"
    require_free_name(name, project, context.storage, "rnnvis import model {} …".format)
    written = resolve_paths(content, folder.resolve())
    config = _checked(path, yaml_text(written), context)
    _check_network(context, name, config)
    write_text(path, yaml_text(written))
    return path


def _checked(path: Path, text: str, context: RunContext) -> External:
    """What the file would say. Raises ConfigurationError with every fault in it."""
    project, document = context.project, YamlFile(path, yaml.safe_load(text), None)
    datasets = Files(dict.fromkeys(project.datasets), project.datasets)
    analyses = Files(dict.fromkeys(project.analyses), project.analyses)
    kind: type[Any] = MODELS[document.content["source"]]
    try:
        config: External = kind.model_validate(document.content)
    except ValidationError as error:
        raise _refused(path.stem, explain(document, kind, error)) from error
    faults = [document.fault(*found) for found in check_model(config, datasets, analyses)]
    if faults:
        raise _refused(path.stem, faults)
    return config


def _refused(name: str, faults: Iterable[ConfigFault]) -> ConfigurationError:
    """All faults at once, by their place in a file that is not written yet."""
    named = (filter(None, (dotted(fault.location), fault.message)) for fault in faults)
    lines = "".join(f"\n  {': '.join(parts)}" for parts in named)
    return ConfigurationError(
        f"{name} cannot be imported as it is described:{lines}",
        repair="fix the options and settings that name these, then run the same command again",
    )


def _check_network(context: RunContext, name: str, config: External) -> None:
    """Loads the network and reads with it, and reports its layers and what it predicts."""
    if freshness(CORPUS, context, config.dataset).state != "fresh":
        run_stage(CORPUS, context, config.dataset)
    if isinstance(config, TransformersModel):
        corpus, shapes, notes = try_saved(context, config)
    else:
        corpus, shapes, notes = _try_pytorch(context, name, config)
    for shape in shapes:
        context.report(f"  {shape.name}: {shape.units} units, {', '.join(shape.states)}")
    for note in notes:
        context.report(f"  {note}")
    try:
        analysis = context.project.analyses[config.analysis]
        for line in forecast(context, name, analysis, corpus, shapes):
            context.report(f"  {line}")
    except AnalysisError as error:
        raise ImportedModelError(
            error.message,
            repair="name a dataset of more text, or an analysis of a lower "
            "co_clusters.minimum_count (--analysis), then run the same command again",
        ) from error


def _try_pytorch(
    context: RunContext, name: str, config: PytorchModel
) -> tuple[Corpus, Sequence[LayerShape], Sequence[str]]:
    """The corpus that it reads, its layers, and what is to be said of it."""
    context.report(f"note: {CODE_WARNING}")
    corpus = corpus_in_words(context, name, config)
    network = load_and_check(config, corpus, context.project.analyses[config.analysis].recording)
    return corpus, network.reader.shapes, (f"predicts: {network.predicts}", *network.notes)
