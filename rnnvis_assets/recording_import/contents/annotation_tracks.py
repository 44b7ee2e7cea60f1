"""Annotations: a category or a number a token, in as many tracks as are given."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from rnnvis_assets.recording_import.checks.recording_faults import FaultError, Tally
from rnnvis_assets.recording_import.contents.recording_description import Track
from rnnvis_assets.recording_import.contents.recording_sources import Opened
from rnnvis_assets.recording_import.formats.array_source import Array, Source


@dataclass
class TrackReader:
    """One track, block by block. ``categories`` grows with every new name, in order of appearance;
    it stays empty where the track is numeric."""

    name: str
    source: Source
    track: Track
    categories: dict[str, int] = field(default_factory=dict)

    @property
    def is_categorical(self) -> bool:
        named = self.source.is_text or self.track.names is not None
        return named if self.track.kind is None else self.track.kind == "categorical"

    def blocks(self, opened: Opened, rows: int) -> Iterator[npt.NDArray[np.float64]]:
        """float64[rows]: numbers, or places in ``categories``; NaN for none.

        Ends early where the file cannot be read on. Afterwards ``opened`` has the faults.
        """
        tally, first = self._rule(), 0
        try:
            for block in self.source.blocks(rows):
                values, wrong = self._categorise(block) if self.is_categorical else _numbers(block)
                tally.take(wrong, block, first)
                yield values
                first += len(block)
        except FaultError as error:
            opened.faults.append(error.fault)
        opened.faults += tally.faults

    def _rule(self) -> Tally:
        place, names = self.source.place, self.track.names
        if names is not None:
            expected = f"numbers below {len(names)}, for the names {', '.join(names[:5])} …"
            return Tally(place, expected, "give every category a name in recording.yaml")
        if self.is_categorical:
            return Tally(place, "text or whole numbers", "say kind: numeric in recording.yaml")
        return Tally(place, "finite numbers, or NaN for none", "write NaN where there is no number")

    def _categorise(self, block: Array) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.bool_]]:
        names, wrong = self.track.names, np.zeros(len(block), bool)
        if self.source.is_text:
            texts = [None if value is None else str(value) for value in block.tolist()]
        elif names is None:
            wrong = block != np.floor(block)
            texts = [str(int(value)) if value >= 0 else None for value in block.tolist()]
        else:
            wrong = block >= len(names)
            kept = np.where(wrong, -1, block).astype(np.int64).tolist()
            texts = [names[value] if value >= 0 else None for value in kept]
        places = [self._place(text) for text in texts]
        return np.array(places, np.float64), wrong

    def _place(self, text: str | None) -> float:
        return self.categories.setdefault(text, len(self.categories)) if text else np.nan


def _numbers(block: Array) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.bool_]]:
    values = block.astype(np.float64)
    return values, np.isinf(values)


def track_readers(opened: Opened) -> Mapping[str, TrackReader]:
    """A reader a track, by name."""
    return {reader.name: reader for reader in readers_of(opened.annotations, opened)}


def readers_of(tracks: Mapping[str, Source], opened: Opened) -> list[TrackReader]:
    """A reader for each of these tracks, which are read as ``opened`` describes them."""
    described = opened.description
    return [
        TrackReader(name, source, described.track(name)) for name, source in sorted(tracks.items())
    ]
