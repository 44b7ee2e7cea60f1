"""Checking a foreign recording from end to end, and telling everything that is wrong at once."""

import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from rnnvis_assets.recording_import.checks.recording_faults import Fault
from rnnvis_assets.recording_import.checks.state_checks import LayerReader
from rnnvis_assets.recording_import.contents.annotation_tracks import readers_of, track_readers
from rnnvis_assets.recording_import.contents.recording_contents import (
    GROUPS_OF_A_BLOCK,
    Prepared,
    prepare,
    rows_of_a_group,
)
from rnnvis_assets.recording_import.prediction_tables import check_predictions


@dataclass(frozen=True)
class CheckReport:
    """What was looked at, in words; everything wrong; and what was decided for the reader."""

    summary: str
    faults: tuple[Fault, ...]
    notes: tuple[str, ...]


def summarise(prepared: Prepared) -> str:
    """Tokens, sequences, words and layers, in one line."""
    layers = ", ".join(
        f"{reader.units} {' and '.join(reader.states)}" for reader in prepared.readers()
    )
    text = prepared.text
    if text is None:
        return (
            f"units by layer: {layers or 'none'}; the words or their cuts cannot be read, so a "
            "change counts as right in any row that may begin a sequence"
        )
    return (
        f"{text.num_tokens:,} tokens in {len(text.sequences) - 1:,} sequences and "
        f"{len(text.sentences) - 1:,} sentences, {len(prepared.opened.words):,} words; "
        f"units by layer: {layers or 'none'}; {prepared.task}"
    )


def for_each_layer(readers: Iterable[LayerReader], act: Callable[[LayerReader], None]) -> None:
    """Takes all layers through ``act``, as many at once as there are cores."""
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(act, readers))


def _drain(reader: LayerReader) -> None:
    for _ in reader.blocks(rows_of_a_group(reader.units) * GROUPS_OF_A_BLOCK):
        pass


def check_recording(folder: Path) -> CheckReport:
    """Reads a foreign recording once, whatever its size, within bounded memory.

    Raises RecordingError where there is no such folder.
    """
    prepared = prepare(folder)
    readers = [*prepared.readers(), *prepared.readers_of_misfits()]
    for_each_layer(readers, _drain)
    for reader in readers:
        prepared.faults.extend(reader.faults)
    opened = prepared.opened
    for track in (*track_readers(opened).values(), *readers_of(opened.misfits.tracks, opened)):
        for _ in track.blocks(opened, 1 << 16):
            pass
    check_predictions(prepared)
    return CheckReport(summarise(prepared), tuple(opened.faults), tuple(opened.notes))
