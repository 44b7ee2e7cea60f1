"""Releases in an object store that machines share.

A release is uploaded under its hash, and only then pointed at. The pointer is replaced by comparing
and swapping (a conditional put), so of two machines that publish at once neither undoes the other.
"""

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from warehouse.atomic_files import CAUSES, sha256_of_file
from warehouse.errors import BusyError, InstallationError, ReleaseError, StorageError, near_miss

ROUNDS = 5
CONNECT_SECONDS = 5
_LOST = ("PreconditionFailed", "ConditionalRequestConflict", "NoSuchKey", "412", "409")
"""What a store answers where the pointer is no longer what was read."""
_PLACE = "releases in configs/engine.yaml"


@dataclass(frozen=True)
class SharedRelease:
    """What the pointer of a model says."""

    model: str
    release_id: str
    sha256: str
    size: int

    @property
    def key(self) -> str:
        """Where its file is in the store: what is there has been uploaded as a whole."""
        return f"{self.model}/{self.release_id}-{self.sha256}.duckdb"


class SharedStore:
    """The releases under ``address``, s3://BUCKET/FOLDER, of the store at ``endpoint`` (an address
    as http://HOST:PORT; None: what AWS's own settings say, which hold the credentials too).

    Every method raises StorageError where the store refuses, or does not answer after retries.
    """

    def __init__(self, address: str, endpoint: str | None = None) -> None:
        try:
            from s3fs import S3FileSystem
        except ModuleNotFoundError as error:
            raise InstallationError(
                f"s3fs is not installed, which {address} needs", repair="pip install 'rnnvis[s3]'"
            ) from error
        self.address, self._root = address, address.removeprefix("s3://").rstrip("/")
        self._files = S3FileSystem(
            endpoint_url=endpoint,
            config_kwargs={"connect_timeout": CONNECT_SECONDS},
            use_listings_cache=False,
            skip_instance_cache=True,
        )

    def models(self) -> list[str]:
        """Every model that has a pointer."""
        with self._explained():
            self._files.ls(self._root.partition("/")[0])  # a missing bucket matches nothing below
            return sorted(
                path.split("/")[-2] for path in self._files.glob(f"{self._root}/*/CURRENT")
            )

    def current(self, model: str) -> SharedRelease:
        """The current release of a model. Raises ReleaseError where there is none."""
        with self._explained():
            _, release = self._pointer(model)
        if release is None:
            others = self.models()
            raise ReleaseError(
                f"{model} has no release in {self.address}; there: {', '.join(others) or 'none'}"
                f"{near_miss(model, others)}",
                repair=f"rnnvis publish {model}, on the machine that has analysed it",
            )
        return release

    def publish(self, release: SharedRelease, path: Path) -> bool:
        """Uploads the file ``path`` and makes it current; False where it was already.

        Raises ReleaseError where a newer release is current, BusyError where others published
        ``ROUNDS`` times meanwhile.
        """
        with self._explained():
            for _ in range(ROUNDS):
                tag, current = self._pointer(release.model)
                if current == release:
                    return False
                if current is not None and current.release_id > release.release_id:
                    raise ReleaseError(
                        f"{self.address} has the newer release {current.release_id} of "
                        f"{release.model}; found {release.release_id} here",
                        repair=f"to publish a new one: rnnvis materialize {release.model}",
                    )
                self._upload(release, path)
                if self._swap(release, tag):
                    return True
        raise BusyError(
            f"{release.model} is being published by others", repair="run the same command again"
        )

    def download(self, release: SharedRelease, path: Path) -> None:
        """Writes the release to ``path``. Raises ReleaseError where its hash is another one."""
        with self._explained():
            self._files.get_file(f"{self._root}/{release.key}", str(path))
        found = sha256_of_file(path)
        if found != release.sha256:
            raise ReleaseError(
                f"{self.address}/{release.key}: found SHA-256 {found}, expected {release.sha256}",
                repair=f"delete it there, then rnnvis publish {release.model} where it was made",
            )

    def _pointer(self, model: str) -> tuple[str | None, SharedRelease | None]:
        """The pointer's tag, and what it says. Read in this order: where it changes in between, the
        swap with the old tag fails."""
        path = f"{self._root}/{model}/CURRENT"
        try:
            tag = self._files.info(path)["ETag"]
            text = self._files.cat_file(path)
        except FileNotFoundError:
            return None, None
        try:
            return tag, SharedRelease(model=model, **json.loads(text))
        except (ValueError, TypeError) as error:
            raise ReleaseError(
                f"{self.address}/{model}/CURRENT: found {text[:80]!r}, expected what "
                "`rnnvis publish` writes",
                repair=f"delete it there, then rnnvis publish {model}",
            ) from error

    def _upload(self, release: SharedRelease, path: Path) -> None:
        target = f"{self._root}/{release.key}"
        if not self._files.exists(target) or self._files.size(target) != release.size:
            self._files.put_file(str(path), target)

    def _swap(self, release: SharedRelease, tag: str | None) -> bool:
        """Whether the pointer was still the one with this tag, and now is another."""
        said = {name: value for name, value in asdict(release).items() if name != "model"}
        condition: Mapping[str, Any] = {"IfMatch": tag} if tag else {"IfNoneMatch": "*"}
        try:
            self._files.pipe_file(
                f"{self._root}/{release.model}/CURRENT", json.dumps(said).encode(), **condition
            )
        except OSError as error:
            answer = getattr(error.__cause__, "response", {})
            if answer.get("Error", {}).get("Code") in _LOST:
                return False
            raise
        return True

    @contextmanager
    def _explained(self) -> Iterator[None]:
        from botocore.exceptions import BotoCoreError, NoCredentialsError
        from fsspec.exceptions import FSTimeoutError

        try:
            yield
        except (ReleaseError, StorageError):
            raise
        except (OSError, BotoCoreError, FSTimeoutError) as error:
            if isinstance(error, OSError) and error.errno in CAUSES and error.__cause__ is None:
                raise  # of this machine's disk
            if isinstance(error, (PermissionError, NoCredentialsError)):
                repair = "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY to what may write there"
            elif isinstance(error, FileNotFoundError):
                repair = f"make the bucket, or correct {_PLACE}"
            else:
                repair = f"start the store, or correct {_PLACE}; then run the same command again"
            text = re.sub(r"\s+", " ", str(error))
            raise StorageError(f"{self.address}: {text}", repair=repair) from error
