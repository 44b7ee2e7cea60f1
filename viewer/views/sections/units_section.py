"""The page of units: the distributions of the selected units' values, changes and gates, and the
saturation of all gates of the layer."""

import math
from collections.abc import Mapping, Sequence
from functools import partial
from html import escape
from itertools import product

from viewer.data import detail_data, release_store
from viewer.data.cluster_moves import ClusterMoves, cluster_moves
from viewer.data.memory_heads import heads_of, shares_gates
from viewer.data.named_clusters import names_of
from viewer.data.sentence_states import is_gated
from viewer.data.unit_chips import SIGNS, chip_numbers, named
from viewer.percentages import percent
from viewer.state.explorer_state import ExplorerState
from viewer.views.charts.saturation_chart import SaturationChart
from viewer.views.charts.spread_chart import SpreadChart
from viewer.views.sections.section import ChartOrText, Section, TextLine, said, unit_choice
from viewer.views.selection_chips import chips, unit_items
from viewer.views.widgets import small_html
from warehouse.arrays import AnyArray, Int32Array

NO_UNIT = (
    "Click a memory cell, or a point of a plot here, to see how its values, changes and gate are "
    "distributed."
)
NO_GATE = (
    "A vanilla RNN has no gate that keeps its old state: there is nothing to show about how often "
    "one is shut or open."
)
NONE_RECORDED = "No gate that keeps the old state was recorded for this layer."
OTHER_STATE = (
    "The keep gate acts on the cell state: choose that state to see how often the gate is shut or "
    "open."
)
MARGIN = 0.6
"""How far a scale extends beyond the 9-91 % range, as a fraction of its length."""
MOVES = ("half-life, steps", "saturated")
KINDS = {
    "": "Values of the state (thin: all, thick: 9–91 %)",
    "delta_": "Changes from step to step",
    "keep_": "Keep gate",
}
"""Prefixes of the columns of ``unit_summary``, and the titles of their charts."""


class UnitsSection(Section):
    """Three spread charts with the gate's fractions, over the saturation plot."""

    depends = ("unit", "beside", "num_clusters", "renamed")

    def __init__(self, state: ExplorerState) -> None:
        super().__init__(state)
        self.units = chips(state.toggle_unit)
        self.spreads = {prefix: SpreadChart(title) for prefix, title in KINDS.items()}
        self.slots = {prefix: ChartOrText(chart.plot) for prefix, chart in self.spreads.items()}
        self.cells = small_html(margin=(0, 12, 8, 12))
        self.shares = small_html(margin=(0, 12, 8, 12))
        self.saturation = SaturationChart(on_unit=unit_choice(state))
        self.saturation_slot = ChartOrText(self.saturation.plot)
        self.text = TextLine()
        self.column[:] = [
            self.units, self.text, self.cells, *self.slots.values(), self.shares,
            self.saturation_slot,
        ]  # fmt: skip

    def draw(self) -> None:
        self.units.items = unit_items(self.state)
        self.text.say(said(self._draw_cells))
        for prefix, slot in self.slots.items():
            slot.root.visible = bool(self.state.units)
            self.spreads[prefix].dress(self.theme)
            slot.fill(partial(self._draw_spread, prefix))
        self.saturation_slot.root.visible = self._gated or not self.state.units  # reported once
        self.saturation.dress(self.theme)
        self.saturation_slot.fill(self._draw_saturation)

    def _draw_cells(self) -> str:
        state, self.cells.object = self.state, ""
        if not state.units:
            return NO_UNIT
        chips = release_store.co_clustering(state.release, state.analysis).chips
        costs = detail_data.direction_costs(state.release, state.layer, state.state)
        moves = cluster_moves(state.release, state.analysis)
        names = names_of(state.release, state.analysis)
        numbers = chip_numbers(chips, state.num_units)
        self.cells.object = cells_html(state.units, numbers, costs, moves, names)
        return ""

    @property
    def _summary(self) -> detail_data.Columns:
        return detail_data.unit_summary(self.state.release, self.state.layer, self.state.state)

    @property
    def _gated(self) -> bool:
        return is_gated(self.state.release, self.state.layer, self.state.state)

    @property
    def _no_gate(self) -> str:
        layer = self.state.layer_facts
        if layer.gated_state:
            return OTHER_STATE
        return NO_GATE if layer.cell in ("rnn", "rnn_relu") else NONE_RECORDED

    def _draw_spread(self, prefix: str) -> str:
        units = self.state.units
        if not units:
            return ""
        if prefix == "keep_" and not self._gated:
            return self._no_gate
        statistics = detail_data.statistics_of(self._summary, prefix, units)
        self.spreads[prefix].show(units, statistics, _ends(prefix, statistics))
        return ""

    def _draw_saturation(self) -> str:
        summary, units = self._summary, self.state.units
        if not self._gated:
            self.shares.object = ""
            return self._no_gate
        self.shares.object = shares_html(units, summary)
        release, layer = self.state.release, self.state.layer
        heads = list(heads_of(release, layer)["first_unit"]) if shares_gates(release, layer) else ()
        below, above = summary["keep_below_0_1"], summary["keep_above_0_9"]
        self.saturation.show(below, above, units, heads)
        return ""


def cells_html(
    units: Sequence[int],
    numbers: Mapping[int, Int32Array],
    costs: Mapping[tuple[int, int], tuple[float, float, float]],
    moves: ClusterMoves,
    chip_names: Sequence[str] = (),
) -> str:
    """The chip of each direction of each unit, what silencing it costs where that was measured, and
    how the unit moves; ``numbers`` of chips by direction and unit."""
    directions = sorted({direction for _, direction in costs} or numbers, reverse=True)
    names = ("direction", "chip", "silenced, nats", *MOVES)
    head = f"<tr>{''.join(f'<th>{name}</th>' for name in names)}</tr>"
    body = []
    for unit, direction in product(units, directions):
        name = f"unit {unit} {SIGNS[direction]}" if direction else f"unit {unit}"
        number = int(numbers[direction if direction in numbers else 0][unit])
        chip = escape(named(number, chip_names))
        cost = costs.get((unit, direction))
        text = "{:.2g} ({:.2g} to {:.2g})".format(*cost) if cost else "not measured"
        cells = (name, chip, text, *_moves(moves.half_life[unit], moves.saturated[unit]))
        body.append(f"<tr>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>")
    return f"<table class=shares>{head}{''.join(body)}</table>".replace("-", "−")


def _moves(half_life: float, saturated: float) -> tuple[str, str]:
    """A half-life and a saturation, a dash for one that is not known."""
    life = f"{half_life:.1f}" if math.isfinite(half_life) else "–"
    return life, percent(saturated, 0) if math.isfinite(saturated) else "–"


def _ends(prefix: str, statistics: Mapping[str, AnyArray]) -> tuple[float, float]:
    """The scale of a spread chart. Gates lie between 0 and 1. Rare states lie far out and would
    press all others together: their line runs off the scale."""
    if prefix == "keep_":
        return 0.0, 1.0
    low, high = float(statistics["q09"].min()), float(statistics["q91"].max())
    beyond = MARGIN * (high - low)
    least, largest = float(statistics["minimum"].min()), float(statistics["maximum"].max())
    return min(max(low - beyond, least), 0.0), max(min(high + beyond, largest), 0.0)


def shares_html(units: Sequence[int], summary: Mapping[str, AnyArray]) -> str:
    """How often the gate of each unit, and of all units on average, is nearly shut or open."""
    shut, open_ = summary["keep_below_0_1"], summary["keep_above_0_9"]
    rows = [(f"unit {unit}", shut[unit], open_[unit]) for unit in units]
    rows.append((f"all {len(shut):,} units", shut.mean(), open_.mean()))
    head = "<tr><th>steps with the gate</th><th>under 0.1</th><th>over 0.9</th></tr>"
    body = (
        f"<tr><td>{escape(name)}</td><td>{percent(low, 1)}</td><td>{percent(high, 1)}</td></tr>"
        for name, low, high in rows
    )
    return f"<table class=shares>{head}{''.join(body)}</table>"
