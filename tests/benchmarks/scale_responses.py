"""Recordings in blocks of units: their room, and the responses of a long one against reading it.

The room is that of all arrays of a 2 x 600 LSTM, against the same in rows. The long recording is
made up: one layer of 600 units, states at random, 50,000 words by Zipf's law.

    python -m tests.benchmarks.scale_responses 10000000

prints the same for a recording of so many tokens, which takes 24 GB of disk per ten million.
"""

import shutil
import sys
import tempfile
from collections import deque
from pathlib import Path

import numpy as np

from rnnvis_assets.expected_response.mean_response import count_words
from rnnvis_assets.expected_response.unit_blocks import responses_of
from rnnvis_assets.recording.recorder import record
from tests.benchmarks.harness import Row, markdown_table, time_row, time_side_by_side
from tests.benchmarks.recording import LAYERS, UNITS
from tests.benchmarks.scale import TOKENS, reading
from warehouse.recording_schema import ROWS_OF_FLOAT32, RecordingFormat, stacked_layers
from warehouse.recording_writer import write_recording
from warehouse.recordings import Recording, open_recording

BLOCKS = RecordingFormat(layout="unit_blocks")
STEPS, WORDS = 1_000_000, 50_000
_GROUP_ROWS, _PART_ROWS = 100, 50_000


def _kilobytes(folder: Path, stored: RecordingFormat) -> float:
    """Kilobytes a token and layer."""
    recording = record(reading(), folder / stored.layout, stored=stored).recording
    size = sum(path.stat().st_size for path in recording.files)
    return size / (1000 * TOKENS * LAYERS)


def _room() -> Row:
    folder = Path(tempfile.mkdtemp())
    try:
        rows, blocks = (_kilobytes(folder, stored) for stored in (ROWS_OF_FLOAT32, BLOCKS))
    finally:
        shutil.rmtree(folder)
    what = f"disk a token and layer of an LSTM of {UNITS} units in unit_blocks, against rows"
    return Row(what, blocks, rows, "kB", blocks / rows, 0.6, 0.5, "at most")


def write_long(folder: Path, steps: int, stored: RecordingFormat) -> Recording:
    """Random states of one layer, sequence after sequence as long as a part."""
    generator = np.random.default_rng(0)
    states = generator.standard_normal((_PART_ROWS, UNITS), np.float32)
    changes = np.diff(states, axis=0, prepend=np.zeros_like(states[:1]))
    shares = 1 / np.arange(1, WORDS + 1)
    words = generator.choice(WORDS, steps, p=shares / shares.sum()).astype(np.int32)
    layers = stacked_layers([UNITS], ("hidden", "hidden_delta"), "rnn")
    parts = [_PART_ROWS] * (steps // _PART_ROWS)
    with write_recording(
        folder, layers=layers, part_rows=parts, source={}, stored=stored
    ) as writer:
        for token in range(0, sum(parts), _GROUP_ROWS):
            part, first = divmod(token, _PART_ROWS)
            rows = slice(first, first + _GROUP_ROWS)
            columns = {
                "sequence": np.full(_GROUP_ROWS, part, np.int32),
                "position": np.arange(rows.start, rows.stop, dtype=np.int32),
                "token": np.arange(token, token + _GROUP_ROWS),
                "word_id": words[token : token + _GROUP_ROWS],
                "hidden": states[rows],
                "hidden_delta": changes[rows],
            }
            writer.append(0, part, columns)
    return open_recording(folder)


def responses_row(steps: int, stored: RecordingFormat) -> Row:
    """All expected responses of a long recording, against one pass over the same column."""
    folder = Path(tempfile.mkdtemp())
    try:
        recording = write_long(folder / "recording", steps, stored)
        counts = count_words(batch["word_id"] for batch in recording.batches(0, ("word_id",)))

        def respond() -> None:
            deque(responses_of(recording, 0, "hidden", counts, scratch=folder), maxlen=0)

        def read() -> None:
            deque(recording.batches(0, ("word_id", "hidden_delta")), maxlen=0)

        timing = time_side_by_side(respond, read, repeats=1, warm_up=0)
    finally:
        shutil.rmtree(folder)
    what = f"responses of {steps:,} tokens × {UNITS} units × {WORDS:,} words in {stored.layout}"
    return time_row(f"{what}, against one pass over the files", timing, must=6, aim=3)


def measure() -> list[Row]:
    return [_room(), *(responses_row(STEPS, stored) for stored in (ROWS_OF_FLOAT32, BLOCKS))]


if __name__ == "__main__":
    print(markdown_table([responses_row(int(sys.argv[1]), BLOCKS)]))
