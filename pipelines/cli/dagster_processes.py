"""The programs of Dagster that ``rnnvis dagster`` becomes: all in one, or each by itself."""

import re
import sys
from pathlib import Path

import yaml

from pipelines.orchestration.dagster_instance import CODE_LOCATION
from warehouse.atomic_files import write_text
from warehouse.errors import ConfigurationError


def dagster_command(part: str, home: Path, address: str, port: int, code_server: str) -> list[str]:
    """The program of a part and its arguments. Webserver and daemon get the definitions from
    ``code_server`` (HOST:PORT), else from a server that they start themselves.

    Raises ConfigurationError where ``code_server`` cannot be used.
    """
    if code_server and part not in ("webserver", "daemon"):
        raise ConfigurationError(
            f"found --code-server for {part}, expected it for webserver or daemon",
            repair=f"rnnvis dagster {part} --port {port}",
        )
    place = ["--host", address, "--port", str(port)]
    definitions = _workspace(home, code_server) if code_server else ["--module-name", CODE_LOCATION]
    program, *arguments = {
        "all": ["dagster", "dev", *definitions, *place],
        "code-server": [
            "dagster", "code-server", "start", *definitions, *place,
            "--location-name", CODE_LOCATION,
        ],
        "daemon": ["dagster-daemon", "run", *definitions],
        "webserver": ["dagster-webserver", *definitions, *place],
    }[part]  # fmt: skip
    return [str(Path(sys.executable).with_name(program)), *arguments]


def _workspace(home: Path, code_server: str) -> list[str]:
    """Names the location as the other ways do, so that schedules and runs stay the same ones."""
    place = re.fullmatch(r"(.+):(\d+)", code_server)
    if place is None:
        raise ConfigurationError(
            f"--code-server: found {code_server!r}, expected HOST:PORT",
            repair="rnnvis dagster code-server --port 4000, then --code-server localhost:4000",
        )
    server = {"host": place[1], "port": int(place[2]), "location_name": CODE_LOCATION}
    path = home / "workspace.yaml"
    write_text(path, yaml.safe_dump({"load_from": [{"grpc_server": server}]}))
    return ["--workspace", str(path)]
