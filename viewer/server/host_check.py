"""Refuses requests under foreign names, as Jupyter's server does.

A web page whose name has been pointed at this machine (DNS rebinding) would otherwise read the
viewer: its ``Origin`` equals its ``Host``, so the check of websocket origins lets it pass.
"""

from http import HTTPStatus
from typing import Any

from tornado.httputil import HTTPServerRequest
from tornado.routing import Matcher, Rule
from tornado.web import Application, RequestHandler

from viewer.server.access import Access, is_loopback

PLAIN_PORTS = ("80", "443")


def is_own_host(host: str, access: Access) -> bool:
    """Whether a ``Host`` header names this server: one of the origins that ``access`` lists, or
    (where only this machine can reach it) this machine, at any port that a tunnel may have."""
    host = host.lower()
    listed = {origin.lower() for origin in access.origins}
    if listed & _spellings(host):
        return True
    name = host if host.endswith("]") else host.rpartition(":")[0] or host
    return is_loopback(access.address) and is_loopback(name.strip("[]"))


def _spellings(host: str) -> set[str]:
    """The ways to write a host: browsers leave out the port where it is the protocol's own."""
    name, _, port = host.partition(":")
    if port:
        return {host, name} if port in PLAIN_PORTS else {host}
    return {name, *(f"{name}:{plain}" for plain in PLAIN_PORTS)}


class _ForeignHost(Matcher):
    """Matches every request whose ``Host`` is not the server's own."""

    def __init__(self, access: Access) -> None:
        self.access = access

    def match(self, request: HTTPServerRequest) -> dict[str, Any] | None:
        return None if is_own_host(request.headers.get("Host", ""), self.access) else {}


class _Refusal(RequestHandler):
    """Answers with the host that was found and the option that admits it."""

    def prepare(self) -> None:
        self.set_status(HTTPStatus.FORBIDDEN)
        self.set_header("Content-Type", "text/plain; charset=utf-8")
        found = self.request.headers.get("Host", "")[:100]
        self.finish(
            f"found the host {found!r}, expected one that this viewer was started for\n"
            "repair: rnnvis view --allow-origin HOST:PORT"
        )


def refuse_foreign_hosts(application: Application, access: Access) -> None:
    """Puts the check before every page, file and websocket of the server."""
    application.default_router.rules.insert(0, Rule(_ForeignHost(access), _Refusal))
