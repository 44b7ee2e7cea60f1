"""A running viewer: releases are published while it reads, and browsers send it anything."""

import asyncio
import re
from collections.abc import Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

import psutil
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.strategies import SearchStrategy

from tests.faults.conftest import WriteResults
from tests.faults.socket_viewer import PATIENCE_SECONDS, SocketViewer, serialized
from tests.viewer.conftest import SERVE, serving_by
from tests.viewer.made_up_release import MadeUp, publish_made_up
from tests.viewer.messages_schema import OTHERS, hostile_messages
from warehouse.storage import Storage

pytestmark = pytest.mark.end_to_end
READ = (3, 5, 8, 13, 21, 34)
"""Ids of words that the viewers select, in turn."""
PAUSE_SECONDS = 1.0
"""Between two answers of a viewer: a person reads them."""
TOLERANCE = 1.1
ENDED_SECONDS = 55.0
"""Until the sessions of a round are gone, and what they held is returned."""
AS_A_COMMAND = (
    "from viewer.server.memory import start_again_with_system_allocator as start_again;"
    "start_again();"
)
"""As ``rnnvis view`` begins."""
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
    """How much is published and opened: ``rounds`` times ``viewers`` sessions, which begin at the
    release of number ``first``."""

    publications: int
    viewers: int
    rounds: int
    first: int = 0
    pause_seconds: float = 0.0
    """After each round. The server ends a session up to 32 s after its browser has left, and what a
    process holds at rest depends on the largest number of sessions that it had at once."""


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
            and self.mebibytes <= TOLERANCE * before.mebibytes
        )


@pytest.fixture(scope="module")
def storage(tmp_path_factory: pytest.TempPathFactory) -> Storage:
    made = Storage(tmp_path_factory.mktemp("running"))
    publish_made_up(made, Numbered())
    return made


@pytest.fixture(scope="module")
def served(storage: Storage) -> Iterator[tuple[str, psutil.Process]]:
    """The address of a viewer, and its process."""
    before = set(psutil.Process().children())
    with serving_by(AS_A_COMMAND + SERVE, storage.root) as address:
        (process,) = set(psutil.Process().children()) - before
        yield f"{address}?model={Numbered.name}", process


async def _number_read(viewer: SocketViewer, word: int) -> int:
    """Selects a word; the number of the release that the title of its chart comes from."""
    (component,) = viewer.find("clusters")
    title = re.compile(f"Response to “{re.escape(MadeUp().words()[word])}-(\\d+)”")
    for _ in range(LOOKS):
        await viewer.send(component, {"type": "word", "word_id": word})
        texts = [str(viewer.value(name, "text")) for name in viewer.find("text")]
        for found in filter(None, map(title.match, texts)):
            return int(found[1])
    raise AssertionError(f"no answer for word {word}")


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
        await asyncio.sleep(PAUSE_SECONDS)
    return answers


async def _publish_beside(storage: Storage, url: str, load: Load) -> int:
    """Publishes while viewers read; all that begin afterwards show the newest."""
    number, answers = load.first, 0
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
        await asyncio.sleep(load.pause_seconds)
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
) -> tuple[int, tuple[Held, Held, Held]]:
    """The answers that were read, and what is held at rest: after one session, after the first ten
    of two releases (two stay open for the next session), and after the load."""
    url, process = served
    async with SocketViewer(url) as viewer:
        await _number_read(viewer, READ[0])
    fresh = await _at_rest(process)
    await _publish_beside(storage, url, Load(load.first, load.viewers, 1))
    before = await _at_rest(process)
    answers = await _publish_beside(storage, url, load)
    return answers, (fresh, before, await _at_rest(process, before))


def test_viewers_keep_their_release_while_others_are_published(
    storage: Storage, served: tuple[str, psutil.Process], all_faults: bool,
    report_faults: WriteResults,
) -> None:  # fmt: skip
    if not all_faults:
        asyncio.run(_publish_beside(storage, served[0], Load(2, 2, 1)))
        return
    load = Load(publications=100, viewers=10, rounds=4, first=1, pause_seconds=ENDED_SECONDS)
    answers, held = asyncio.run(_measure(storage, served, load))
    sessions = 2 + load.viewers
    report_faults(
        "Publications",
        ["at rest", "after one session", "after the first ten", "in the end"],
        [
            ["releases published", 1, 2, 2 + load.publications],
            ["sessions opened and closed", 1, sessions, sessions + 1 + load.viewers * load.rounds],
            ["answers compared meanwhile, each of the session's release", "", "", answers],
            ["threads of the server", *(each.threads for each in held)],
            ["descriptors of the server", *(each.descriptors for each in held)],
            ["memory of the server, MiB", *(f"{each.mebibytes:.0f}" for each in held)],
        ],
    )
    _, before, after = held
    assert after.is_back(before)


def _drawn(strategy: SearchStrategy[Any], count: int) -> list[Any]:
    """Examples of a strategy, the same in every run."""
    found: list[Any] = []

    @settings(
        max_examples=count, derandomize=True, database=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(strategy)
    def collect(value: Any) -> None:
        found.append(value)

    collect()
    return found


async def _attack(url: str, count: int) -> tuple[int, int]:
    """Sends hostile messages and refused widget values; the page still answers afterwards. Returns
    how many messages and values were sent."""
    async with SocketViewer(url) as viewer:
        shown = await _number_read(viewer, READ[0])
        components = [name for name in map(viewer.data_of, viewer.find("data")) if name]
        messages = _drawn(hostile_messages(), count)
        for number, message in enumerate(messages):
            await viewer.send(components[number % len(components)], message)
        widgets = viewer.find("value")
        values = _drawn(OTHERS, count // 4)
        for number, value in enumerate(values):
            model = {"id": widgets[number % len(widgets)]}
            await viewer.patch(
                {"kind": "ModelChanged", "model": model, "attr": "value", "new": serialized(value)}
            )
        assert await _number_read(viewer, READ[1]) == shown
    return len(messages), len(values)


def test_no_message_of_a_browser_breaks_its_page(
    served: tuple[str, psutil.Process], all_faults: bool, report_faults: WriteResults
) -> None:
    url, process = served
    messages, values = asyncio.run(_attack(url, 200 if all_faults else 20))
    assert process.is_running()
    report_faults(
        "Hostile messages",
        ["sent", "number", "page answers afterwards"],
        [["messages of components", messages, "yes"], ["values of widgets", values, "yes"]],
    )
