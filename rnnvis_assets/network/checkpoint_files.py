"""Checkpoints: a trained network as two plain files that can hold no code.

``weights.safetensors`` holds float32 tensors under PyTorch's names, tied weights once;
``spec.json`` says what network they make, of which corpus, and what trained them.
"""

import json
import platform
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch
from pydantic import ValidationError
from safetensors import SafetensorError
from safetensors.torch import load_file, save
from torch import Tensor

from rnnvis_assets.configuration.model_config import ModelConfig, training_settings
from rnnvis_assets.corpus.corpus import Corpus
from rnnvis_assets.network.recurrent_network import RecurrentNetwork
from warehouse.atomic_files import atomic_file, sha256_of_file
from warehouse.checked_json import read_checked_json, write_checked_json
from warehouse.errors import CheckpointError

WEIGHTS_FILE, SPEC_FILE = "weights.safetensors", "spec.json"
_LIBRARIES = ("rnnvis", "torch", "numpy", "safetensors")
_SHAPING_SETTINGS = (
    "dataset",
    "cell",
    "num_layers",
    "hidden_size",
    "embedding_size",
    "tied_embedding",
)


def _error(folder: Path, text: str) -> CheckpointError:
    """A checkpoint lies in a folder of its model's name."""
    return CheckpointError(text, repair=f"rnnvis materialize {folder.name}")


@dataclass(frozen=True)
class Checkpoint:
    """A trained network in evaluation mode, float32, on the CPU, and what it is."""

    network: RecurrentNetwork
    spec: Mapping[str, Any]
    weights_sha256: str
    folder: Path

    @property
    def config(self) -> ModelConfig:
        return ModelConfig.model_validate(self.spec["model"])


def library_versions() -> dict[str, str]:
    """Versions of what the weights depend on besides the configuration."""
    return {"python": platform.python_version(), **{name: version(name) for name in _LIBRARIES}}


def num_outputs(corpus: Corpus) -> int:
    """Outputs of a network of this corpus: a word each, or a class each."""
    return len(corpus.classes) if corpus.task == "classification" else len(corpus.vocabulary)


def _describe_corpus(corpus: Corpus) -> dict[str, Any]:
    return {
        "dataset": corpus.name,
        "task": corpus.task,
        "classes": list(corpus.classes),
        "vocabulary_size": len(corpus.vocabulary),
        "vocabulary_sha256": corpus.vocabulary.sha256,
    }


def describe_network(
    config: ModelConfig,
    corpus: Corpus,
    *,
    precision: str,
    device: str,
    versions: Mapping[str, str],
) -> dict[str, Any]:
    """The content of ``spec.json`` but for the hash of the weights, known once they are saved."""
    return {
        "model": training_settings(config),
        **_describe_corpus(corpus),
        "num_outputs": num_outputs(corpus),
        "precision": precision,
        "device": device,
        "versions": dict(versions),
    }


def write_tensors(
    path: Path, tensors: Mapping[str, Tensor], metadata: dict[str, str] | None = None
) -> None:
    """Writes one safetensors file atomically.

    Serialised in memory: safetensors' own writing hides the system's errors, and leaves temporary
    files of unpredictable names where it is killed.
    """
    content = save({name: tensor.contiguous() for name, tensor in tensors.items()}, metadata)
    with atomic_file(path) as temporary:
        temporary.write_bytes(content)


def save_checkpoint(
    folder: Path, weights: Mapping[str, Tensor], spec: Mapping[str, Any]
) -> tuple[Path, Path]:
    """Writes both files atomically, weights first; returns their paths.

    ``weights`` is a network's ``state_dict``; ``spec`` comes from ``describe_network``. Raises
    StorageError where the disk is full or the folder cannot be written.
    """
    write_tensors(folder / WEIGHTS_FILE, {k: v.detach().float() for k, v in weights.items()})
    digest = sha256_of_file(folder / WEIGHTS_FILE)
    write_checked_json(folder / SPEC_FILE, {**spec, "weights_sha256": digest})
    return folder / WEIGHTS_FILE, folder / SPEC_FILE


def spec_identity(folder: Path) -> str:
    """What ``spec.json`` says of a network, but for what made it: the device, by name, and the
    versions of libraries."""
    spec = read_checked_json(folder / SPEC_FILE)
    lasting = {name: value for name, value in spec.items() if name not in ("device", "versions")}
    return json.dumps(lasting, sort_keys=True)


def load_checkpoint(folder: Path) -> Checkpoint:
    """The network that the two files in ``folder`` describe, built only from ``spec.json``.

    Raises CheckpointError where a file is missing, cut short, foreign or unlike the other.
    """
    spec = _read_spec(folder / SPEC_FILE)
    path = folder / WEIGHTS_FILE
    weights = _read_weights(path)
    network = _build(spec, folder / SPEC_FILE)
    faults = list(_mismatches(network.state_dict(), weights))
    if faults:
        listed = "\n  ".join(faults)
        raise _error(folder, f"{path} does not fit its {SPEC_FILE}:\n  {listed}")
    digest = sha256_of_file(path)
    if digest != spec["weights_sha256"]:
        raise _error(
            folder,
            f"{path} has SHA-256 {digest[:12]}…, but {SPEC_FILE} describes weights of "
            f"{str(spec['weights_sha256'])[:12]}…: one of the two was replaced or damaged",
        )
    network.load_state_dict(weights)
    return Checkpoint(network.eval(), spec, digest, folder)


def check_fit(checkpoint: Checkpoint, config: ModelConfig, corpus: Corpus) -> None:
    """Raises CheckpointError unless the network has the shape that the configuration asks for, and
    was trained on this corpus' words and classes."""
    shape = {name: getattr(config, name) for name in _SHAPING_SETTINGS}
    _require(checkpoint, checkpoint.spec["model"], shape, "the model's configuration")
    described = _describe_corpus(corpus)
    _require(checkpoint, checkpoint.spec, described, f"the corpus {corpus.name}")


def _require(
    checkpoint: Checkpoint, found: Mapping[str, Any], expected: Mapping[str, Any], source: str
) -> None:
    faults = [
        f"{name}: the checkpoint has {found.get(name)!r}, {source} {value!r}"
        for name, value in expected.items()
        if found.get(name) != value
    ]
    if faults:
        listed = "\n  ".join(faults)
        raise _error(checkpoint.folder, f"the checkpoint does not fit {source}:\n  {listed}")


def _read_spec(path: Path) -> dict[str, Any]:
    try:
        spec = read_checked_json(path)
    except FileNotFoundError as error:
        raise _error(path.parent, f"{path} is missing") from error
    except ValueError as error:
        raise _error(path.parent, f"{path} is damaged or cut short: {error}") from error
    required = {"model", "vocabulary_size", "num_outputs", "weights_sha256"}
    if missing := required - set(spec):
        lacking = ", ".join(sorted(missing))
        found = f"{path} is not a checkpoint of this project: it lacks {lacking}"
        raise _error(path.parent, found)
    return spec


def _read_weights(path: Path) -> dict[str, Tensor]:
    try:
        return load_file(path)
    except FileNotFoundError as error:
        raise _error(path.parent, f"{path} is missing") from error
    except (SafetensorError, OSError) as error:
        found = f"{path} is damaged, cut short or no safetensors file: {error}"
        raise _error(path.parent, found) from error


def _build(spec: Mapping[str, Any], path: Path) -> RecurrentNetwork:
    try:
        config = ModelConfig.model_validate(spec["model"])
        with torch.random.fork_rng(devices=[]):
            return RecurrentNetwork(config, spec["vocabulary_size"], spec["num_outputs"])
    except (ValidationError, TypeError, RuntimeError) as error:
        raise _error(path.parent, f"{path} does not describe a network: {error}") from error


def _mismatches(expected: Mapping[str, Tensor], found: Mapping[str, Tensor]) -> Iterator[str]:
    for name in sorted(set(expected) - set(found)):
        yield f"{name} is missing"
    for name in sorted(set(found) - set(expected)):
        yield f"{name} is unexpected"
    for name in sorted(set(found) & set(expected)):
        if (found[name].shape, found[name].dtype) != (expected[name].shape, expected[name].dtype):
            yield (
                f"{name} is {found[name].dtype}{list(found[name].shape)}, "
                f"expected {expected[name].dtype}{list(expected[name].shape)}"
            )
