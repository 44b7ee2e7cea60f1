"""Further sessions without a browser: ``python -m tests.benchmarks.viewer.crowd ADDRESS N BUSY``.

Opens N sessions of a page by Bokeh's protocol and holds them until standard input ends; BUSY of
them change their number of clusters once a second. A process of its own, so that what is measured
is the server's share of the work and not that of twenty pages being drawn.
"""

import asyncio
import json
import re
import sys
from typing import Any
from urllib.request import urlopen
from uuid import uuid4

from tornado.websocket import WebSocketClientConnection, websocket_connect

_TOKEN = re.compile(r'"token":\s*"([^"]+)"')
PAUSE_S = 1.0


def _message(kind: str, content: dict[str, Any]) -> list[str]:
    header = {"msgid": uuid4().hex, "msgtype": kind}
    return [json.dumps(header), "{}", json.dumps(content)]


async def _send(socket: WebSocketClientConnection, kind: str, content: dict[str, Any]) -> None:
    for part in _message(kind, content):
        await socket.write_message(part)


async def _awaited(socket: WebSocketClientConnection, text: str) -> str:
    """The first part of a message that holds ``text``."""
    while True:
        part = await socket.read_message()
        if part is None:
            raise RuntimeError("the server closed the session")
        if isinstance(part, str) and text in part:
            return part


def slider_of(document: str) -> str:
    """The id of the widget that sets the number of clusters."""
    found: list[str] = []

    def look(value: Any) -> None:
        if isinstance(value, dict):
            if value.get("name") == "Slider" and value["attributes"]["title"] == "Clusters":
                found.append(value["id"])
            for inner in value.values():
                look(inner)
        elif isinstance(value, list):
            for inner in value:
                look(inner)

    look(json.loads(document))
    return found[0]


async def _open(address: str) -> tuple[WebSocketClientConnection, str]:
    """A session's socket, and the id of its slider."""
    with urlopen(address) as page:
        found = _TOKEN.search(page.read().decode("utf-8"))
    if found is None:
        raise RuntimeError(f"{address} is not a page of a session")
    url = re.sub(r"^http(.*/)\??.*$", r"ws\1ws", address)
    socket = await websocket_connect(url, subprotocols=["bokeh", found[1]])
    await _awaited(socket, '"ACK"')
    await _send(socket, "PULL-DOC-REQ", {})
    return socket, slider_of(await _awaited(socket, '"roots"'))


async def _change(socket: WebSocketClientConnection, slider: str, first: int) -> None:
    k = first
    while True:
        k = 2 + (k - 1) % 19
        event = {"kind": "ModelChanged", "model": {"id": slider}, "attr": "value", "new": k}
        await _send(socket, "PATCH-DOC", {"events": [event]})
        await asyncio.sleep(PAUSE_S)


async def _drain(socket: WebSocketClientConnection) -> None:
    while await socket.read_message() is not None:
        pass


async def _hold(address: str, count: int, busy: int) -> None:
    sessions = [await _open(address) for _ in range(count)]
    tasks = [asyncio.create_task(_drain(socket)) for socket, _ in sessions]
    tasks += [
        asyncio.create_task(_change(*session, i)) for i, session in enumerate(sessions[:busy])
    ]
    print("open", flush=True)
    await asyncio.to_thread(sys.stdin.read)
    for task in tasks:
        task.cancel()


if __name__ == "__main__":
    asyncio.run(_hold(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
