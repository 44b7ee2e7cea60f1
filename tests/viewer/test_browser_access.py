"""The password, in a real browser: nothing is shown before it, everything after."""

import os
import subprocess
import sys
from collections.abc import Iterator
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from playwright.sync_api import expect

from tests.viewer.conftest import SPEC, Open, free_port
from tests.viewer.reading import view
from viewer.server.access import PASSWORD
from warehouse.storage import Storage

pytestmark = [pytest.mark.browser, pytest.mark.end_to_end]
VIEW = "from pipelines.cli.main import main; main()"


@pytest.fixture(scope="module")
def guarded(storage: Storage) -> Iterator[str]:
    """The address of a viewer that other machines could reach, its password "open sesame"."""
    port = free_port()
    command = [sys.executable, "-c", VIEW, "view", "--address", "0.0.0.0", "--port", str(port),
               "--allow-origin", f"127.0.0.1:{port}"]  # fmt: skip
    environment = os.environ | {"RNNVIS_HOME": str(storage.root), PASSWORD: "open sesame"}
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
    try:
        line = process.stdout.readline() if process.stdout else ""
        assert f"http://0.0.0.0:{port}" in line
        assert "sesame" not in line
        yield f"http://127.0.0.1:{port}/"
    finally:
        process.terminate()
        process.wait(60)


def test_the_page_opens_with_the_password_until_one_logs_out(open_page: Open, guarded: str) -> None:
    page = open_page(f"{guarded}?model={SPEC.name}&k=5")
    page.get_by_label("Password").fill("open sesame")
    page.get_by_role("button", name="Open").click()
    view(page)
    expect(page.locator(".chip")).to_have_count(5)
    # Who logs out is asked again.
    page.get_by_role("link", name="Log out").click()
    expect(page.get_by_label("Password")).to_be_visible()
    page.goto(guarded)
    expect(page.get_by_label("Password")).to_be_visible()


def test_a_wrong_password_is_told_and_loses_nothing_that_was_asked_for(
    open_page: Open, guarded: str
) -> None:
    page = open_page(f"{guarded}?model={SPEC.name}&k=5")
    page.get_by_label("Password").fill("open barley")
    page.get_by_role("button", name="Open").click()
    expect(page.get_by_role("alert")).to_have_text("This is not the password.")
    page.get_by_label("Password").fill("open sesame")
    page.get_by_role("button", name="Open").click()
    view(page)
    expect(page.locator(".chip")).to_have_count(5)


@pytest.mark.parametrize("path", ["", "ws", "autoload.js?bokeh-autoload-element=1", "metadata"])
def test_nothing_is_served_without_it(guarded: str, path: str) -> None:
    headers = {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13",
               "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA=="} if path == "ws" else {}  # fmt: skip
    code, where = _answer(Request(f"{guarded}{path}", headers=headers))
    assert code in {401, 403} or "/login" in where


def _answer(request: Request) -> tuple[int, str]:
    """Status of an answer, and the address that it came from in the end."""
    try:
        with urlopen(request) as answer:
            return answer.status, answer.url
    except HTTPError as refusal:
        return refusal.code, refusal.url
