"""Dagster's history in PostgreSQL, which processes of several machines can use at once."""

from collections.abc import Mapping
from importlib.util import find_spec
from typing import Any

from warehouse.errors import InstallationError

PACKAGES = ("dagster_postgres", "psycopg2")
PATIENCE_SECONDS = 10


def storage_settings(address: str | None) -> Mapping[str, Any]:
    """What ``dagster.yaml`` says of a history at ``address``; nothing of one in files."""
    return {} if address is None else {"storage": {"postgres": {"postgres_url": address}}}


def require_database(address: str) -> None:
    """Connects once, where Dagster would try for long.

    Raises InstallationError where a package is missing, and what the database's driver raises,
    which ``error_words`` translates.
    """
    missing = [package for package in PACKAGES if find_spec(package) is None]
    if missing:
        raise InstallationError(
            "dagster.storage in configs/engine.yaml is PostgreSQL, for which "
            f"{' and '.join(missing)} must be installed",
            repair="pip install 'rnnvis[postgres]'",
        )
    import psycopg2

    address = address.replace("+psycopg2", "", 1)  # SQLAlchemy's part of it
    psycopg2.connect(address, connect_timeout=PATIENCE_SECONDS).close()
