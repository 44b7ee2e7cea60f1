"""Releases published next to viewers that read: no page mixes two, and a server keeps none open."""

import asyncio
from collections.abc import Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from tests.faults.conftest import WriteResults
from tests.faults.socket_viewer import PATIENCE_SECONDS, SocketViewer
from tests.viewer.conftest import serving
from tests.viewer.made_up_release import MadeUp, publish_made_up
from warehouse.storage import Storage

pytestmark = pytest.mark.slow
READ = (3, 5, 8, 13, 21, 34)
"""Ids of words that the viewers select, in turn."""
TOLERANCE = 1.1
LOOKS = 20
"""Messages after which an answer is there."""


@dataclass(frozen=True)
class Numbered(MadeUp):
    """A release whose every word ends in its number."""

    num_layers: int = 1
    num_units: int = 12
    num_tokens: int = 600
    cluster_counts: tuple[int, ...] = (2, 3)
    number: int = 0

    def words(self) -> list[str]:
        return [f"{word}-{self.number}" for word in super().words()]


@dataclass(frozen=True)
class Load:
    """How much is published and opened: ``rounds`` times ``viewers`` sessions."""

    publications: int
    viewers: int
    rounds: int


@dataclass(frozen=True)
class Held:
    """What the server's process holds."""

    threads: int
    descriptors: int
    mebibytes: float

    @classmethod
    def of(cls, process: psutil.Process) -> "Held":
        with process.oneshot():
            memory = process.memory_info().rss / 2**20
            return cls(process.num_threads(), process.num_fds(), memory)

    def is_back(self, before: "Held") -> bool:
        return (
            self.threads <= TOLERANCE * before.threads
            and self.descriptors <= TOLERANCE * before.descriptors
        )


@pytest.fixture
def storage(tmp_path: Path) -> Storage:
    made = Storage(tmp_path)
    publish_made_up(made, Numbered())
    return made


@pytest.fixture
def served(storage: Storage) -> Iterator[tuple[str, psutil.Process]]:
    """The address of a viewer, and its process."""
    before = set(psutil.Process().children())
    with serving(storage.root) as address:
        (process,) = set(psutil.Process().children()) - before
        yield f"{address}?model={Numbered.name}", process


async def _number_read(viewer: SocketViewer, word: int) -> int:
    """Selects a word; the number of the release that the page's answer comes from."""
    (component,) = viewer.find("clusters")
    await viewer.send(component, {"type": "word", "word_id": None})
    for _ in range(LOOKS):
        await viewer.send(component, {"type": "word", "word_id": word})
        if viewer.value(component, "response").get("word_id") == word:
            break
    assert viewer.value(component, "selection")["words"] == [word]
    return int(viewer.value(component, "response")["word"].rpartition("-")[2])


async def _read_throughout(
    viewer: SocketViewer, expected: set[int], published: asyncio.Event
) -> int:
    """Selects words until all is published; each answer is of the one release that the session
    began with, which is among those expected. Returns the number of answers."""
    answers, first = 0, await _number_read(viewer, READ[-1])
    assert first in expected
    while not published.is_set() or answers < len(READ):
        assert await _number_read(viewer, READ[answers % len(READ)]) == first
        answers += 1
        await asyncio.sleep(0.2)
    return answers


async def _publish_beside(storage: Storage, url: str, load: Load) -> int:
    """Publishes while viewers read; all that begin afterwards show the newest."""
    number = answers = 0
    for _ in range(load.rounds):
        async with AsyncExitStack() as stack:
            opened = [
                await stack.enter_async_context(SocketViewer(url)) for _ in range(load.viewers)
            ]
            published = asyncio.Event()
            reading = asyncio.gather(
                *(_read_throughout(viewer, {number}, published) for viewer in opened)
            )
            for _ in range(load.publications // load.rounds):
                number += 1
                await asyncio.to_thread(publish_made_up, storage, Numbered(number=number))
            published.set()
            answers += sum(await reading)
    async with SocketViewer(url) as last:
        assert await _number_read(last, READ[0]) == number
    return answers


async def _at_rest(process: psutil.Process, before: Held | None = None) -> Held:
    """What the process holds once its sessions have ended: as little as before, if that is known,
    else what stays the same for a while."""
    deadline = asyncio.get_running_loop().time() + PATIENCE_SECONDS
    seen = [Held.of(process)]
    while asyncio.get_running_loop().time() < deadline:
        await asyncio.sleep(1)
        seen.append(Held.of(process))
        if before and seen[-1].is_back(before):
            break
        if not before and len({held.descriptors for held in seen[-40:]}) == 1 and len(seen) > 40:
            break
    return seen[-1]


async def _measure(
    storage: Storage, served: tuple[str, psutil.Process], load: Load
) -> tuple[int, Held, Held]:
    url, process = served
    for _ in range(2):  # imports, and what is kept for the next session
        async with SocketViewer(url) as viewer:
            await _number_read(viewer, READ[0])
    before = await _at_rest(process)
    answers = await _publish_beside(storage, url, load)
    return answers, before, await _at_rest(process, before)


def test_viewers_keep_their_release_while_others_are_published(
    storage: Storage, served: tuple[str, psutil.Process], all_faults: bool,
    report_faults: WriteResults,
) -> None:  # fmt: skip
    if not all_faults:
        asyncio.run(_publish_beside(storage, served[0], Load(2, 2, 1)))
        return
    load = Load(publications=100, viewers=10, rounds=4)
    answers, before, after = asyncio.run(_measure(storage, served, load))
    report_faults(
        "Publications",
        ["", "before", "after"],
        [
            ["releases published", 1, 1 + load.publications],
            ["sessions opened and closed", 2, 3 + load.viewers * load.rounds],
            ["answers read, each of one release", 2, 3 + answers],
            ["threads of the server", before.threads, after.threads],
            ["descriptors of the server", before.descriptors, after.descriptors],
            ["memory of the server, MiB", f"{before.mebibytes:.0f}", f"{after.mebibytes:.0f}"],
        ],
    )
    assert after.is_back(before)
    assert after.mebibytes <= TOLERANCE * before.mebibytes
