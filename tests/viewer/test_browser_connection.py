"""A server that stops, and one that comes back, as a real browser sees it."""

import re
import signal
import subprocess
import sys

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.kept_browser import PATIENCE_MS
from tests.viewer.conftest import SERVE, SPEC, free_port
from warehouse.storage import Storage

pytestmark = [pytest.mark.browser, pytest.mark.end_to_end]
MOST_MS = 3000
SELECTED = re.compile("selected")


def _start(storage: Storage, port: int) -> "subprocess.Popen[str]":
    command = [sys.executable, "-c", SERVE, str(storage.root), str(port)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout
    assert "listens on" in process.stdout.readline()
    return process


def test_a_stopped_server_is_reported_and_its_return_restores_the_view(
    chromium: Browser, storage: Storage
) -> None:
    port = free_port()
    server, page = _start(storage, port), chromium.new_page()
    page.set_default_timeout(PATIENCE_MS)
    try:
        page.goto(f"http://127.0.0.1:{port}/?model={SPEC.name}&k=5")
        expect(page.locator(".chip")).to_have_count(5)
        expect(page.get_by_role("alert")).to_be_hidden()
        _expect_an_unanswered_click_to_be_undone(page, server)
        server.kill()
        server.wait()
        expect(page.get_by_role("alert")).to_contain_text("does not answer", timeout=MOST_MS)
        expect(page.locator(".chip")).to_have_count(5)
        expect(page.locator(".page")).to_have_js_property("inert", True)
        server = _start(storage, port)
        expect(page.get_by_role("alert")).to_be_hidden()
        expect(page.locator(".chip")).to_have_count(5)
        assert "k=5" in page.url
    finally:
        page.close()
        server.kill()
        server.wait()


def _expect_an_unanswered_click_to_be_undone(page: Page, server: "subprocess.Popen[str]") -> None:
    first, second = (
        page.locator(f'.word[data-word="{node.get_attribute("data-word")}"]')
        for node in page.locator(".word:not(.selected)").all()[:2]
    )
    first.click()
    expect(page.locator(".chosen .name")).to_have_text(first.text_content() or "")
    server.send_signal(signal.SIGSTOP)
    second.click()
    expect(second).to_have_class(SELECTED)
    expect(second).not_to_have_class(SELECTED)
    expect(first).to_have_class(SELECTED)
    server.send_signal(signal.SIGCONT)
    expect(second).to_have_class(SELECTED)
    expect(page.locator(".chosen .name")).to_have_text(second.text_content() or "")


def test_a_lost_network_is_reported(chromium: Browser, address: str) -> None:
    context = chromium.new_context()
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    page.goto(f"{address}?model={SPEC.name}&k=2")
    expect(page.locator(".chip")).to_have_count(2)
    context.set_offline(True)
    expect(page.get_by_role("alert")).to_contain_text("does not answer", timeout=MOST_MS)
    context.set_offline(False)
    expect(page.get_by_role("alert")).to_be_hidden()
    expect(page.locator(".chip")).to_have_count(2)
    context.close()
