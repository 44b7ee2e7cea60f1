"""The distribution of units' values, changes or gates over all recorded steps."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from bokeh.models import ColumnDataSource, FixedTicker

from viewer.theme_colours import Theme
from viewer.views.charts.chart_frame import (
    add_hover,
    dress_figure,
    label_rows,
    number_ticks,
    ranged_figure,
)
from warehouse.arrays import AnyArray
from warehouse.schema import STATISTICS

ROW_HEIGHT = 24
FRAME_HEIGHT = 58
_TIPS = [
    ("", "unit @unit"), ("mean", "@mean{+0.000} ± @std{0.000}"), ("median", "@q50{+0.000}"),
    ("25 to 75 %", "@q25{+0.000} to @q75{+0.000}"), ("9 to 91 %", "@q09{+0.000} to @q91{+0.000}"),
    ("all", "@minimum{+0.000} to @maximum{+0.000}"),
]  # fmt: skip


class SpreadChart:
    """A row a unit, all on one scale: the whole range thin, 9-91 % thick, 25-75 % as a box, the
    median as a tick, the mean as a dot."""

    def __init__(self, title: str) -> None:
        self.source = ColumnDataSource({name: [] for name in ("unit", "height", *STATISTICS)})
        self.plot = ranged_figure(height=FRAME_HEIGHT, title=title)
        across = {"y0": "height", "y1": "height", "source": self.source}
        self._zero = self.plot.vspan(x=[0], line_width=1)
        self._all = self.plot.segment(x0="minimum", x1="maximum", line_width=1, **across)
        self._most = self.plot.segment(x0="q09", x1="q91", line_width=3, **across)
        self._box = self._bar("q25", "q75", 1)
        self._median = self._bar("q50", "q50", 2)
        self._mean = self.plot.scatter("mean", "height", size=5, source=self.source)
        self.plot.yaxis.ticker = FixedTicker()
        self.plot.ygrid.visible = False
        self.plot.xaxis.formatter = number_ticks()
        add_hover(self.plot, [self._box, self._most], _TIPS)

    def _bar(self, left: str, right: str, width: int) -> Any:
        return self.plot.hbar(
            y="height", left=left, right=right, height=0.5, line_width=width, source=self.source
        )

    def dress(self, theme: Theme) -> None:
        dress_figure(self.plot, theme)
        self._enlarged = theme.enlarged
        colours = theme.colours
        self._zero.glyph.line_color = colours["line"]
        self._all.glyph.line_color = self._most.glyph.line_color = colours["ink-3"]
        self._box.glyph.update(fill_color=colours["bar"], line_color=colours["ink-2"])
        self._median.glyph.line_color = colours["ink"]
        self._mean.glyph.update(fill_color=colours["ink"], line_color=colours["card"])

    def show(
        self, units: Sequence[int], statistics: Mapping[str, AnyArray],
        ends: tuple[float, float],
    ) -> None:  # fmt: skip
        """``statistics``: an array [units] for each of ``STATISTICS``; ``ends`` of the scale."""
        heights = -np.arange(len(units), dtype=np.float64) - 0.5
        self.source.data = {"unit": list(units), "height": heights, **statistics}
        margin = 0.04 * (ends[1] - ends[0]) or 1.0
        self.plot.x_range.update(start=ends[0] - margin, end=ends[1] + margin)
        self.plot.y_range.update(start=-len(units), end=0)
        self.plot.height = round((FRAME_HEIGHT + ROW_HEIGHT * len(units)) * self._enlarged)
        label_rows(self.plot, heights, [f"unit {unit}" for unit in units])
