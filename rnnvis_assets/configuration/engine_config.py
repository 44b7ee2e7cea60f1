"""What ``configs/engine.yaml`` may say: where the work is done, and where its history is kept."""

import re

from pydantic import Field, field_validator

from rnnvis_assets.configuration.dataset_config import Strict

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


class SharedReleases(Strict):
    """The object store through which machines share releases: `rnnvis publish`, `rnnvis fetch`."""

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
    cache_gigabytes: float = Field(
        50, gt=0, description="most that fetched releases may take; older ones are removed first"
    )


class EngineConfig(Strict):
    """``configs/engine.yaml``."""

    dagster: DagsterSettings = DagsterSettings()
    releases: SharedReleases = SharedReleases()
