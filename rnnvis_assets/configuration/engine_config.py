"""What ``configs/engine.yaml`` may say: where the work is done, and where its history is kept."""

import os
import re
from typing import Literal

from pydantic import Field, field_validator, model_validator

from rnnvis_assets.configuration.dataset_config import Strict

Executor = Literal["local", "ray"]
_POSTGRESQL = re.compile(r"postgres(ql)?(\+psycopg2)?://(?=[^/]*/[^/?]+)")


class DagsterSettings(Strict):
    """Where Dagster keeps its runs, events and schedules."""

    storage: str | None = Field(
        None,
        description="postgresql://USER@HOST:PORT/DATABASE, with the password in $PGPASSWORD or "
        "~/.pgpass; null: files under the storage root, which one machine only may use",
    )

    @field_validator("storage")
    @classmethod
    def _with_its_driver(cls, address: str | None) -> str | None:
        """The address with the driver that is installed: SQLAlchemy 2.1 takes another by itself."""
        if address is None:
            return None
        if not _POSTGRESQL.match(address):
            raise ValueError("expected postgresql://USER@HOST:PORT/DATABASE")  # it may hold secrets
        return _POSTGRESQL.sub("postgresql+psycopg2://", address, count=1)


class StoreSettings(Strict):
    """The object store that machines share.

    `rnnvis publish` and `rnnvis fetch` go through it. Where it holds results, so does whatever a
    stage reads and writes: `rnnvis materialize` goes on with what other machines have made.
    """

    address: str | None = Field(
        None,
        pattern=r"^s3://[^/]+",
        description="s3://BUCKET/FOLDER, of a store with conditional puts; null: there is none",
    )
    endpoint: str | None = Field(
        None,
        pattern=r"^https?://",
        description="of a store of your own, as http://HOST:PORT; null: what AWS's settings say",
    )
    holds: Literal["releases", "results"] = Field(
        "releases", description="releases: what is published; results: what stages make, too"
    )
    cache_gigabytes: float = Field(
        50, gt=0, description="most that fetched releases may take; older ones are removed first"
    )


class EngineConfig(Strict):
    """``configs/engine.yaml``. It may be left out, and changes no result.

    Workers make recordings of trained networks, and responses of recordings in blocks of units; one
    of executor ``local`` is the run's own process.
    """

    workers: int = Field(
        1, ge=1, le=4096, description="processes that record, or respond, side by side, each with "
        "its share of the cores of one machine"
    )  # fmt: skip
    executor: Executor = Field(
        "local", description="local: processes of this machine; ray: tasks of a Ray cluster"
    )
    address: str | None = Field(
        None,
        description="of a running Ray cluster that this machine is part of, HOST:6379 or auto; "
        "null: a cluster of this machine only, for as long as the recording takes",
    )
    gpus: float = Field(0, ge=0, description="GPUs that each worker of a Ray cluster takes")

    dagster: DagsterSettings = DagsterSettings()
    store: StoreSettings = StoreSettings()

    @model_validator(mode="after")
    def _address_is_of_ray(self) -> "EngineConfig":
        if self.executor != "ray" and (self.address or self.gpus):
            found = "address" if self.address else "gpus"
            raise ValueError(f"{found}: found it with executor: {self.executor}, expected ray")
        return self

    @property
    def in_process(self) -> bool:
        """Whether there are no workers but the run's own process."""
        return self.workers == 1 and self.executor == "local"

    @property
    def of_this_machine(self) -> "EngineConfig":
        """Processes of this machine only, for work whose files no other one has."""
        workers = min(self.workers, os.cpu_count() or 1)
        return EngineConfig(workers=workers, dagster=self.dagster, store=self.store)

    def share_of(self, cores: int) -> int:
        """The cores of a machine that each worker on it has, at least one."""
        return max(1, cores // self.workers)
