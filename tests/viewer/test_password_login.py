"""The password over HTTP: waits after wrong tries, and cookies that end."""

import asyncio
import re
from dataclasses import dataclass, field
from http import HTTPStatus
from http.cookies import SimpleCookie
from urllib.parse import urlencode

import pytest
from tornado.httpclient import AsyncHTTPClient, HTTPResponse
from tornado.httpserver import HTTPServer
from tornado.testing import bind_unused_port
from tornado.web import Application, RequestHandler, authenticated

from viewer.server.password_login import (
    COOKIE,
    FREE_TRIES,
    LONGEST_WAIT_SECONDS,
    Gate,
    PasswordAuth,
)

PASSWORD = "open sesame"
HERE = "127.0.0.1"


class Guarded(RequestHandler):
    """A page that only who is logged in sees, as Bokeh's server guards its own."""

    def get_current_user(self) -> str | None:
        return self.application.settings["auth"].get_user(self)

    @authenticated
    def get(self) -> None:
        self.write("within")


@dataclass
class Browser:
    """Asks a server for pages, one after the other."""

    origin: str
    cookies: dict[str, str] = field(default_factory=dict)

    async def open(self, path: str, **form: str) -> HTTPResponse:
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        posted = {"method": "POST", "body": urlencode(form)} if form else {}
        answer = await AsyncHTTPClient().fetch(
            f"{self.origin}{path}", headers=headers, raise_error=False, follow_redirects=False,
            **posted,
        )  # fmt: skip
        for line in answer.headers.get_list("Set-Cookie"):
            self.cookies |= {name: kept.value for name, kept in SimpleCookie(line).items()}
        return answer


async def _visit(script) -> None:
    auth = PasswordAuth(PASSWORD)
    rules = [*auth.endpoints, ("/", Guarded)]
    settings = {"auth": auth, "login_url": auth.login_url, "cookie_secret": "of the test"}
    socket, port = bind_unused_port()
    server = HTTPServer(Application(rules, **settings))
    server.add_socket(socket)
    try:
        await script(Browser(f"http://{HERE}:{port}"))
    finally:
        server.stop()


def test_a_logged_out_cookie_opens_nothing_even_where_a_copy_was_kept() -> None:
    async def script(browser: Browser) -> None:
        assert (await browser.open("/")).code == HTTPStatus.FOUND
        answer = await browser.open("/login", password=PASSWORD, next="/?model=a")
        assert answer.headers["Location"] == "/?model=a"
        assert (await browser.open("/")).body == b"within"
        copy = Browser(browser.origin, dict(browser.cookies))
        await browser.open("/logout")
        for visitor in (browser, copy):
            assert (await visitor.open("/")).code == HTTPStatus.FOUND

    asyncio.run(_visit(script))


def test_no_script_and_no_other_site_gets_the_cookie() -> None:
    async def script(browser: Browser) -> None:
        answer = await browser.open("/login", password=PASSWORD)
        cookie = SimpleCookie(answer.headers["Set-Cookie"])[COOKIE]
        assert (cookie["httponly"], cookie["samesite"]) == (True, "Lax")

    asyncio.run(_visit(script))


def test_after_some_wrong_passwords_the_right_one_has_to_wait_too() -> None:
    async def script(browser: Browser) -> None:
        for _ in range(FREE_TRIES + 1):
            answer = await browser.open("/login", password="open barley")
            assert b"This is not the password." in answer.body
        answer = await browser.open("/login", password=PASSWORD)
        assert answer.code == HTTPStatus.TOO_MANY_REQUESTS
        assert int(answer.headers["Retry-After"]) in range(3)
        assert browser.cookies == {}

    asyncio.run(_visit(script))


@pytest.mark.parametrize(
    "target", ["https://evil.test/", "//evil.test", "/\\evil.test", "javascript:x", "/a\nb", ""]
)
def test_the_login_leads_to_no_other_site(target: str) -> None:
    async def script(browser: Browser) -> None:
        answer = await browser.open("/login", password=PASSWORD, next=target)
        assert answer.headers["Location"] == "/"

    asyncio.run(_visit(script))


def test_the_login_page_fetches_nothing() -> None:
    async def script(browser: Browser) -> None:
        text = (await browser.open("/login")).body.decode()
        assert re.findall(r'(?:src|href|url)\W+([^"\s>]*)', text) == ["data:,"]
        hostile = urlencode({"next": '/"><img alt=x>'})
        answer = await browser.open(f"/login?{hostile}")
        assert b"&quot;&gt;&lt;img" in answer.body
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]

    asyncio.run(_visit(script))


@pytest.fixture
def seconds() -> list[float]:
    """What the clock shows; to be advanced by the test."""
    return [0.0]


def test_waits_double_up_to_the_longest_and_end_with_the_right_password(
    seconds: list[float],
) -> None:
    gate, waits = Gate(PASSWORD, lambda: seconds[0]), []
    for _ in range(FREE_TRIES + 12):
        assert gate.try_password("wrong", HERE) is None
        waits.append(gate.wait(HERE))
        seconds[0] += waits[-1]
        assert gate.wait(HERE) == 0
    assert waits[: FREE_TRIES + 4] == [0, 0, 0, 2, 4, 8, 16]
    assert waits[-1] == LONGEST_WAIT_SECONDS
    assert gate.wait("10.0.0.7") == 0
    assert gate.admits(gate.try_password(PASSWORD, HERE))
    gate.try_password("wrong", HERE)
    assert gate.wait(HERE) == 0
