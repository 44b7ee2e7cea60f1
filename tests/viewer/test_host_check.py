"""Requests under foreign names, to a real server."""

import http.client
from collections.abc import Iterator
from http import HTTPStatus

import pytest

from tests.viewer.conftest import serving
from viewer.server.access import Access
from viewer.server.host_check import is_own_host
from warehouse.storage import Storage

WEBSOCKET = {
    "Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==", "Sec-WebSocket-Protocol": "bokeh",
}  # fmt: skip


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    with serving(Storage(tmp_path_factory.mktemp("empty")).root) as address:
        yield int(address.rstrip("/").rpartition(":")[2])


def _status(port: int, path: str, headers: dict[str, str]) -> tuple[int, str]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("GET", path, headers=headers)
    response = connection.getresponse()
    if response.status == HTTPStatus.SWITCHING_PROTOCOLS:
        return response.status, ""
    return response.status, response.read().decode()


@pytest.mark.slow
@pytest.mark.parametrize("path", ["/", "/ws", "/static/js/bokeh.min.js"])
def test_a_foreign_host_is_refused_although_its_origin_equals_it(port: int, path: str) -> None:
    foreign = f"evil.test:{port}"
    headers = {
        "Host": foreign,
        "Origin": f"http://{foreign}",
        **(WEBSOCKET if path == "/ws" else {}),
    }
    status, text = _status(port, path, headers)
    assert status == HTTPStatus.FORBIDDEN
    assert f"found the host '{foreign}'" in text
    assert "--allow-origin" in text


@pytest.mark.slow
def test_this_machine_is_served(port: int) -> None:
    assert _status(port, "/", {"Host": f"127.0.0.1:{port}"})[0] == HTTPStatus.OK
    assert _status(port, "/", {"Host": "localhost:9999"})[0] == HTTPStatus.OK
    own = {"Host": f"localhost:{port}", "Origin": f"http://localhost:{port}", **WEBSOCKET}
    assert _status(port, "/ws", own)[0] != HTTPStatus.FORBIDDEN


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("viewer.example.org:5006", True),
        ("VIEWER.example.org:5006", True),
        ("viewer.example.org", False),
        ("plain.example.org", True),
        ("plain.example.org:80", True),
        ("127.0.0.1:5006", False),
        ("", False),
        ("[::1", False),
    ],
)
def test_an_open_viewer_has_only_the_names_it_lists(host: str, expected: bool) -> None:
    access = Access("0.0.0.0", ("viewer.example.org:5006", "plain.example.org"), "secret")
    assert is_own_host(host, access) == expected


@pytest.mark.parametrize("host", ["127.0.0.1.evil.test", "localhost.evil.test:5006", "0.0.0.0", ""])
def test_only_a_loopback_name_is_this_machine(host: str) -> None:
    assert not is_own_host(host, Access())
