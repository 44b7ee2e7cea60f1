"""Releases in an object store that machines share.

A release is uploaded under its hash, and only then pointed at. The pointer is replaced by comparing
and swapping (a conditional put), so of two machines that publish at once neither undoes the other.
"""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from warehouse.errors import BusyError, ReleaseError, near_miss
from warehouse.object_store import ObjectStore

ROUNDS = 5


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
    """The releases in an object store. Every method raises what ``ObjectStore`` raises."""

    def __init__(self, address: str, endpoint: str | None = None) -> None:
        self.address, self._objects = address, ObjectStore(address, endpoint)

    def models(self) -> list[str]:
        """Every model that has a pointer."""
        return [key.partition("/")[0] for key in self._objects.names("*/CURRENT")]

    def current(self, model: str) -> SharedRelease:
        """The current release of a model. Raises ReleaseError where there is none."""
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
            if self._objects.sizes(release.key).get(release.key) != release.size:
                self._objects.upload(path, release.key)
            said = {name: value for name, value in asdict(release).items() if name != "model"}
            if self._objects.swap(f"{release.model}/CURRENT", json.dumps(said).encode(), tag):
                return True
        raise BusyError(
            f"{release.model} is being published by others", repair="run the same command again"
        )

    def download(self, release: SharedRelease, path: Path) -> None:
        """Writes the release to ``path``, atomically. Raises StorageError where it is gone or its
        hash is another one."""
        repair = f"rnnvis publish {release.model} where it was made"
        self._objects.download(release.key, path, release.sha256, repair)

    def _pointer(self, model: str) -> tuple[str | None, SharedRelease | None]:
        """The pointer's tag, and what it says."""
        found = self._objects.get(f"{model}/CURRENT")
        if found is None:
            return None, None
        try:
            return found.tag, SharedRelease(model=model, **json.loads(found.content))
        except (ValueError, TypeError) as error:
            raise ReleaseError(
                f"{self.address}/{model}/CURRENT: found {found.content[:80]!r}, expected what "
                "`rnnvis publish` writes",
                repair=f"delete it there, then rnnvis publish {model}",
            ) from error
