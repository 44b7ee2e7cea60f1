"""An S3 server on loopback (moto's), which a test can have fail.

Its libraries are imported once it runs: that takes a second.
"""

import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from werkzeug.serving import BaseWSGIServer

ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "someone",
    "AWS_SECRET_ACCESS_KEY": "a-secret",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_MAX_ATTEMPTS": "1",  # s3fs tries again too: the two together take seconds
}
RETRIES = 3  # of s3fs: 5 otherwise
BUCKET = "releases"
UNAVAILABLE = (
    b"<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>"
)
Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]
NO_HOOK: Callable[[str, str], None] = lambda method, path: None  # noqa: E731


@dataclass
class S3Store:
    """``failures`` requests to come are refused with 503; ``before`` is called with the method and
    the path of each."""

    application: Application
    failures: int = 0
    before: Callable[[str, str], None] = NO_HOOK
    requests: list[tuple[str, str]] = field(default_factory=list)
    server: "BaseWSGIServer | None" = None
    one_at_a_time: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        request = environ["REQUEST_METHOD"], environ["PATH_INFO"]
        self.requests.append(request)
        self.before(*request)
        if self.failures:
            self.failures -= 1
            start("503 Slow Down", [("Content-Type", "application/xml")])
            # After a body to HEAD, what follows on the connection is sometimes not understood.
            return [] if environ["REQUEST_METHOD"] == "HEAD" else [UNAVAILABLE]
        with self.one_at_a_time:  # moto compares and swaps in two steps
            return self.application(environ, start)

    @property
    def endpoint(self) -> str:
        assert self.server is not None
        return f"http://127.0.0.1:{self.server.server_port}"

    @cached_property
    def client(self) -> Any:
        import boto3

        return boto3.client("s3", endpoint_url=self.endpoint)

    def contents(self) -> list[str]:
        found = self.client.list_objects_v2(Bucket=BUCKET).get("Contents", [])
        return sorted(entry["Key"] for entry in found)


@contextmanager
def run_s3() -> Iterator[S3Store]:
    """A store with one empty bucket; credentials are in the environment until the end."""
    from moto.moto_server.werkzeug_app import MotoRequestHandler, create_backend_app
    from s3fs import S3FileSystem
    from werkzeug.serving import make_server

    store = S3Store(create_backend_app("s3"))
    store.server = make_server("127.0.0.1", 0, store, True, request_handler=MotoRequestHandler)
    thread = threading.Thread(
        target=store.server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
    )
    thread.start()
    with pytest.MonkeyPatch.context() as patch:
        for name, value in ENVIRONMENT.items():
            patch.setenv(name, value)
        patch.setattr(S3FileSystem, "retries", RETRIES)
        store.client.create_bucket(Bucket=BUCKET)
        try:
            yield store
        finally:
            store.server.shutdown()
            store.server.server_close()
            thread.join()
