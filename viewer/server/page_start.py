"""The start of the page, sent before its session is made, so that a skeleton is seen at once.

To make a session takes about half a second, most of it for the models of Panel and Bokeh. The
answer is one document in two pieces: its head and a skeleton, then the page as Panel writes it
without what opens a document.
"""

import re
from pathlib import Path
from typing import Any

from bokeh.server.session import ServerSession
from bokeh.server.urls import per_app_patterns
from panel.io.server import DocHandler

from viewer.theme_colours import theme_of

TITLE = "RNNVis"
PREFERS_DARK = "rnnvis-dark"
"""The cookie in which the page notes what the system prefers."""
START = Path(__file__).with_suffix(".html")
_NAMES_A_SESSION = ("bokeh-session-id", "bokeh-token")
_REMOVAL = "<script>document.querySelector('.awaited').remove()</script></body>"
_OPENING = re.compile(r"\A\s*<!DOCTYPE html>\s*<html[^>]*>\s*<head>|</head>\s*<body[^>]*>")


def without_opening(page: str) -> str:
    """What follows in a document whose body is open already: the content of a page's head, then of
    its body; at the end the skeleton is removed."""
    return _OPENING.sub("", page, count=2).replace("</body>", _REMOVAL)


class PageHandler(DocHandler):
    """Panel's, which sends the start first; together with the rest where an address names a
    session, which may be refused."""

    _is_started = False

    async def get_session(self) -> ServerSession:  # type: ignore[override]
        """Called once the visitor is known to be admitted."""
        if not any(self.get_argument(name, "") for name in _NAMES_A_SESSION):
            self.set_header("Content-Type", "text/html; charset=utf-8")
            super().write(self._start())
            self._is_started = True
            await self.flush()
        session: ServerSession = await super().get_session()  # type: ignore[misc]
        return session

    def write(self, chunk: str | bytes | dict[Any, Any]) -> None:
        """Writes the page as Panel makes it, and anything else as it is."""
        if isinstance(chunk, str) and _OPENING.match(chunk):
            start = "" if self._is_started else self._start().decode()
            chunk = start + without_opening(chunk)
        super().write(chunk)

    def _start(self) -> bytes:
        preferred = self.get_cookie(PREFERS_DARK, "0")
        colours = theme_of(self.get_query_argument("dark", preferred) == "1").css()
        return self.render_string(str(START), title=TITLE, colours=colours)


def send_starts() -> None:
    """Makes the servers of this process send the start of every page first."""
    for number, (path, handler, *_) in enumerate(per_app_patterns):
        if handler is DocHandler:
            per_app_patterns[number] = (path, PageHandler)
