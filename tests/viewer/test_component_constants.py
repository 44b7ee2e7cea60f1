"""Facts that Python and the browser have in common are written in one place."""

import re

import pytest

from viewer.export.export_forms import FILES, exports_data
from viewer.state.detail_pages import OF_MEMORIES
from viewer.state.explorer_state import PANES, ExplorerState
from viewer.state.selection import MOST_UNITS, MOST_WORDS
from viewer.style import COMPONENT
from viewer.views.component_data import CONSTANTS, STEPS
from viewer.views.detail_view import DetailView
from viewer.views.main_view import CoClusterView
from viewer.views.model_summary import CELL_NAMES, model_rows

SOURCES = {path.name: path.read_text("utf-8") for path in COMPONENT.rglob("*.js")}
KEYS = r"\bevent\.key ===? "


def test_the_component_gets_the_limits_of_the_selection(state: ExplorerState) -> None:
    sent = CoClusterView(state).component.constants
    words, units = sent["limits"]["words"], sent["limits"]["units"]
    for number in range(max(words, units) + 2):
        state.toggle_word(number)
        state.toggle_unit(number)
    assert (len(state.words), len(state.units)) == (words, units) == (MOST_WORDS, MOST_UNITS)


def test_the_component_gets_the_names_of_panes_and_of_pages(state: ExplorerState) -> None:
    sent = CoClusterView(state).component.constants
    assert tuple(sent["panes"]) == PANES
    names = {name: label for label, name in DetailView(state).turner.options.items()}
    assert sent["sections"].items() >= names.items()
    assert sent["sections"].keys() - names.keys() == OF_MEMORIES


def test_the_component_gets_the_cell_s_name_of_the_model_s_card(state: ExplorerState) -> None:
    assert CoClusterView(state).component.analysis["cell"] == dict(model_rows(state.facts))["Cell"]


def test_every_form_of_export_names_who_makes_it(state: ExplorerState) -> None:
    assert {form: maker for form, _, maker in exports_data(state)["forms"]} == {
        "link": "link", "svg": "picture", "png": "picture", "charts": "charts",
        **dict.fromkeys(("csv", "parquet", "html"), "server"),
    }  # fmt: skip


@pytest.mark.parametrize(
    "copied",
    [
        rf"\b{STEPS}\b",
        "|".join(rf'["`]{re.escape(name)}["`]' for name in CELL_NAMES.values()),
        "|".join(rf"\b{name}:" for name in CELL_NAMES if name not in {"mixed", "unknown"}),
        "|".join(rf'"{label}"' for label in CONSTANTS["panes"].values()),
        "|".join(rf'["“]{label}["”]' for label in CONSTANTS["sections"].values()),
        "|".join(rf'"{form}"' for form in FILES),
        r"\b(?:MOST|MAX)_(?:WORDS|UNITS)\b|\bup to (?:two|three|four|3|4)\b",
    ],
)  # fmt: skip
def test_the_modules_hold_no_copy(copied: str) -> None:
    """Steps, names of cells, labels of panes and pages, forms of the server, limits."""
    assert {name: re.findall(copied, text) for name, text in SOURCES.items()} == {
        name: [] for name in SOURCES
    }


def test_keys_are_named_in_one_module() -> None:
    """The input line's keys are those of the pattern that it follows, whatever the page answers."""
    own = {"keys.js", "combobox.js"}
    assert {name for name, text in SOURCES.items() if re.search(KEYS, text)} <= own
