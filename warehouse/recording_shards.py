"""A recording that is made in shards, which several processes write, in any order.

    .shards-<split>/_job.json                what is recorded, and how
    .shards-<split>/shard-00000/_shard.json  its parts: rows, bytes, checksums, hashes; its figures
    .shards-<split>/shard-00000/layer=<l>/part-00000.parquet ...

A shard appears complete, by the renaming of a folder, and never replaces another one. So those of a
run that was killed are taken over by the next one, and a shard that two workers make is there once.
"""

import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from warehouse.atomic_files import atomic_folder, new_folder, sha256_of_file
from warehouse.checked_json import read_checked_json, write_checked_json
from warehouse.errors import RecordingError
from warehouse.recording_schema import LayerShape, RecordingFormat
from warehouse.recording_writer import RecordingWriter, abandoning, write_description
from warehouse.recordings import part_path

_JOB, _SHARD = "_job.json", "_shard.json"
Figures = Mapping[str, float]


@dataclass(frozen=True)
class ShardManifest:
    """What one shard holds: its ``parts`` from ``first_part`` on, each with its rows, and with its
    bytes, checksums and SHA-256 by layer; the largest rounding; figures of its rows."""

    number: int
    first_part: int
    parts: Sequence[Mapping[str, Any]]
    rounding: float
    figures: Figures

    @property
    def num_rows(self) -> int:
        return sum(part["rows"] for part in self.parts)

    def sha256(self, folder: Path) -> Iterator[tuple[Path, str]]:
        """Its files, as they lie in ``folder``, each with its hash."""
        for number, part in enumerate(self.parts, self.first_part):
            for layer, found in enumerate(part["sha256"]):
                yield part_path(folder, layer, number), found


@dataclass(frozen=True)
class ShardFolder:
    """The shards of one recording. ``folder`` is that of the recording, which is not touched before
    they are joined."""

    folder: Path

    @property
    def path(self) -> Path:
        return self.folder.with_name(f".shards-{self.folder.name}")

    def _shard(self, number: int) -> Path:
        return self.path / f"shard-{number:05d}"

    def begin(self, job: Mapping[str, Any]) -> "ShardFolder":
        """Keeps the shards that are there if they are of the same ``job``, and removes them if not;
        returns those of this job.

        Equal jobs mean equal shards.
        """
        try:
            same = read_checked_json(self.path / _JOB) == job
        except (OSError, ValueError):
            same = False
        if not same:
            self.remove()
            write_checked_json(self.path / _JOB, job)
        return self

    def finished(self, number: int) -> ShardManifest | None:
        """A shard whose parts are there as they were written; what else lies in its place goes."""
        place = self._shard(number)
        try:
            manifest = self.manifest(number)
            files = dict(manifest.sha256(place))
            with ThreadPoolExecutor() as threads:
                found = list(threads.map(sha256_of_file, files))
            if found == list(files.values()):
                return manifest
        except (OSError, ValueError, TypeError, KeyError):
            pass  # it is made again
        shutil.rmtree(place, ignore_errors=True)
        return None

    @contextmanager
    def write(
        self,
        number: int,
        layers: Sequence[LayerShape],
        part_rows: Mapping[int, int],
        stored: RecordingFormat,
        figures: Callable[[], Figures],
    ) -> Iterator[RecordingWriter]:
        """Yields the writer of a shard, which is there at the end of the block. ``part_rows`` are
        the rows of its parts, by number; ``figures`` is called at the end.

        Raises StorageError where the disk is full, RecordingError where rows are missing, or where
        another worker has made the shard with other bytes.
        """
        place, first_part = self._shard(number), min(part_rows)
        with new_folder(place) as temporary:
            with abandoning(RecordingWriter(temporary, layers, part_rows, stored)) as writer:
                yield writer
                parts = writer.describe_parts()
            with ThreadPoolExecutor() as threads:
                for part, described in enumerate(parts, first_part):
                    paths = [part_path(temporary, layer, part) for layer in range(len(layers))]
                    described["sha256"] = list(threads.map(sha256_of_file, paths))
            manifest = ShardManifest(number, first_part, parts, writer.rounding, figures())
            write_checked_json(temporary / _SHARD, vars(manifest))
        self._publish(manifest)
        if self.manifest(number) != manifest:
            raise RecordingError(
                f"{place}: found other bytes than this worker has made, expected the same",
                repair="use workers with the same processor and the same libraries",
            )

    def _publish(self, manifest: ShardManifest) -> None:
        """Shows a shard of this folder to those who read it; who shares the folder sees it."""

    def _receive(self, manifests: Iterable[ShardManifest]) -> None:
        """Brings the files of shards to this folder; those who share the folder have them."""

    def manifest(self, number: int) -> ShardManifest:
        """The manifest of a shard that is there."""
        return ShardManifest(**read_checked_json(self._shard(number) / _SHARD))

    def join(
        self,
        manifests: Iterable[ShardManifest],
        layers: Sequence[LayerShape],
        source: Mapping[str, Any],
        stored: RecordingFormat,
    ) -> dict[Path, str]:
        """Moves the parts of all shards to the recording, which replaces an earlier one; returns
        the hash of each.

        Raises StorageError where files cannot be received, or the folder cannot be written.
        """
        ordered = sorted(manifests, key=lambda manifest: manifest.number)
        self._receive(ordered)
        with atomic_folder(self.folder) as temporary:
            for layer in range(len(layers)):
                part_path(temporary, layer, 0).parent.mkdir()
            for manifest in ordered:
                place = self._shard(manifest.number)
                for (old, _), (new, _) in zip(
                    manifest.sha256(place), manifest.sha256(temporary), strict=True
                ):
                    old.rename(new)
            parts = [_without_hashes(part) for manifest in ordered for part in manifest.parts]
            rounding = max(manifest.rounding for manifest in ordered)
            write_description(temporary, layers, parts, source, stored, rounding)
        self.remove()
        return {path: found for manifest in ordered for path, found in manifest.sha256(self.folder)}

    def remove(self) -> None:
        """Removes all shards."""
        shutil.rmtree(self.path, ignore_errors=True)


def _without_hashes(part: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in part.items() if name != "sha256"}
