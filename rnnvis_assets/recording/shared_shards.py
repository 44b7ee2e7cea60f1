"""Shards of a recording that workers on several machines write, each straight to an object store.

A part is uploaded under the name that it has as a file of the finished recording, which holds its
hash. Then the shard's manifest is put unless there is one: a shard appears complete, once.
"""

import json
import shutil
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

from rnnvis_assets.engine.stored_outputs import download_all, file_key
from warehouse.checked_json import checked_json, parse_checked_json
from warehouse.object_store import ObjectStore
from warehouse.recording_shards import ShardFolder, ShardManifest


@dataclass(frozen=True)
class SharedShards(ShardFolder):
    """The shards of one recording in ``store``, where its files have names under ``prefix``, by
    their path under ``root``. ``job`` names what is recorded. A worker's own disk has only the
    shards that it is making."""

    store: ObjectStore
    root: Path
    prefix: str
    job: str = ""

    def begin(self, job: Mapping[str, Any]) -> "SharedShards":
        """The shards of this ``job``, of which those that are there stay; those of others go."""
        super().remove()
        text = json.dumps(job, sort_keys=True).encode()
        begun = replace(self, job=sha256(text).hexdigest()[:16])
        others = [key for key in self.store.sizes(self._manifests) if begun.job not in key]
        self.store.remove(others)
        return begun

    @property
    def _manifests(self) -> str:
        return f"shards/{self.prefix}"

    def _key(self, number: int) -> str:
        return f"{self._manifests}/{self.job}/{number:05d}.json"

    def _files(self, manifest: ShardManifest) -> Iterator[tuple[Path, str, str]]:
        """Each file of a shard: where it lies on this disk, where in the store, and its hash."""
        here, there = manifest.sha256(self._shard(manifest.number)), manifest.sha256(self.folder)
        for (path, found), (final, _) in zip(here, there, strict=True):
            yield path, file_key(self.prefix, str(final.relative_to(self.root)), found), found

    def _read(self, number: int) -> dict[str, Any]:
        """What the store says of a shard. Raises ValueError where it says nothing."""
        found = self.store.get(self._key(number))
        if found is None:
            raise ValueError("there is no such shard")
        return parse_checked_json(found.content)

    def manifest(self, number: int) -> ShardManifest:
        return ShardManifest(**self._read(number)["manifest"])

    def finished(self, number: int) -> ShardManifest | None:
        """A shard whose parts are in the store with their sizes; else its manifest goes."""
        try:
            sizes = self._read(number)["sizes"]
            if all(self.store.sizes(key).get(key) == size for key, size in sizes.items()):
                return self.manifest(number)
        except (ValueError, TypeError, KeyError):
            pass  # it is made again
        self.store.remove(self.store.sizes(self._key(number)))
        return None

    def _publish(self, manifest: ShardManifest) -> None:
        sizes = {}
        for path, key, _ in self._files(manifest):
            sizes[key] = path.stat().st_size
            if self.store.sizes(key).get(key) != sizes[key]:
                self.store.upload(path, key)
        said = {"manifest": vars(manifest), "sizes": sizes}
        self.store.swap(self._key(manifest.number), checked_json(said).encode(), None)
        shutil.rmtree(self._shard(manifest.number))

    def _receive(self, manifests: Iterable[ShardManifest]) -> None:
        files = (file for manifest in manifests for file in self._files(manifest))
        download_all(self.store, files, "run the same command again")

    def remove(self) -> None:
        super().remove()
        self.store.remove(self.store.sizes(self._manifests))
