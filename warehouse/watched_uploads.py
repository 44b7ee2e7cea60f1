"""Requests that upload, cut off where a store neither takes a byte nor answers.

aiohttp keeps no read timeout while a body is on its way, nor before a `100 Continue`, and drops it
at a second one.
"""

import asyncio
from typing import Any

from aiobotocore.httpsession import AIOHTTPSession
from botocore.exceptions import ReadTimeoutError


class WatchedUploads(AIOHTTPSession):  # type: ignore[misc]  # it has no types
    """Connections to a store. ``timeout`` is in seconds: to connect, and without progress."""

    def __init__(self, *, timeout: tuple[float, float], **options: Any) -> None:
        super().__init__(timeout=timeout, **options)
        self._seconds = timeout[1]

    async def send(self, request: Any) -> Any:
        """The answer to a request of botocore's. Raises its HTTPClientError; ReadTimeoutError
        where nothing of the body has left for so long, and no answer has come."""
        if not hasattr(request.body, "tell"):
            return await super().send(request)
        sending, sent = asyncio.ensure_future(super().send(request)), request.body.tell()
        try:
            while not (await asyncio.wait({sending}, timeout=self._seconds))[0]:
                before, sent = sent, request.body.tell()
                if sent == before:
                    raise ReadTimeoutError(endpoint_url=request.url)
            return sending.result()
        finally:
            sending.cancel()
