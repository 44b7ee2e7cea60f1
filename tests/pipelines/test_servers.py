"""A taken port is found before a server is started on it."""

import socket

import pytest

from pipelines.cli.servers import is_port_taken, require_free_port
from warehouse.errors import BusyError


def test_a_port_is_taken_while_something_listens_on_it():
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert is_port_taken(port)
        with pytest.raises(BusyError, match=rf"rnnvis dagster --port {port + 1}"):
            require_free_port(port, "rnnvis dagster")
    assert not is_port_taken(port)
    require_free_port(port, "rnnvis dagster")
