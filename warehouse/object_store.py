"""An object store that machines share: objects that are there as a whole, and conditional puts.

A put shows all of an object or nothing. A put under a condition is refused where another machine
came first, so whatever is replaced by ``swap`` is replaced by one of those who try it at once.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from warehouse.atomic_files import CAUSES, atomic_file, sha256_of_file
from warehouse.errors import InstallationError, RnnvisError, StorageError, StoreError

CONNECT_SECONDS, READ_SECONDS = 5.0, 60.0
"""For an attempt to connect, and for a wait for an answer or for some of what is sent or read."""
SMALL_OBJECT_SECONDS = 180.0
"""For a small object, all attempts together; other objects take as long as they progress."""
_RETRIES = 2
"""Of s3fs, each with all the attempts of AWS_MAX_ATTEMPTS."""
_LOST = ("PreconditionFailed", "ConditionalRequestConflict", "NoSuchKey", "412", "409")
"""What a store answers where an object is no longer what was read."""
_PLACE = "store in configs/engine.yaml"


@dataclass(frozen=True)
class StoredObject:
    """What an object held when it was read: ``tag`` names this content, ``age`` is in seconds since
    it was written, by the store's own clock."""

    tag: str
    age: float
    content: bytes


@dataclass(frozen=True)
class ObjectStore:
    """The objects under ``address``, s3://BUCKET/FOLDER, of the store at ``endpoint`` (an address
    as http://HOST:PORT; None: what AWS's own settings say, which hold the credentials too).

    Every method raises StoreError where the store does not answer, or refuses, after retries;
    StorageError where it will go on refusing; InstallationError without s3fs.
    """

    address: str
    endpoint: str | None = None

    def __reduce__(self) -> tuple[Any, ...]:
        """As a worker gets it: each process has connections of its own."""
        return ObjectStore, (self.address, self.endpoint)

    @cached_property
    def _files(self) -> Any:
        try:
            from s3fs import S3FileSystem

            from warehouse.watched_uploads import WatchedUploads
        except ModuleNotFoundError as error:
            raise InstallationError(
                f"s3fs is not installed, which {self.address} needs",
                repair="pip install 'rnnvis[s3]'",
            ) from error
        files = S3FileSystem(
            endpoint_url=self.endpoint,
            config_kwargs={
                "connect_timeout": CONNECT_SECONDS,
                "read_timeout": READ_SECONDS,
                "http_session_cls": WatchedUploads,
                "request_checksum_calculation": "when_required",  # a body is signed, or under TLS
            },
            use_listings_cache=False,
        )
        files.retries = _RETRIES
        return files

    def _small(self, method: str, *arguments: Any, **options: Any) -> Any:
        """Calls a coroutine of s3fs's that reads, writes or removes a small object."""
        from fsspec.asyn import sync

        call = getattr(self._files, f"_{method}")
        return sync(self._files.loop, call, *arguments, timeout=SMALL_OBJECT_SECONDS, **options)

    @property
    def _root(self) -> str:
        return self.address.removeprefix("s3://").rstrip("/")

    def _path(self, key: str) -> str:
        return f"{self._root}/{key}"

    def names(self, pattern: str) -> list[str]:
        """The keys that match a pattern of the shell, sorted."""
        with self._explained():
            self._files.ls(self._root.partition("/")[0])  # a missing bucket matches nothing below
            found = self._files.glob(self._path(pattern))
        return sorted(path.removeprefix(f"{self._root}/") for path in found)

    def sizes(self, prefix: str) -> dict[str, int]:
        """The bytes of each object below ``prefix``, or of the one with this key."""
        with self._explained():
            found = self._files.find(self._path(prefix), detail=True)
        return {path.removeprefix(f"{self._root}/"): int(it["size"]) for path, it in found.items()}

    def get(self, key: str) -> StoredObject | None:
        """A small object; None where there is none. Read in this order: where it is replaced in
        between, a swap with the old tag fails."""
        bucket, _, place = self._path(key).partition("/")
        with self._explained():
            try:
                head = self._small("call_s3", "head_object", Bucket=bucket, Key=place)
                content = self._small("cat_file", self._path(key))
            except FileNotFoundError:
                return None
        now = parsedate_to_datetime(head["ResponseMetadata"]["HTTPHeaders"]["date"])
        return StoredObject(head["ETag"], (now - head["LastModified"]).total_seconds(), content)

    def swap(self, key: str, content: bytes, tag: str | None) -> bool:
        """Whether the object was still the one with this tag (None: was not there), and now holds
        ``content``."""
        condition: Mapping[str, str] = {"IfMatch": tag} if tag else {"IfNoneMatch": "*"}
        with self._explained():
            try:
                self._small("pipe_file", self._path(key), content, **condition)
            except OSError as error:
                answer = getattr(error.__cause__, "response", {})
                if answer.get("Error", {}).get("Code") not in _LOST:
                    raise
            else:
                return True
        found = self.get(key)  # ours, if only the answer to a first attempt was lost
        return found is not None and found.content == content

    def upload(self, path: Path, key: str) -> None:
        """Uploads a file; nobody sees less than all of it."""
        with self._explained():
            self._files.put_file(str(path), self._path(key))

    def download(self, key: str, path: Path, sha256: str, repair: str) -> None:
        """Writes an object to the file ``path``, atomically, once its hash has been verified.

        Raises StorageError where it is gone or has another hash, which ``repair`` repairs, or where
        the disk is full.
        """
        with atomic_file(path) as temporary:
            with self._explained():
                try:
                    self._files.get_file(self._path(key), str(temporary))
                except FileNotFoundError as error:
                    raise StorageError(f"{self.address}/{key} is gone", repair=repair) from error
            if (found := sha256_of_file(temporary)) != sha256:
                raise StorageError(
                    f"{self.address}/{key}: found SHA-256 {found}, expected {sha256}",
                    repair=f"delete it there, then {repair}",
                )

    def remove(self, keys: Iterable[str]) -> None:
        """Removes objects, those that there are."""
        with self._explained():
            for key in keys:
                self._small("rm_file", self._path(key))

    @contextmanager
    def _explained(self) -> Iterator[None]:
        from botocore.exceptions import BotoCoreError, NoCredentialsError, ReadTimeoutError
        from fsspec.exceptions import FSTimeoutError

        try:
            yield
        except RnnvisError:
            raise
        except (OSError, BotoCoreError, FSTimeoutError) as error:
            if isinstance(error, OSError) and error.errno in CAUSES and error.__cause__ is None:
                raise  # of this machine's disk
            text = f"{self.address}: " + re.sub(r"\s+", " ", str(error))
            if isinstance(error, FSTimeoutError):
                text += f"the store did not answer in {SMALL_OBJECT_SECONDS:g} s"
            if isinstance(error, ReadTimeoutError):
                text += f": the store did not answer in {READ_SECONDS:g} s, however often asked"
            if isinstance(error, (PermissionError, NoCredentialsError)):
                repair = "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY to what may write there"
                raise StorageError(text, repair=repair) from error
            if isinstance(error, FileNotFoundError):
                raise StorageError(text, repair=f"make the bucket, or correct {_PLACE}") from error
            repair = f"start the store, or correct {_PLACE}; then run the same command again"
            raise StoreError(text, repair=repair) from error
