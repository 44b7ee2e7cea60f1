import socket
from pathlib import Path

import pytest

from viewer.app import build_page_or_say_why, serve
from warehouse.errors import BusyError
from warehouse.storage import Storage


def test_a_port_in_use_is_said_with_a_way_out(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(BusyError, match=f"port {port}") as caught:
            serve(Storage(tmp_path), port)
    assert caught.value.repair == f"rnnvis view --port {port + 1}"


def test_whatever_fails_is_shown_as_text(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def fail(storage: Storage) -> None:
        raise RuntimeError("something unforeseen")

    monkeypatch.setattr("viewer.app.build_page", fail)
    assert "something unforeseen" in build_page_or_say_why(Storage(tmp_path)).object
