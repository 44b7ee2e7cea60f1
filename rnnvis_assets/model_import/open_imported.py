"""Opening a network from elsewhere that was taken over into the storage."""

import json
from pathlib import Path

from rnnvis_assets.configuration.external_model_config import PytorchModel
from rnnvis_assets.model_import.reading.imported_network import make_module, make_reader
from rnnvis_assets.model_import.reading.network_readers import Reader
from rnnvis_assets.network.checkpoint_files import SPEC_FILE, WEIGHTS_FILE
from rnnvis_assets.network.model_metadata import load_metadata
from warehouse.atomic_files import sha256_of_file
from warehouse.errors import CheckpointError


def open_imported(folder: Path) -> Reader:
    """The network of the checkpoint in ``folder``, made by the user's factory, with the weights
    that were kept.

    Raises CheckpointError where the files are damaged, ImportedModelError where the factory no
    longer gives the network that they belong to.
    """
    facts, path = load_metadata(folder), folder / WEIGHTS_FILE
    spec = json.loads((folder / SPEC_FILE).read_text("utf-8"))
    if not path.is_file() or sha256_of_file(path) != facts.weights_sha256:
        raise CheckpointError(
            f"{path} is gone, damaged or cut short", repair="rnnvis materialize MODEL"
        )
    config = PytorchModel.model_validate(spec["model"])
    module = make_module(config, None if facts.num_parameters is None else path)
    return make_reader(module, config, spec["words"])
