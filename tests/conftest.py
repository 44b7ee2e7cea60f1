"""What all tests share: Hypothesis without deadlines, since tests never judge by time, and a wide
terminal."""

import gc
import os
from collections.abc import Iterator

import pytest
from hypothesis import settings

from tests.kept_browser import KEPT
from tests.s3_store import S3Store, run_s3

settings.register_profile("rnnvis", deadline=None)
settings.register_profile("quick", deadline=None, max_examples=25)  # of `make unit`
settings.load_profile("rnnvis")

# The consoles of the command line read it once, when they are made; pytest-xdist says 80.
os.environ["COLUMNS"] = "200"

# Set, even to nothing, so that no test downloads the tagger's data.
os.environ.setdefault("NLTK_DATA", "")


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[object]:
    """Garbage collections need not visit the million objects of the imported libraries."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """While Playwright is open its event loop runs, and ``asyncio.run`` refuses to work next to it
    in tests without a browser."""
    if "chromium" not in getattr(item, "fixturenames", ()):
        KEPT.close()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests that start an S3 server are slow."""
    for item in items:
        if "s3" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.slow)


@pytest.fixture(scope="module")
def s3() -> Iterator[S3Store]:
    """An S3 server."""
    with run_s3() as store:
        yield store


def pytest_sessionfinish() -> None:
    KEPT.close()
    gc.unfreeze()  # else DuckDB prints every object that is never freed
