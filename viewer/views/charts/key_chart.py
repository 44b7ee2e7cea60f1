"""The key vector of a unit of a matrix memory, and how much of each key channel is kept."""

from typing import Any, cast

import numpy as np
from bokeh.models import (
    ColumnDataSource,
    FixedTicker,
    LinearAxis,
    NumeralTickFormatter,
    Range1d,
)

from viewer.data.key_vectors import KeyVector
from viewer.theme_colours import Theme
from viewer.views.charts.chart_frame import (
    add_hover,
    dress_figure,
    literal,
    number_ticks,
    ranged_figure,
    span,
)

_TIPS = [("", "key channel @channel"), ("holds", "@value{+0.000}"), ("kept", "@decay{0.0 %}")]
KEPT = "kept"
ROOM = 0.4
"""Of the bars' height, left over them for what is kept."""
_KEPT_RANGE = (-3.2, 1.1)
"""Ends of the axis of what is kept, on which 0 to 1 lie in that room."""


class KeyChart:
    """A bar a key channel, orange above zero and blue below; over them as dots, where these differ,
    what the word left of each channel."""

    def __init__(self) -> None:
        names = ("channel", "value", "decay", "colour")
        self.source = ColumnDataSource({name: [] for name in names})
        self.plot = ranged_figure(height=180)
        self.plot.extra_y_ranges = {KEPT: Range1d(start=_KEPT_RANGE[0], end=_KEPT_RANGE[1])}
        self._right = cast("Any", LinearAxis(y_range_name=KEPT))
        self._right.ticker = FixedTicker(ticks=[0, 1])
        self.plot.add_layout(self._right, "right")
        self._bars = self.plot.vbar(
            x="channel", top="value", width=0.8, fill_color="colour", line_color=None,
            source=self.source,
        )  # fmt: skip
        self._zero = self.plot.hspan(y=[0], line_width=1)
        self._kept = self.plot.scatter(
            "channel", "decay", size=4, y_range_name=KEPT, line_color=None, source=self.source
        )
        self.plot.xgrid.visible = False
        self.plot.yaxis[0].ticker.desired_num_ticks = 4
        self.plot.yaxis[0].formatter = number_ticks()
        self._right.formatter = NumeralTickFormatter(format="0 %")
        for line in ("axis_line_color", "major_tick_line_color", "minor_tick_line_color"):
            setattr(self._right, line, None)
        add_hover(self.plot, [self._bars], _TIPS)

    def dress(self, theme: Theme) -> None:
        dress_figure(self.plot, theme)
        self._signs = [theme.colours[name] for name in ("negative", "positive")]
        self._zero.glyph.line_color = theme.colours["line"]
        self._kept.glyph.fill_color = theme.colours["ink-2"]

    def show(self, found: KeyVector) -> None:
        size = len(found.values)
        above = (found.values > 0).astype(int).tolist()
        data: dict[str, Any] = {
            "channel": np.arange(size), "value": found.values,
            "decay": np.broadcast_to(found.decays, size), "colour": [self._signs[i] for i in above],
        }  # fmt: skip
        self.source.data = data
        differ = len(found.decays) > 1
        self._right.visible = self._kept.visible = differ
        ends = span(found.values.min(), found.values.max())
        ends["end"] += differ * ROOM * (ends["end"] - ends["start"])
        self.plot.x_range.update(start=-0.5, end=size - 0.5)
        self.plot.y_range.update(**ends)
        self.plot.xaxis.axis_label = "key channel; dots: share kept" if differ else "key channel"
        title = f"What unit {found.unit} holds after “{found.word}”, by key channel"
        self.plot.title.text = literal(title)
