"""What an imported network depends on, read without loading it."""

from pathlib import Path
from typing import Any

from rnnvis_assets.configuration.external_model_config import PytorchModel
from rnnvis_assets.model_import.loading.source_files import code_files
from warehouse.atomic_files import sha256_of_file
from warehouse.storage import base_folder


def import_settings(config: PytorchModel) -> Any:
    """What an imported network depends on: its configuration, the user's code, the weights and the
    vocabulary."""
    functions = [name for name in (config.factory, config.input.call) if name]
    files = [path for name in functions for path in code_files(name, config.path)]
    files += [path for path in [weights_path(config)] if path]
    if config.vocabulary is not None and config.vocabulary.file is not None:
        files.append(base_folder() / config.vocabulary.file)
    hashes = [sha256_of_file(path) if path.is_file() else None for path in files]
    # A model that was imported before it could name a path is the same without one.
    left_out = {"description", "analysis", "accept_loss"}
    left_out |= {"path"} if config.path is None else set()
    return [config.model_dump(mode="json", exclude=left_out), hashes]


def weights_path(config: PytorchModel) -> Path | None:
    """The file of the weights; None where the factory loads them itself."""
    return None if config.weights is None else base_folder() / config.weights
