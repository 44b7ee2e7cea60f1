"""How up to three words change every unit of a layer."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from bokeh.events import Tap
from bokeh.models import ColumnDataSource, CustomJSHover

from viewer.data.detail_data import occurrences
from viewer.theme_colours import LIGHT, Theme
from viewer.views.charts.chart_frame import (
    RESPONSE,
    Choice,
    add_hover,
    dress_figure,
    literal,
    ranged_figure,
    span,
)
from viewer.views.component_data import narrow
from warehouse.arrays import AnyArray, Float32Array, Int32Array
from warehouse.word_queries import WordResponse

_ALPHAS = ((0.2, 0.38), (0.1, 0.24))
"""Of the wide and the narrow band: of a single word, and of one of several."""
_STATISTICS = ("mean", "q09", "q25", "q75", "q91")
_COLUMNS = ("rank", "unit", "chips", *_STATISTICS)
_TIP = """<div style="white-space: nowrap"><b>$name</b> · unit @unit · @chips{custom}<br>
mean @mean{+0.000}<br>25–75 %: @q25{+0.000} to @q75{+0.000}<br>
9–91 %: @q09{+0.000} to @q91{+0.000}</div>"""
_STEP_TIP = """<div style="white-space: nowrap"><b>$name</b> at this step · unit @unit ·
@chips{custom}<br>@change{+0.000}</div>"""


@dataclass(frozen=True)
class WordLine:
    """A word, and how it changes the units."""

    word: str
    response: WordResponse


_CHIPS_OF_NUMBER = """const found = []
for (let left = value; found.length < directions; left = Math.floor(left / names.length)) {
  found.unshift(names[left % names.length])
}
return found.join("  ")"""
"""The names of a unit's chips, its number in the base of so many names."""
MOST_POINTS = 1_250
"""More than these have no room on a screen."""


class _WordGlyphs:
    """One word's bands and line."""

    def __init__(self, plot: Any) -> None:
        self.source = ColumnDataSource({name: [] for name in _COLUMNS})
        common = {"x": "rank", "source": self.source}
        self.wide = plot.varea(y1="q09", y2="q91", **common)
        self.narrow = plot.varea(y1="q25", y2="q75", **common)
        self.line = plot.line(y="mean", line_width=1.6, **common)

    def dress(self, colour: str) -> None:
        self.wide.glyph.fill_color = self.narrow.glyph.fill_color = colour
        self.line.glyph.line_color = colour

    def show(
        self, line: WordLine | None, ranks: Int32Array, units: Int32Array, chips: AnyArray
    ) -> None:
        """Draws ``units`` at their ``ranks``, with a number for their ``chips``."""
        if line is None:
            self.source.data = {name: [] for name in self.source.data}
            return
        columns = {name: getattr(line.response, name)[units] for name in _STATISTICS}
        places = {"rank": narrow(ranks), "unit": narrow(units), "chips": chips}
        self.source.data = {**places, **columns}
        self.line.name = line.word


class ResponseChart:
    """Mean, 25-75 and 9-91 % bands of each word over all units, sorted by one of them (of several
    thousand, every second or third is drawn); over it the actual change at one step of a sentence.
    A click on a unit calls ``on_unit``."""

    def __init__(self, on_unit: Choice) -> None:
        self.plot = ranged_figure(height=228)
        self.order: Int32Array = np.empty(0, np.int32)
        self.ranks = self.order
        self.words: list[_WordGlyphs] = []
        self._colours = LIGHT.words
        self.step = ColumnDataSource({"rank": [], "unit": [], "chips": [], "change": []})
        self.units = ColumnDataSource({"rank": [], "mean": []})
        self._step = self.plot.line(
            "rank", "change", line_width=1.1, line_alpha=0.8, source=self.step
        )
        self._marks = self.plot.scatter("rank", "mean", size=8, fill_color=None, source=self.units)
        self.plot.xgrid.visible = False
        self.plot.yaxis.axis_label = RESPONSE
        self.plot.title.offset = -36  # over the labels of the axis, else a long title is cut
        # A chip's name is sent once and not for each of its units, nor for each pair of chips.
        self.names = CustomJSHover(args={"names": [""], "directions": 1}, code=_CHIPS_OF_NUMBER)
        hovering = {
            "mode": "vline", "line_policy": "nearest", "show_arrow": False,
            "formatters": {"@chips": self.names},
        }  # fmt: skip
        self._hover = add_hover(self.plot, [], _TIP, **hovering)
        add_hover(self.plot, [self._step], _STEP_TIP, **hovering)
        self.plot.on_event(Tap, lambda click: self._click(click, on_unit))

    def dress(self, theme: Theme) -> None:
        dress_figure(self.plot, theme)
        self._colours = theme.words
        self._step.glyph.line_color = self._marks.glyph.line_color = theme.colours["ink"]

    def show(
        self, lines: Sequence[WordLine], sorting: int, units: Sequence[int],
        step: tuple[str, Float32Array] | None, chips: Sequence[Sequence[str]],
        ends: tuple[float, float],
    ) -> None:  # fmt: skip
        """``sorting``: which of the lines sorts the units. ``units`` are marked on that one.
        ``chips`` names by direction those of every unit; ``ends`` of the scale."""
        response = lines[sorting].response
        self.order = np.argsort(response.mean, kind="stable").astype(np.int32)
        names, places = np.unique(np.array(chips), return_inverse=True)
        self.names.args = {"names": names.tolist(), "directions": len(chips)}
        bases = [len(names)] * len(chips)
        pairs = np.asarray(np.ravel_multi_index(places.reshape(len(chips), -1), bases))
        among = -(-len(self.order) // MOST_POINTS)
        self.ranks = np.arange(0, len(self.order), among, dtype=np.int32)
        drawn = self.order[self.ranks]
        numbers = narrow(pairs[drawn])
        fewer = f", one of {among} drawn" if among > 1 else ""
        self.plot.xaxis.axis_label = f"units{fewer}; bands 25–75, 9–91 %"
        self._make_room_for(len(lines))
        for i, (glyphs, colour) in enumerate(zip(self.words, self._colours, strict=False)):
            glyphs.dress(colour)
            line = lines[i] if i < len(lines) else None
            glyphs.show(line, self.ranks, drawn, numbers)
            glyphs.wide.glyph.fill_alpha, glyphs.narrow.glyph.fill_alpha = _ALPHAS[len(lines) > 1]
        self._show_step(step, numbers)
        ranks = np.argsort(self.order)[list(units)]
        self.units.data = {"rank": ranks, "mean": response.mean[list(units)]}
        self.plot.x_range.update(start=0, end=len(self.order) - 1)
        self.plot.y_range.update(**span(*ends))
        self.plot.title.text = literal(_title(lines))

    def _make_room_for(self, count: int) -> None:
        """Makes the glyphs of so many words: a page opens sooner without others."""
        known = list(self.plot.renderers)
        while len(self.words) < count:
            self.words.append(_WordGlyphs(self.plot))
            # Under those of the words before it: the first word is drawn over all others.
            known = [*self.plot.renderers[len(known) :], *known]
            self.plot.renderers = known
            self._hover.renderers = [glyphs.line for glyphs in self.words]

    def _show_step(self, step: tuple[str, Float32Array] | None, chips: AnyArray) -> None:
        if step is None:
            self.step.data = {name: [] for name in self.step.data}
            return
        word, changes = step
        drawn = self.order[self.ranks]
        places = {"rank": narrow(self.ranks), "unit": narrow(drawn), "chips": chips}
        self.step.data = {**places, "change": changes[drawn]}
        self._step.name = word

    def _click(self, click: Tap, on_unit: Choice) -> None:
        if click.x is not None and 0 <= round(click.x) < len(self.order):
            on_unit.take(click, int(self.order[round(click.x)]))


def _title(lines: Sequence[WordLine]) -> str:
    if len(lines) == 1:
        return f"Response to “{lines[0].word}”, {occurrences(lines[0].response.count)}"
    return "Responses to " + ", ".join(f"“{line.word}”" for line in lines)
