"""The password: a page that asks for it, the cookies it gives, and longer waits after wrong tries.

Panel's own pages answer every try at once, end no cookie, and fetch pictures from outside.
"""

import hmac
import logging
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable
from http import HTTPStatus
from pathlib import Path
from typing import Any

from bokeh.server.auth_provider import AuthProvider
from tornado.web import RequestHandler

USER = "rnnvis"
COOKIE = "rnnvis_login"
COOKIE_DAYS = 1
LOGIN, LOGOUT = "/login", "/logout"
PAGE = Path(__file__).with_name("login.html")
FREE_TRIES = 3
LONGEST_WAIT_SECONDS = 600.0
MOST_KEPT = 10_000
"""Cookies, and addresses of wrong tries; the oldest are forgotten first."""
POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'"


class Gate:
    """The cookies that are valid, and who has to wait before the next try.

    ``clock`` gives seconds.
    """

    def __init__(self, password: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._password, self._clock = password.encode(), clock
        self._tokens: OrderedDict[str, None] = OrderedDict()
        self._wrong: OrderedDict[str, tuple[int, float]] = OrderedDict()

    def wait(self, address: str) -> float:
        """Seconds until a try from this address is looked at."""
        _, until = self._wrong.get(address, (0, 0.0))
        return max(0.0, until - self._clock())

    def try_password(self, password: str, address: str) -> str | None:
        """A new cookie for the right password; None for a wrong one, after which the next try from
        the address has to wait: 2 s after the fourth, then twice as long each time."""
        if not hmac.compare_digest(password.encode(), self._password):
            count = self._wrong.pop(address, (0, 0.0))[0] + 1
            wait = min(2.0 ** (count - FREE_TRIES), LONGEST_WAIT_SECONDS)
            self._wrong[address] = count, self._clock() + (wait if count > FREE_TRIES else 0.0)
            _forget_oldest(self._wrong)
            return None
        self._wrong.pop(address, None)
        token = secrets.token_urlsafe(32)
        self._tokens[token] = None
        _forget_oldest(self._tokens)
        return token

    def admits(self, token: str) -> bool:
        return token in self._tokens

    def end(self, token: str) -> None:
        """Ends a cookie: who kept a copy of it is not admitted either."""
        self._tokens.pop(token, None)


def _forget_oldest(kept: OrderedDict[str, Any]) -> None:
    while len(kept) > MOST_KEPT:
        kept.popitem(last=False)


def _token_of(handler: RequestHandler) -> str:
    """The cookie of a request, "" without a valid one."""
    token = handler.get_signed_cookie(COOKIE, max_age_days=COOKIE_DAYS)
    return (token or b"").decode("utf-8", "replace")


class _GateHandler(RequestHandler):
    def initialize(self, gate: Gate) -> None:
        self.gate = gate


class _Login(_GateHandler):
    def get(self) -> None:
        self._ask()

    def post(self) -> None:
        address = self.request.remote_ip or ""
        if wait := self.gate.wait(address):
            self.set_status(HTTPStatus.TOO_MANY_REQUESTS)
            self.set_header("Retry-After", f"{wait:.0f}")
            self._ask(f"Too many wrong passwords: the next is read in {max(1, round(wait))} s.")
            return
        token = self.gate.try_password(self.get_body_argument("password", ""), address)
        if token is None:
            logging.getLogger(__name__).warning("a wrong password from %s", address)
            self._ask("This is not the password.")
            return
        self.set_signed_cookie(
            COOKIE, token, expires_days=COOKIE_DAYS, httponly=True, samesite="Lax",
            secure=self.request.protocol == "https",
        )  # fmt: skip
        self.redirect(_local(self.get_body_argument("next", "/")))

    def _ask(self, problem: str = "") -> None:
        self.set_header("Content-Security-Policy", POLICY)
        self.set_header("Cache-Control", "no-store")
        self.render(str(PAGE), problem=problem, next=_local(self.get_argument("next", "/")))


class _Logout(_GateHandler):
    def get(self) -> None:
        self.gate.end(_token_of(self))
        self.clear_cookie(COOKIE)
        self.redirect(LOGIN)


def _local(address: str) -> str:
    """An address of this server; its first page in place of any other."""
    is_local = address.startswith("/") and not address.startswith(("//", "/\\"))
    return address if is_local and address.isprintable() else "/"


class PasswordAuth(AuthProvider):
    """Lets in who knows the password, until they log out or a day has passed."""

    def __init__(self, password: str) -> None:
        self._gate = Gate(password)
        super().__init__()

    @property
    def get_user(self) -> Any:
        return lambda handler: USER if self._gate.admits(_token_of(handler)) else None

    @property
    def login_url(self) -> str:
        return LOGIN

    @property
    def logout_url(self) -> str:
        return LOGOUT

    @property
    def endpoints(self) -> list[Any]:
        gate = {"gate": self._gate}
        return [(LOGIN, _Login, gate), (LOGOUT, _Logout, gate)]
