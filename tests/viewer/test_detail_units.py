"""The detail column's page of units, and what it says where there is no gate."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.viewer.conftest import SPEC, TOY
from tests.viewer.made_up_release import publish_made_up
from tests.warehouse.synthetic_states import (
    changes_of,
    gates_of,
    states_of,
)
from viewer.data.cluster_moves import ClusterMoves
from viewer.percentages import percent
from viewer.state.explorer_state import ExplorerState
from viewer.views.detail_view import DetailView
from viewer.views.sections.units_section import NO_GATE, OTHER_STATE, cells_html
from warehouse.storage import Storage

pytestmark = pytest.mark.slow


def test_distributions_of_units(detail: DetailView, state: ExplorerState) -> None:
    state.section = "units"
    state.find("unit 7, unit 9")
    page, gates = detail.sections["units"], gates_of(SPEC, 1)
    assert gates is not None
    for prefix, values in (
        ("", states_of(SPEC, 1, "cell")), ("delta_", changes_of(SPEC, 1, "cell")), ("keep_", gates)
    ):  # fmt: skip
        data = page.spreads[prefix].source.data
        np.testing.assert_allclose(
            data["q91"], np.quantile(values, 0.91, axis=0)[[7, 9]], rtol=1e-4
        )
        np.testing.assert_allclose(data["minimum"], values.min(0)[[7, 9]], rtol=1e-4)
    shut = (gates < 0.1).mean(0)
    assert f"<td>unit 7</td><td>{percent(shut[7], 1)}</td>" in page.shares.object
    np.testing.assert_allclose(page.saturation.units.data["shut"], shut, rtol=1e-5)
    assert page.saturation.selected.data["unit"] == [7, 9]


def test_directions_have_their_chips_and_costs(detail: DetailView, state: ExplorerState) -> None:
    state.section = "units"
    state.find("unit 7")
    number = SPEC.clusters(10)[0][7] + 1
    for sign in "▲▼":
        row = f"<td>unit 7 {sign}</td><td>{number}</td><td>0.01 (−0.04 to 0.06)</td>"
        assert row in detail.sections["units"].cells.object


def test_without_measurements_units_have_their_chips_only() -> None:
    numbers = {1: np.array([4, 5], np.int32), -1: np.array([6, 7], np.int32)}
    unknown = np.full(2, np.nan, np.float32)
    moves = ClusterMoves(np.array([0.5, 2.25], np.float32), unknown, 1.0, ())
    html = cells_html([1], numbers, {}, moves)
    assert "<td>unit 1 ▲</td><td>5</td><td>not measured</td>" in html
    assert "<td>not measured</td><td>2.2</td><td>–</td>" in html
    assert "<td>unit 1 ▼</td><td>7</td>" in html
    assert "<td>unit 0</td><td>4</td>" in cells_html([0], {0: numbers[1]}, {}, moves)


def test_a_network_without_gates_says_so(tmp_path: Path) -> None:
    storage = Storage(tmp_path)
    publish_made_up(storage, replace(TOY, name="vanilla", cell="rnn"))
    state = ExplorerState(storage)
    state.model = "vanilla"
    state.section = "units"
    page = DetailView(state).sections["units"]
    assert NO_GATE in page.saturation_slot.text.pane.object
    state.find("unit 3")
    assert NO_GATE in page.slots["keep_"].text.pane.object
    assert page.slots[""].chart.visible


def test_the_hidden_state_of_an_lstm_has_no_gate_of_its_own(
    detail: DetailView, state: ExplorerState
) -> None:
    state.section = "units"
    slot = detail.sections["units"].saturation_slot
    assert slot.chart.visible
    state.state = "hidden"
    assert OTHER_STATE in slot.text.pane.object
    assert not slot.chart.visible
