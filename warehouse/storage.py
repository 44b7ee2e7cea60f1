"""Where everything lives under the storage root (DESIGN section 4)."""

import os
from dataclasses import dataclass
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class Storage:
    """Paths under one storage root. Creating it touches nothing on disk."""

    root: Path

    @classmethod
    def from_environment(cls) -> "Storage":
        """The root that ``$RNNVIS_HOME`` names, else ``storage/`` in the checkout."""
        return cls(Path(os.environ.get("RNNVIS_HOME") or CHECKOUT / "storage").resolve())

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

    def manifest(self, stage: str, partition: str) -> Path:
        return self.root / "manifests" / partition / f"{stage}.json"

    def locks(self, name: str) -> Path:
        return self.root / "locks" / name

    def progress(self, name: str) -> Path:
        return self.root / "progress" / f"{name}.json"

    def folders_of(self, name: str) -> tuple[Path, ...]:
        """Every folder that holds files of one model, dataset or comparison."""
        kinds = (
            "corpora", "checkpoints", "recordings", "tables", "releases", "comparisons", "manifests"
        )  # fmt: skip
        return tuple(self.root / kind / name for kind in kinds)
