"""Networks this small gain nothing by threads, and lose much by them on a busy machine."""

from collections.abc import Iterator

import pytest

from rnnvis_assets.network.recurrent_network import limited_threads


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    with limited_threads(1):
        yield
