"""Tests of what goes wrong: a few faults of each kind in every run, all by `make faults`."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from tests.faults.results import write_results

ALL_FAULTS = "--all-faults"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(ALL_FAULTS, action="store_true", help="as many faults as `make faults` makes")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.faults)


@pytest.fixture(scope="session")
def all_faults(pytestconfig: pytest.Config) -> bool:
    """Whether every fault is made, and counted in RESULTS.md, or only a few of each kind."""
    return bool(pytestconfig.getoption(ALL_FAULTS, default=False))


WriteResults = Callable[[str, Sequence[str], Sequence[Sequence[object]]], None]


@pytest.fixture(scope="session")
def report_faults(all_faults: bool) -> WriteResults:
    """Writes a section of RESULTS.md where every fault was made."""
    return write_results if all_faults else lambda section, header, rows: None
