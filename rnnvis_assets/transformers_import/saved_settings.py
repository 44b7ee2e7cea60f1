"""What a network that a library has saved depends on, read without loading it."""

from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from rnnvis_assets.configuration.external_model_config import TransformersModel
from warehouse.atomic_files import sha256_of_file
from warehouse.storage import base_folder

CONFIG_FILE, XLSTM_CONFIG = "config.json", "config.yaml"
TOKENIZER_FILE = "tokenizer.json"
TOKENIZER_CONFIG = "tokenizer_config.json"


def library_of(path: Path) -> str:
    """The library that saved a network: RWKV's are files, and xlstm configures in YAML."""
    if path.is_file():
        return "rwkv"
    return "xlstm" if (path / XLSTM_CONFIG).is_file() else "transformers"


def saved_folder(config: TransformersModel) -> Path:
    """Where its library wrote it; the file itself of one that is a file."""
    return base_folder() / config.folder


def saved_files(folder: Path) -> list[Path]:
    """The files that it is made of: configuration, tokenizer, weights."""
    if folder.is_file():
        return [folder, *filter(Path.is_file, [folder.with_name(TOKENIZER_FILE)])]
    named = (
        folder / name for name in (CONFIG_FILE, XLSTM_CONFIG, TOKENIZER_FILE, TOKENIZER_CONFIG)
    )
    weights = [*folder.glob("*.safetensors"), *folder.glob("*.safetensors.index.json")]
    return [*filter(Path.is_file, named), *sorted(weights)]


def saved_settings(config: TransformersModel) -> Any:
    """Its configuration, all of its files, and the versions of what reads it."""
    hashes = {file.name: sha256_of_file(file) for file in saved_files(saved_folder(config))}
    versions = {name: _version(name) for name in (config.source, "tokenizers")}
    return [config.model_dump(mode="json", exclude={"description", "analysis"}), hashes, versions]


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
