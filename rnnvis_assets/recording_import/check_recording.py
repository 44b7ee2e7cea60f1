"""Checking an external recording from end to end, to report all its faults at once."""

import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from rnnvis_assets.recording_import.recorded_predictions import check_predictions
from rnnvis_assets.recording_import.recording_contents import RecordingContents, read_contents
from rnnvis_assets.recording_import.recording_faults import RecordingFault
from rnnvis_assets.recording_import.state_checks import ExternalLayer
from rnnvis_assets.recording_import.token_annotations import token_annotations


@dataclass(frozen=True)
class CheckReport:
    """What was checked, in words; all faults; and decisions that the user should know of."""

    summary: str
    faults: tuple[RecordingFault, ...]
    notes: tuple[str, ...]


def check_recording(folder: Path) -> CheckReport:
    """Reads an external recording once, whatever its size, within bounded memory.

    Raises RecordingError where there is no such folder.
    """
    contents = read_contents(folder)
    files = contents.files
    check_layers(contents.layers(), contents, lambda layer: _drain(layer, contents.rows_of_a_block))
    for annotation in token_annotations(files):
        for _ in annotation.blocks(files):
            pass
    check_predictions(files)
    return CheckReport(_summarise(contents), tuple(files.faults), tuple(files.notes))


def check_layers(
    layers: Iterable[ExternalLayer],
    contents: RecordingContents,
    read: Callable[[ExternalLayer], None],
) -> None:
    """Reads all layers, as many at once as there are cores; collects their faults."""
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(read, layers))
    for layer in layers:
        contents.files.faults.extend(layer.faults)


def _drain(layer: ExternalLayer, rows: int) -> None:
    for _ in layer.blocks(rows):
        pass


def _summarise(contents: RecordingContents) -> str:
    """Tokens, sequences, words and layers, in one line."""
    text = contents.text
    units = ", ".join(
        f"{layer.units} {' and '.join(layer.states)}" for layer in contents.layers() if layer.states
    )
    if text is None:
        return (
            f"units by layer: {units or 'none'}; the words or their boundaries are faulty, so a "
            "change is accepted in any row that may begin a sequence"
        )
    return (
        f"{text.num_tokens:,} tokens in {len(text.sequences) - 1:,} sequences and "
        f"{len(text.sentences) - 1:,} sentences, {len(contents.files.words):,} words; "
        f"units by layer: {units or 'none'}; {contents.task}"
    )
