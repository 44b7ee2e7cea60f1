"""Where everything lives under the storage root (docs/design.md, Storage)."""

import os
from dataclasses import dataclass
from pathlib import Path

from platformdirs import user_data_path

CHECKOUT = Path(__file__).resolve().parents[1]
"""The folder that holds our packages: a checkout, or where pip has installed them."""
SHIPPED_CONFIGS = CHECKOUT / "configs"
"""The configurations that came with the packages."""


def configs_folder() -> Path:
    """``$RNNVIS_CONFIGS``; else ``./configs``, where it is one of ours; else the configurations
    that came with the packages."""
    named = os.environ.get("RNNVIS_CONFIGS")
    if named:
        return Path(named).resolve()
    return Path("configs").resolve() if _is_project(Path()) else SHIPPED_CONFIGS


def base_folder() -> Path:
    """The folder that relative paths in configurations start from: the one that holds them."""
    return configs_folder().parent


def is_installed(configs: Path) -> bool:
    """Whether configurations are those of an installed package, which the next one replaces."""
    return configs == SHIPPED_CONFIGS and not _is_checkout()


def _is_project(folder: Path) -> bool:
    return all((folder / "configs" / name).is_dir() for name in ("datasets", "models", "analyses"))


def _is_checkout() -> bool:
    return (CHECKOUT / "pyproject.toml").is_file()


def storage_root() -> Path:
    """``$RNNVIS_HOME``; else ``storage/`` in a project's folder, or in the checkout; else the
    user's data folder."""
    named = os.environ.get("RNNVIS_HOME")
    if named:
        return Path(named).resolve()
    if _is_project(Path()):
        return Path("storage").resolve()
    return CHECKOUT / "storage" if _is_checkout() else user_data_path("rnnvis")


FOLDERS = (
    "corpora", "checkpoints", "recordings", "tables", "releases", "comparisons", "manifests"
)  # fmt: skip
"""What the storage root holds a folder of for each model, dataset or comparison."""
NOTE_FOLDERS = ("cluster_names", "views")
"""What people have written, and an archive has a folder of for its model; no results."""


@dataclass(frozen=True)
class Storage:
    """Paths under one storage root. Creating it touches nothing on disk."""

    root: Path

    @classmethod
    def from_environment(cls) -> "Storage":
        """The storage under ``storage_root``."""
        return cls(storage_root())

    @property
    def dagster_home(self) -> Path:
        return self.root / "dagster"

    @property
    def downloads(self) -> Path:
        return self.root / "downloads"

    def corpus(self, dataset: str) -> Path:
        return self.root / "corpora" / dataset

    def checkpoint(self, model: str) -> Path:
        return self.root / "checkpoints" / model

    def recording(self, model: str, split: str) -> Path:
        return self.root / "recordings" / model / split

    def table(self, model: str, table: str) -> Path:
        return self.root / "tables" / model / f"{table}.parquet"

    def releases(self, model: str) -> Path:
        return self.root / "releases" / model

    def comparison(self, name: str) -> Path:
        return self.root / "comparisons" / name / "findings.duckdb"

    @property
    def views(self) -> Path:
        """Views that people have named."""
        return self.root / "views"

    def cluster_names(self, model: str) -> Path:
        """Names that people have given to the clusters of a model."""
        return self.root / "cluster_names" / model

    def manifest(self, stage: str, partition: str) -> Path:
        return self.root / "manifests" / partition / f"{stage}.json"

    def locks(self, name: str) -> Path:
        return self.root / "locks" / name

    def progress(self, name: str, stage: str) -> Path:
        return self.root / "progress" / name / f"{stage}.json"

    def folders_of(self, name: str) -> tuple[Path, ...]:
        """Every folder that holds files of one model, dataset or comparison."""
        return tuple(self.root / kind / name for kind in FOLDERS)
