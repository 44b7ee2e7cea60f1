"""A PostgreSQL server of a test's own, on a Unix socket in a temporary folder."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

USER, PASSWORD = "rnnvis", "kept-out-of-files"
DEBIAN = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
BINARIES = os.pathsep.join([os.environ["PATH"], *map(str, DEBIAN)])
AS = "postgres" if os.getuid() == 0 else None
"""PostgreSQL refuses to run as root; its package made this user."""


@dataclass(frozen=True)
class PostgresqlServer:
    """Its folder holds the data and the socket."""

    folder: Path

    @property
    def address(self) -> str:
        """Without the password, as in a configuration."""
        return f"postgresql://{USER}@/postgres?host={self.folder}"

    def start(self) -> None:
        options = f"-c listen_addresses= -c fsync=off -k {self.folder}"
        self._run("pg_ctl", "start", "-w", "-l", f"{self.folder}/log", "-o", options)

    def stop(self) -> None:
        self._run("pg_ctl", "stop", "-w", "-m", "immediate")

    def initialise(self) -> None:
        secret = self.folder / "password"
        secret.write_text(PASSWORD)
        if AS:
            shutil.chown(self.folder, AS)
            shutil.chown(secret, AS)
        self._run("initdb", "--no-sync", "-A", "scram-sha-256", "-U", USER, "--pwfile", str(secret))

    def _run(self, program: str, *arguments: str) -> None:
        command = [shutil.which(program, path=BINARIES), *arguments, "-D", f"{self.folder}/data"]
        subprocess.run(command, check=True, user=AS, cwd=self.folder, stdout=subprocess.DEVNULL)


@contextmanager
def run_postgresql() -> Iterator[PostgresqlServer]:
    """A server that ends with the block; skips the test where there is no PostgreSQL."""
    if shutil.which("initdb", path=BINARIES) is None:
        pytest.skip("PostgreSQL is not installed: tests/install_tools.sh postgresql")
    # A socket's path has 107 characters at most, and pytest's folders are closed to other users.
    with tempfile.TemporaryDirectory(prefix="pg-", ignore_cleanup_errors=True) as folder:
        server = PostgresqlServer(Path(folder))
        server.initialise()
        server.start()
        try:
            yield server
        finally:
            server.stop()
