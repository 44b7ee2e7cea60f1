"""A folder of configurations of one's own, made of those that came with the packages."""

import shutil
from collections.abc import Iterable
from pathlib import Path

import yaml

from warehouse.atomic_files import atomic_file
from warehouse.errors import ConfigurationError
from warehouse.storage import SHIPPED_CONFIGS

FOLDERS = ("datasets", "models", "analyses")


def make_project(folder: Path, models: Iterable[str]) -> Path:
    """Makes ``folder/configs``, with every analysis, and with these ``models`` and their datasets;
    returns it.

    Raises ConfigurationError where there is such a folder already.
    """
    configs = folder / "configs"
    if configs.exists():
        raise ConfigurationError(
            f"{configs} is there already", repair="run rnnvis init in another folder"
        )
    for name in FOLDERS:
        (configs / name).mkdir(parents=True)
    for analysis in sorted((SHIPPED_CONFIGS / "analyses").glob("*.yaml")):
        add_analysis(configs, analysis.stem)
    for model in models:
        dataset = yaml.safe_load((SHIPPED_CONFIGS / "models" / f"{model}.yaml").read_text("utf-8"))
        for place in (f"models/{model}.yaml", f"datasets/{dataset['dataset']}.yaml"):
            shutil.copy(SHIPPED_CONFIGS / place, configs / place)
    return configs


def add_analysis(configs: Path, name: str) -> None:
    """Copies an analysis that came with the packages to where there is none of its name."""
    path = configs / "analyses" / f"{name}.yaml"
    if not path.exists():
        with atomic_file(path) as temporary:
            shutil.copyfile(SHIPPED_CONFIGS / "analyses" / path.name, temporary)
