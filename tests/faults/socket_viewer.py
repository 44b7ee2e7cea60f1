"""A viewer without a browser: the page of one session, over Bokeh's own websocket protocol."""

import json
import re
from collections.abc import Iterator
from types import TracebackType
from typing import Any, Self

from tornado.httpclient import AsyncHTTPClient, HTTPRequest
from tornado.websocket import WebSocketClientConnection, websocket_connect

TOKEN = re.compile(r'"token":"([^"]+)"')
PATIENCE_SECONDS = 300.0
Models = dict[str, dict[str, Any]]


def _objects(value: Any) -> Iterator[dict[str, Any]]:
    """Every model within a serialized value."""
    if isinstance(value, list):
        for entry in value:
            yield from _objects(entry)
    elif isinstance(value, dict):
        if value.get("type") == "object" and "id" in value:
            yield value
        for entry in value.values():
            yield from _objects(entry)


def plain(value: Any) -> Any:
    """A serialized value without its ``map`` wrappers."""
    if isinstance(value, list):
        return [plain(entry) for entry in value]
    if isinstance(value, dict) and value.get("type") == "map":
        return {key: plain(entry) for key, entry in value.get("entries", [])}
    return value


def serialized(value: Any) -> Any:
    """A value as a browser sends it: the inverse of ``plain``."""
    if isinstance(value, list):
        return [serialized(entry) for entry in value]
    if isinstance(value, dict):
        entries = [[key, serialized(entry)] for key, entry in value.items()]
        return {"type": "map", "entries": entries}
    return value


class SocketViewer:
    """A session at ``url``; ``models`` holds the page's models as the server last sent them."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._connection: WebSocketClientConnection | None = None
        self._sent = 0
        self.models: Models = {}

    async def __aenter__(self) -> Self:
        answer = await AsyncHTTPClient().fetch(self._url, request_timeout=PATIENCE_SECONDS)
        found = TOKEN.search(answer.body.decode().replace("\\", ""))
        assert found, "the page has no token"
        origin, _, _ = self._url.partition("/?")
        request = HTTPRequest(
            f"{origin.replace('http', 'ws', 1)}/ws",
            headers={"Sec-WebSocket-Protocol": f"bokeh, {found[1]}", "Origin": origin},
            request_timeout=PATIENCE_SECONDS,
        )
        self._connection = await websocket_connect(request, max_message_size=2**28)
        await self._receive("ACK")
        content = await self.ask("PULL-DOC-REQ", {}, "PULL-DOC-REPLY")
        self.models = {found["id"]: found for found in _objects(content["doc"])}
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:  # fmt: skip
        if self._connection:
            self._connection.close()

    async def ask(self, kind: str, content: Any, answer: str) -> dict[str, Any]:
        """Sends a message; returns the content of the next one of that kind."""
        assert self._connection
        self._sent += 1
        header = {"msgid": f"{self._sent}", "msgtype": kind}
        for part in (header, {}, content):
            await self._connection.write_message(json.dumps(part))
        return await self._receive(answer)

    async def patch(self, event: dict[str, Any]) -> str:
        """Sends a change of the document; whether the server took it: "OK" or "ERROR"."""
        assert self._connection
        await self.ask("PATCH-DOC", {"events": [event]}, "OK|ERROR")
        return self._last

    async def send(self, model: str, message: Any) -> str:
        """Sends a message of the component whose data are the model of that id."""
        entries = [["model", {"id": self._shell(model)}], ["data", serialized(message)]]
        values = {"type": "map", "entries": entries}
        event = {"type": "event", "name": "data_event", "values": values}
        return await self.patch(
            {"kind": "MessageSent", "msg_type": "bokeh_event", "msg_data": event}
        )

    async def _receive(self, wanted: str) -> dict[str, Any]:
        """The content of the next message of a wanted kind; patches before it are applied."""
        while True:
            header, _, content = [await self._read_text() for _ in range(3)]
            for _ in range(2 * header.get("num_buffers", 0)):
                await self._read()
            if header["msgtype"] == "PATCH-DOC":
                self._apply(content["events"])
            if re.fullmatch(wanted, header["msgtype"]):
                self._last = header["msgtype"]
                return dict(content)

    async def _read(self) -> str | bytes:
        assert self._connection
        part = await self._connection.read_message()
        assert part is not None, "the server closed the connection"
        return part

    async def _read_text(self) -> Any:
        return json.loads(await self._read())

    def _apply(self, events: list[dict[str, Any]]) -> None:
        for event in events:
            self.models |= {found["id"]: found for found in _objects(event)}
            if event["kind"] == "ModelChanged":
                owner = self.models.get(event["model"]["id"], {})
                owner.setdefault("attributes", {})[event["attr"]] = event["new"]

    def find(self, attribute: str) -> list[str]:
        """Ids of the models that have an attribute."""
        return [
            name for name, model in self.models.items() if attribute in model.get("attributes", {})
        ]

    def data_of(self, name: str) -> str | None:
        """The data of a component; None of another model."""
        data = self.models[name]["attributes"]["data"]
        return data.get("id") if isinstance(data, dict) and data.get("type") == "object" else None

    def _shell(self, data: str) -> str:
        """The model that a component's data belong to."""
        return next(name for name in self.find("data") if self.data_of(name) == data)

    def value(self, model: str, attribute: str) -> Any:
        """An attribute of a model, in plain values."""
        return plain(self.models[model]["attributes"].get(attribute))
