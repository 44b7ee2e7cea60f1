"""What the network expected after each token, where the recording tells it."""

from collections.abc import Iterator, Mapping
from contextlib import suppress

import numpy as np

from rnnvis_assets.foreign_recordings.faults import FaultError, Tally
from rnnvis_assets.foreign_recordings.opened import PREDICTIONS
from rnnvis_assets.foreign_recordings.prepared import Prepared
from rnnvis_assets.foreign_recordings.sources import Array, Source

ROWS = 1 << 16


def prediction_sources(prepared: Prepared) -> Mapping[str, Source]:
    """Those of ``PREDICTIONS`` that are given."""
    given = prepared.opened.of_tokens
    return {name: given[name] for name in PREDICTIONS if name in given}


def check_predictions(prepared: Prepared) -> None:
    """Tells what of them is wrong."""
    known = len(prepared.opened.words)
    for name, source in prediction_sources(prepared).items():
        if name == "top_words":
            expected = f"ids from 0 to {known - 1:,}, as word_id has"
            tally = Tally(source.place, expected, "write the ids of words")
        else:
            tally = Tally(source.place, "a share from 0 to 1", "write probabilities, not logits")
        first = 0
        with suppress(FaultError):
            for values in _told(prepared, source):
                high = known - 1 if name == "top_words" else 1
                tally.take((values < 0) | (values > high), values, first)
                first += len(values)
        prepared.faults.extend(tally.faults)


def _told(prepared: Prepared, source: Source) -> Iterator[Array]:
    try:
        yield from source.blocks(ROWS)
    except FaultError as error:
        prepared.faults.append(error.fault)
        raise


def prediction_blocks(prepared: Prepared) -> Iterator[Mapping[str, Array]]:
    """The predictions given, float32 or int32, a block after another.

    Raises FaultError where they cannot be read to the end.
    """
    sources = prediction_sources(prepared)
    streams = (source.blocks(ROWS) for source in sources.values())
    for arrays in zip(*streams, strict=True):
        block = dict(zip(sources, arrays, strict=True))
        if "top_words" in block:
            block["top_words"] = block["top_words"].astype(np.int32)
        yield block
