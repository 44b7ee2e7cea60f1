"""Opening what the stage ``checkpoint`` kept of an imported PyTorch model."""

from pathlib import Path
from typing import Any

import torch

from rnnvis_assets.configuration.external_model_config import PytorchModel
from rnnvis_assets.model_import.loading.user_code import load_network
from rnnvis_assets.model_import.reading.forward_gradients import ForwardGradients
from rnnvis_assets.model_import.reading.imported_network import make_reader
from rnnvis_assets.model_import.reading.network_readers import NetworkReader
from rnnvis_assets.model_import.reading.predictor import Predictor
from rnnvis_assets.model_import.reading.returned_value import ReturnedValue
from rnnvis_assets.model_import.reading.weight_probe import probe_weights, word_embedding
from rnnvis_assets.network.checkpoint_files import SPEC_FILE, WEIGHTS_FILE
from rnnvis_assets.network.integrated_gradients import ReadGradients
from rnnvis_assets.network.model_metadata import ModelMetadata, load_metadata
from rnnvis_assets.recording.record_trained import ReadLogits
from warehouse.atomic_files import sha256_of_file
from warehouse.checked_json import read_checked_json
from warehouse.errors import CheckpointError


def open_imported(folder: Path) -> NetworkReader:
    """The network of the checkpoint in ``folder``, made by the user's factory, with the weights
    that were copied.

    Raises CheckpointError where the files are damaged, ImportedModelError where the factory no
    longer makes the network that they belong to.
    """
    metadata, weights = load_metadata(folder), folder / WEIGHTS_FILE
    if not weights.is_file() or sha256_of_file(weights) != metadata.weights_sha256:
        found = f"{weights} is missing, damaged or cut short"
        raise CheckpointError(found, repair=f"rnnvis materialize {folder.name}")
    spec = _spec_of(folder)
    config = PytorchModel.model_validate(spec["model"])
    network = load_network(config, None if metadata.num_parameters is None else weights)
    return make_reader(network, config, spec["words"], torch.tensor(spec["probe"]))


def _spec_of(folder: Path) -> dict[str, Any]:
    spec = read_checked_json(folder / SPEC_FILE)
    if "value" not in spec:
        found = f"{folder} was made by an earlier version, which kept less of the network"
        raise CheckpointError(found, repair=f"rnnvis materialize {folder.name}")
    return spec


def open_logits(folder: Path, reader: NetworkReader, metadata: ModelMetadata) -> ReadLogits | None:
    """A network's own logits float[words, outputs] after each word of a sequence; None where its
    output layer gives them, or nothing does."""
    value = _spec_of(folder)["value"]
    if value is None or metadata.output is not None:
        return None
    per_word = metadata.task != "classification"
    return Predictor(reader, per_word, ReturnedValue(**value), layer=None).logits_after


def open_gradients(
    folder: Path, reader: NetworkReader, metadata: ModelMetadata
) -> ReadGradients | None:
    """A classifier's integrated gradients; None where ``forward`` returns no classes, or words
    enter no embedding of it."""
    spec = _spec_of(folder)
    if spec["value"] is None or metadata.task != "classification":
        return None
    calls = probe_weights(reader, torch.tensor(spec["probe"][0]))
    path = spec["model"]["embedding"]
    embedding = word_embedding(reader.module, calls, path, spec["words"])
    return embedding and ForwardGradients(reader, ReturnedValue(**spec["value"]), embedding)
