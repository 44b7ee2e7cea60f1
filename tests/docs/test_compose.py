"""What compose.yaml starts exists: our commands, the files it names, the services they ask."""

import re
import tomllib
from typing import Any

import pytest
import sqlalchemy as sa
import yaml

from rnnvis_assets.configuration.engine_config import EngineConfig
from tests.docs.markdown_pages import parse_command, read
from warehouse.storage import CHECKOUT

COMPOSE = yaml.safe_load(read("compose.yaml"))
SERVICES: dict[str, Any] = COMPOSE["services"]
OURS = {name: service for name, service in SERVICES.items() if "build" in service}
ENGINE = EngineConfig.model_validate(yaml.safe_load(read("compose.engine.yaml")))


def _option(service: str, name: str) -> str:
    command = SERVICES[service]["command"]
    return command[command.index(name) + 1]


@pytest.mark.parametrize("name", OURS)
def test_a_service_runs_a_command_that_there_is(name):
    program, *words = OURS[name]["command"]
    assert program == "rnnvis"
    parse_command(words)


def test_every_process_is_there():
    parts = {service["command"][2] for service in OURS.values() if "dagster" in service["command"]}
    assert parts == {"code-server", "daemon", "webserver"}
    first = {service["command"][1] for service in OURS.values()}
    assert first == {"dagster", "fetch", "publish", "view"}


@pytest.mark.parametrize("name", SERVICES)
def test_files_and_volumes_that_a_service_mounts_exist(name):
    for mount in SERVICES[name].get("volumes", ()):
        source, target, *_ = mount.split(":")
        if source.startswith("."):
            assert (CHECKOUT / source).exists()
            assert (CHECKOUT / target.removeprefix("/project/")).exists(), "mounted into a folder"
        else:
            assert source in COMPOSE["volumes"]
    assert set(SERVICES[name].get("depends_on", ())) <= set(SERVICES)


def test_our_processes_ask_the_services_that_answer():
    history = sa.make_url(ENGINE.dagster.storage or "")
    postgres = SERVICES["postgres"]["environment"]
    assert (history.host, history.port) == ("postgres", 5432)
    assert history.username == postgres["POSTGRES_USER"]
    assert history.database == postgres["POSTGRES_DB"]
    place = f"code-server:{_option('code-server', '--port')}"
    assert {_option(name, "--code-server") for name in ("daemon", "webserver")} == {place}
    assert ENGINE.store.endpoint == "http://store:8333"
    bucket = (ENGINE.store.address or "").removeprefix("s3://").partition("/")[0]
    assert f"-bucket={bucket}" in SERVICES["store"]["command"]


def test_published_ports_are_those_that_are_listened_on():
    for name, service in SERVICES.items():
        for port in service.get("ports", ()):
            *_, inside = port.split(":")
            assert _option(name, "--port") == inside
            assert _option(name, "--address") == "0.0.0.0"
    assert all(port.startswith("127.0.0.1:") for port in SERVICES["webserver"]["ports"])


def test_no_password_is_written_down():
    for service in SERVICES.values():
        for name, value in service.get("environment", {}).items():
            if "PASSWORD" in name or "SECRET" in name:
                assert re.fullmatch(r"\$\{\w+:\?[\w ]+\}", value)


def test_the_image_has_every_package_and_extra():
    lines = read("Dockerfile").splitlines()
    copied = {word for line in lines if line.startswith("COPY") for word in line.split()[1:-1]}
    assert all((CHECKOUT / name).exists() for name in copied)
    project = tomllib.loads(read("pyproject.toml"))
    packages = {
        name.rstrip("*") for name in project["tool"]["setuptools"]["packages"]["find"]["include"]
    }
    modules = {f"{name}.py" for name in project["tool"]["setuptools"]["py-modules"]}
    assert packages | modules | {project["project"]["readme"], "pyproject.toml"} <= copied
    (extras,) = re.findall(r"'\.\[(.+)\]'", read("Dockerfile"))
    assert set(extras.split(",")) <= set(project["project"]["optional-dependencies"])
