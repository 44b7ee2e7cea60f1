"""Percentages: by hand, and written by nothing else in the viewer."""

import re

import pytest

from viewer.percentages import percent, spaced
from warehouse.storage import CHECKOUT


@pytest.mark.parametrize(
    ("fraction", "text"),
    [(0.342, "34 %"), (0.0994, "9.9 %"), (0.0996, "10 %"), (0.0005, "0.05 %"), (1, "100 %"),
     (0.00001, "<0.01 %"), (0, "0.00 %")],
)  # fmt: skip
def test_a_percentage_has_about_two_digits_and_a_space(fraction: float, text: str) -> None:
    assert percent(fraction) == text.replace(" ", "\N{NO-BREAK SPACE}")


def test_digits_can_be_chosen_and_texts_of_a_release_are_spaced() -> None:
    assert percent(0.0349, 1) == "3.5\N{NO-BREAK SPACE}%"
    assert spaced("34% of 5 % (95%)") == "34\N{NO-BREAK SPACE}% of 5 % (95\N{NO-BREAK SPACE}%)"


def test_no_other_text_of_the_viewer_has_a_percentage_without_a_space() -> None:
    own = re.compile(r"[.:]\d%|\{0(\.0)?%\}|\"0%\"|[^{]\}%(?![;\w])")
    folder = CHECKOUT / "viewer"
    sources = {*folder.rglob("*.py"), *folder.rglob("*.js")} - {folder / "percentages.py"}
    assert len(sources) > 150
    found = [
        f"{path.name}:{number}: {line.strip()}"
        for path in sources
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if own.search(line)
    ]
    assert found == []
