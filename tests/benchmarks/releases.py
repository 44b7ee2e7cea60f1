"""Reading a large release: one word's row, one unit's top words, one sentence's glyphs.

The release is synthetic: 10,000 words x 600 units, both states of one layer, and as many tokens as
Penn Treebank's test split. Medians over many different words, units and sentences.
"""

import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from tests.benchmarks.harness import Row, absolute_row
from tests.warehouse.synthetic import Synthetic, publish
from warehouse.reader import Release, open_release
from warehouse.storage import Storage

LARGE = Synthetic(
    name="large",
    num_layers=1,
    num_words=10_001,
    num_units=600,
    num_tokens=82_430,
    sentence_length=22,
    cluster_counts=(2, 10),
    affinities=("positive",),
)
_REPEATS = 60


def _milliseconds(ask: Callable[[int], object], choices: int) -> float:
    """Median time of a question about things spread over all ``choices``.

    A first round, unmeasured, brings their blocks into memory, as an open viewer has them.
    """
    places = [index * choices // _REPEATS for index in range(_REPEATS)]
    times = []
    for place in (*places, *places):
        started = time.perf_counter()
        ask(place)
        times.append(time.perf_counter() - started)
    return statistics.median(times[_REPEATS:]) * 1000


def _questions(release: Release) -> list[Row]:
    at = {"layer": 0, "state": "cell"}
    sentences = release.sql("SELECT count(*) AS n FROM sentence")["n"][0].as_py()
    word = _milliseconds(lambda i: release.words.response(i, **at), LARGE.num_words - 1)
    unit = _milliseconds(lambda i: release.units.top_words(i, **at), LARGE.num_units)
    sentence = _milliseconds(lambda i: release.sentences.glyphs(i, **at), sentences)
    return [
        absolute_row("one word's row of a release, ms", word, "ms", must=5, aim=2),
        absolute_row("one unit's top words, ms", unit, "ms", must=30, aim=12),
        absolute_row("one sentence's glyphs, ms", sentence, "ms", must=10, aim=4),
    ]


def measure() -> list[Row]:
    """Publishes the release and asks it."""
    with tempfile.TemporaryDirectory() as folder:
        storage = Storage(Path(folder))
        publish(storage, LARGE)
        with open_release(LARGE.name, storage=storage) as release:
            return _questions(release)
