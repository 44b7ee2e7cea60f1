import socket
import subprocess
import sys
from http import HTTPStatus
from pathlib import Path
from urllib.request import urlopen

import pytest

from tests.viewer.conftest import free_port
from viewer.server.access import Access
from viewer.server.app import build_page_or_report, serve
from warehouse.errors import AccessError, BusyError
from warehouse.storage import Storage

pytestmark = pytest.mark.end_to_end

SERVE = """import sys
from pathlib import Path
from viewer.server.app import serve
from warehouse.storage import Storage
serve(Storage(Path(sys.argv[1])), int(sys.argv[2]))
"""


def test_a_port_in_use_is_said_with_a_way_out(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(BusyError, match=f"port {port}") as caught:
            serve(Storage(tmp_path), port)
    assert caught.value.repair == f"rnnvis view --port {port + 1}"


def test_an_unprotected_address_is_refused_with_what_it_lacks(tmp_path: Path) -> None:
    with pytest.raises(AccessError, match="lacks a password") as caught:
        serve(Storage(tmp_path), 0, Access("0.0.0.0"))
    assert "--password-file FILE" in caught.value.repair


def test_whatever_fails_is_shown_as_text(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def fail(storage: Storage) -> None:
        raise RuntimeError("something unforeseen")

    monkeypatch.setattr("viewer.server.app.build_page", fail)
    assert "something unforeseen" in build_page_or_report(Storage(tmp_path)).object


def test_a_viewer_whose_output_nobody_reads_stops_at_the_first_signal(storage: Storage) -> None:
    port = str(free_port())
    command = [sys.executable, "-c", SERVE, str(storage.root), port]
    with subprocess.Popen(command, text=True, stdout=subprocess.PIPE) as process:
        assert process.stdout
        assert "listens" in process.stdout.readline()
        process.stdout.close()
        process.terminate()
        try:
            process.wait(600)
        finally:
            process.kill()


def test_a_viewer_that_is_stopped_says_no_more_than_that(storage: Storage) -> None:
    port = str(free_port())
    command = [sys.executable, "-c", SERVE, str(storage.root), port]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    with subprocess.Popen(command, text=True, **pipes) as process:
        assert process.stdout
        assert "listens" in process.stdout.readline()
        with urlopen(f"http://127.0.0.1:{port}") as page:
            assert page.status == HTTPStatus.OK
        process.terminate()
        said = process.stdout.read()
    assert (process.returncode, said) == (0, "Received signal SIGTERM, shutting down\n")
