"""The start of the page is there before its session is made."""

import re
import subprocess
import sys
from collections.abc import Iterator
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path

import pytest

from tests.viewer.conftest import free_port
from viewer.theme_colours import DARK, LIGHT

pytestmark = pytest.mark.slow

SERVER = """
import sys, time
from pathlib import Path
import panel as pn
from viewer.server.app import page_server
from viewer.views import reader_loading

def load():
    Path(f"{sys.argv[2]}_asked").touch()
    while not Path(f"{sys.argv[2]}_reader").exists():
        time.sleep(0.01)

reader_loading.load_reader = load

def page():
    while not Path(sys.argv[2]).exists():
        time.sleep(0.01)
    return pn.pane.Str("what was awaited")

server = page_server({"/": page}, int(sys.argv[1]))
print("listens", flush=True)
server.run_until_shutdown()
"""


@pytest.fixture(scope="module")
def allowed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """While this file is there, sessions are made."""
    path = tmp_path_factory.mktemp("start") / "allowed"
    path.touch()
    return path


@pytest.fixture(scope="module")
def port(allowed: Path) -> Iterator[int]:
    number = free_port()
    command = [sys.executable, "-c", SERVER, str(number), str(allowed)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert "listens" in process.stdout.readline()
        yield number
        process.terminate()
        process.wait(60)  # before its output is closed, which it says that it stops in


def _ask(port: int, address: str, **headers: str) -> HTTPResponse:
    connection = HTTPConnection("127.0.0.1", port)
    connection.request("GET", address, headers=headers)
    return connection.getresponse()


def test_a_skeleton_is_sent_before_the_session_is_made(port: int, allowed: Path) -> None:
    allowed.unlink()
    answer = _ask(port, "/")
    start = answer.read1(2**20).decode()
    assert 'class="skeleton"' in start
    assert "awaited" not in start.partition("<body>")[0]
    allowed.touch()
    whole = start + answer.read().decode()
    assert whole.count("<!DOCTYPE html>") == whole.count("<body>") == whole.count("<head>") == 1
    assert "bokeh.min.js" in whole
    assert whole.index("docs_json") < whole.index(".remove()</script></body>")


def test_scripts_are_fetched_while_the_session_is_made(port: int, allowed: Path) -> None:
    page = _ask(port, "/").read().decode()
    allowed.unlink()
    answer = _ask(port, "/")
    start = answer.read1(2**20).decode()
    allowed.touch()
    fetched = re.findall(r'src="(\S+\.min\.js\S*)"', page)
    assert len(fetched) > 3
    assert all(start.count(line) == 1 for line in fetched)
    assert start.index("skeleton") < start.index("bokeh.min.js")
    whole = start + answer.read().decode()
    assert all(whole.count(line) == 1 for line in fetched)


def test_an_address_that_names_a_session_gets_the_whole_page(port: int) -> None:
    whole = _ask(port, "/?bokeh-session-id=mine").read().decode()
    assert whole.startswith("<!DOCTYPE html>")
    assert whole.count('class="skeleton"') == whole.count("<body>") == 1


@pytest.mark.parametrize(
    ("address", "cookie", "theme"),
    [("/", "", LIGHT), ("/", "rnnvis-dark=1", DARK), ("/?dark=1", "", DARK),
     ("/?dark=0", "rnnvis-dark=1", LIGHT)],
)  # fmt: skip
def test_the_skeleton_has_the_colours_of_the_page(
    port: int, address: str, cookie: str, theme: object
) -> None:
    start = _ask(port, address, Cookie=cookie).read1(2**20).decode()
    (shown,) = [each for each in (LIGHT, DARK) if each.css() in start]
    assert shown is theme


@pytest.mark.parametrize("query", ["sentence=%5B%22a+cat%22%5D", "silence=1"])
def test_other_sessions_are_answered_while_pytorch_is_imported(
    port: int, allowed: Path, query: str
) -> None:
    reader, asked = (allowed.with_name(f"allowed_{name}") for name in ("reader", "asked"))
    for path in (reader, asked):
        path.unlink(missing_ok=True)
    waiting = _ask(port, f"/?{query}")
    try:
        start = waiting.read1(2**20).decode()
        assert "skeleton" in start
        assert "docs_json" not in start  # which the page has that follows
        for other in ("/", "/?sentence=%5B3%5D"):
            assert "docs_json" in _ask(port, other).read().decode()
        assert asked.exists()
    finally:
        reader.touch()
    assert "docs_json" in waiting.read().decode()
