"""What the stages after the recording need to know of a model, however it came to be."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file

from rnnvis_assets.configuration.cell_kinds import CELLS
from rnnvis_assets.configuration.model_config import ModelConfig
from rnnvis_assets.corpus.corpus import Corpus
from rnnvis_assets.network.checkpoint_files import (
    SPEC_FILE,
    check_fit,
    load_checkpoint,
    write_tensors,
)
from rnnvis_assets.network.recurrent_network import OutputLayer
from warehouse.atomic_files import sha256_of_file
from warehouse.checked_json import read_checked_json, write_checked_json
from warehouse.errors import CheckpointError

OUTPUT_FILE = "output.safetensors"
"""The output layer of an external network."""

PredictedTask = Literal["language_model", "classification", "none"]
_STORED = (
    "task",
    "embedding_size",
    "num_parameters",
    "seed",
    "vocabulary_sha256",
    "weights_sha256",
)


@dataclass(frozen=True)
class ModelMetadata:
    """What later stages need to know of a model.

    ``output`` is its output layer, None where nothing can be predicted. Sizes and the seed are None
    where unknown. The hashes identify its words and weights, and ``trained_on`` names the device
    and precision of a model that was trained here. ``depth`` says of a network that is not recorded
    in all layers where those are (``layers``), and which others attend to words
    (``attention_layers``).
    """

    task: PredictedTask
    classes: tuple[str, ...]
    vocabulary_sha256: str
    weights_sha256: str
    embedding_size: int | None = None
    num_parameters: int | None = None
    seed: int | None = None
    output: OutputLayer | None = None
    trained_on: str | None = None
    depth: Mapping[str, Any] = field(default_factory=dict)


def save_metadata(folder: Path, facts: ModelMetadata, **further: Any) -> tuple[Path, ...]:
    """Writes the metadata of an external model, and ``further`` content of ``spec.json``; returns
    the files."""
    stored = {name: getattr(facts, name) for name in _STORED}
    stored |= {"classes": list(facts.classes), "depth": dict(facts.depth)}
    files, output = [folder / SPEC_FILE], None
    if facts.output is not None:
        files.insert(0, folder / OUTPUT_FILE)
        write_tensors(files[0], vars(facts.output))
        output = sha256_of_file(files[0])
    write_checked_json(folder / SPEC_FILE, {**further, **stored, "output_sha256": output})
    return tuple(files)


def load_metadata(folder: Path) -> ModelMetadata:
    """The facts that ``save_metadata`` wrote. Raises CheckpointError where they cannot be read."""
    path = folder / SPEC_FILE
    try:
        spec = read_checked_json(path)
        output = _read_output(folder / OUTPUT_FILE, spec["output_sha256"])
        stored = {name: spec[name] for name in _STORED}
        depth = spec.get("depth", {})
        return ModelMetadata(**stored, classes=tuple(spec["classes"]), output=output, depth=depth)
    except (OSError, ValueError, KeyError, TypeError, SafetensorError) as error:
        raise CheckpointError(
            f"{folder} is missing, damaged or cut short: {error!r}",
            repair=f"rnnvis materialize {folder.name}",
        ) from error


def _read_output(path: Path, sha256: str | None) -> OutputLayer | None:
    if sha256 is None:
        return None
    if sha256_of_file(path) != sha256:
        raise ValueError(f"{path.name} is not the file that {SPEC_FILE} describes")
    return OutputLayer(**load_file(path))


def read_external_metadata(folder: Path, _: Any, corpus: Corpus) -> ModelMetadata:
    """What ``load_metadata`` gives, checked against the corpus that the model reads.

    Raises CheckpointError where the two do not fit, or the checkpoint cannot be read.
    """
    metadata = load_metadata(folder)
    if metadata.vocabulary_sha256 != corpus.vocabulary.sha256:
        raise CheckpointError(
            f"{folder} belongs to another vocabulary than that of the corpus {corpus.name}",
            repair=f"rnnvis materialize {folder.name}",
        )
    return metadata


def read_trained_metadata(folder: Path, config: ModelConfig, corpus: Corpus) -> ModelMetadata:
    """The metadata of a model that was trained here.

    Raises CheckpointError where it does not fit ``config`` or ``corpus``, or cannot be read.
    """
    checkpoint = load_checkpoint(folder)
    check_fit(checkpoint, config, corpus)
    network = checkpoint.network
    with torch.inference_mode():
        return ModelMetadata(
            task=corpus.task,
            classes=corpus.classes,
            embedding_size=config.embedding_size,
            num_parameters=network.num_parameters,
            seed=config.seed,
            vocabulary_sha256=corpus.vocabulary.sha256,
            weights_sha256=checkpoint.weights_sha256,
            output=None if CELLS[network.cell].matrix else network.output_layer,
            trained_on=f"{checkpoint.spec['device']}, {checkpoint.spec['precision']}",
        )
