"""The start of the page, sent before its session is made, so that a skeleton is seen at once.

To make a session takes about a third of a second, most of it for the models of Panel and Bokeh. The
answer is one document in two pieces: its head, a skeleton and the page's scripts, which the browser
reads meanwhile; then the page as Panel writes it without these and without what opens a document.
"""

import asyncio
import re
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, ClassVar

from bokeh.server.session import ServerSession
from bokeh.server.urls import per_app_patterns
from panel.io.server import DocHandler

from viewer.theme_colours import theme_of
from viewer.views import reader_loading

TITLE = "RNNVis"
PREFERS_DARK = "rnnvis-dark"
"""The cookie in which the page notes what the system prefers."""
START = Path(__file__).with_suffix(".html")
FETCHING_S = 0.06
"""How long a browser that was never here is given to fetch scripts: while a session is made, the
server answers nothing else."""
_NAMES_A_SESSION = ("bokeh-session-id", "bokeh-token")
_REMOVAL = "<script>document.querySelector('.awaited').remove()</script></body>"
_OPENING = re.compile(r"\A\s*<!DOCTYPE html>\s*<html[^>]*>\s*<head>|</head>\s*<body[^>]*>")
_FETCHES = re.compile(
    r'<script type="esms-options">[^<]*</script>'
    r'|<script type="text/javascript" src="[^"]*"></script>'
    r'|<link rel="(?:module)?preload"[^>]*>'
)


def without_opening(page: str) -> str:
    """What follows in a document whose body is open already: the content of a page's head, then of
    its body; at the end the skeleton is removed."""
    return _OPENING.sub("", page, count=2).replace("</body>", _REMOVAL)


class PageHandler(DocHandler):
    """Panel's, which sends the start first; together with the rest where an address names a
    session, which may be refused."""

    _fetching: ClassVar[dict[str, list[str]]] = {}
    """The elements that fetch scripts and styles, of the last page of each path."""
    _sent: Sequence[str] | None = None
    """Those that the start had, once it is sent."""

    async def get_session(self) -> ServerSession:  # type: ignore[override]
        """Called once the visitor is known to be admitted."""
        if not any(self.get_argument(name, "") for name in _NAMES_A_SESSION):
            self.set_header("Content-Type", "text/html; charset=utf-8")
            self._sent = self._fetching.get(self.request.path, [])
            super().write(self._start() + "".join(self._sent).encode())
            await self.flush()
            if self._sent and self.get_cookie(PREFERS_DARK) is None:
                await asyncio.sleep(FETCHING_S)
        if self._is_read():
            with suppress(ImportError):  # the page meets it too, and reports it
                await asyncio.to_thread(reader_loading.load_reader)
        session: ServerSession = await super().get_session()  # type: ignore[misc]
        return session

    def _is_read(self) -> bool:
        """Whether the address asks for a typed sentence or a silenced chip, which need PyTorch."""
        typed = '"' in self.get_query_argument("sentence", "")
        return typed or bool(self.get_query_argument("silence", ""))

    def write(self, chunk: str | bytes | dict[Any, Any]) -> None:
        """Writes the page as Panel makes it, and anything else as it is."""
        if isinstance(chunk, str) and _OPENING.match(chunk):
            self._fetching[self.request.path] = _FETCHES.findall(chunk)
            start = self._start().decode() if self._sent is None else ""
            for element in self._sent or ():
                chunk = chunk.replace(element, "", 1)
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
