"""Dagster's history in PostgreSQL, which processes of several machines can use at once."""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec

from warehouse.errors import InstallationError

PACKAGES = ("dagster_postgres", "psycopg2")
PATIENCE_SECONDS = 10
_LOCK = 0x524E4E  # any number that other programs do not lock


@contextmanager
def hold_database(address: str | None) -> Iterator[None]:
    """Keeps other machines from creating Dagster's tables within it; they wait. Connects at once
    or raises, where Dagster would try for long. Does nothing for a history in files.

    Raises InstallationError where a package is missing, and what the database's driver raises,
    which ``error_words`` translates.
    """
    if address is None:
        yield
        return
    missing = [package for package in PACKAGES if find_spec(package) is None]
    if missing:
        raise InstallationError(
            "dagster.storage in configs/engine.yaml is PostgreSQL, for which "
            f"{' and '.join(missing)} must be installed",
            repair="pip install 'rnnvis[postgres]'",
        )
    import sqlalchemy as sa

    patience = {"connect_timeout": PATIENCE_SECONDS}
    engine = sa.create_engine(address, connect_args=patience, poolclass=sa.NullPool)
    with engine.connect() as connection:
        connection.execute(sa.select(sa.func.pg_advisory_lock(_LOCK)))  # until it is closed
        yield
