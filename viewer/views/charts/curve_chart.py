"""Figures of a training over its steps."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from bokeh.core.properties import value
from bokeh.models import ColumnDataSource, FixedTicker, NumeralTickFormatter
from bokeh.models.annotations.legends import Legend, LegendItem

from viewer.theme_colours import FONT, Theme
from viewer.views.charts.chart_frame import LABEL_SIZE, add_hover, dress_figure, plain_figure
from warehouse.arrays import AnyArray

MOST_CURVES = 4
FRAME_LEFT = 54
FEWEST_TICKS = 3
Curve = tuple[AnyArray, AnyArray]
"""Steps, and a value at each."""
_DASHES = ("solid", [5, 3], [2, 2], [7, 3, 2, 3])
_TIP = '<div style="white-space: nowrap">$name at step @step{0,0}: <b>@value{0,0.[0000]}</b></div>'


class CurveChart:
    """Up to four named curves over training steps; ``scale`` is "linear" or "log"."""

    def __init__(self, title: str, scale: str, height: int = 168) -> None:
        self.plot = plain_figure(
            height=height, title=title, y_axis_type=scale, min_border_left=FRAME_LEFT
        )
        self._is_log = scale == "log"
        if self._is_log:
            self.plot.yaxis.ticker = FixedTicker()
        self.plot.yaxis.formatter = NumeralTickFormatter(format="0,0.[0000]")
        self.sources = [ColumnDataSource({"step": [], "value": []}) for _ in range(MOST_CURVES)]
        self._lines = [
            self.plot.line("step", "value", line_width=1.5, line_dash=dash, source=source)
            for source, dash in zip(self.sources, _DASHES, strict=True)
        ]
        self._legend: Any = Legend(
            items=[LegendItem(label=value(""), renderers=[line]) for line in self._lines],
            orientation="horizontal", ncols=2, location="left", border_line_color=None,
            margin=0, spacing=6, glyph_width=14, label_text_font=FONT,
            label_text_font_size="11px", label_standoff=3, background_fill_alpha=0,
        )  # fmt: skip
        self.plot.add_layout(self._legend, "above")
        self.plot.xgrid.visible = False
        self.plot.xaxis.formatter = NumeralTickFormatter(format="0,0")
        add_hover(self.plot, self._lines, _TIP, mode="vline", show_arrow=False)

    def dress(self, theme: Theme) -> None:
        dress_figure(self.plot, theme)
        colours = (*theme.words, theme.colours["ink-2"])
        for line, colour in zip(self._lines, colours, strict=True):
            line.glyph.line_color = colour
        self._legend.label_text_font_size = theme.pixels(LABEL_SIZE)
        self._legend.label_text_color = theme.colours["ink-2"]

    def show(self, curves: Mapping[str, Curve]) -> None:
        """Draws up to ``MOST_CURVES`` curves by their names."""
        empty = (np.empty(0), np.empty(0))
        drawn = [*curves.values(), *[empty] * MOST_CURVES][:MOST_CURVES]
        for source, (steps, values) in zip(self.sources, drawn, strict=True):
            source.data = {"step": steps, "value": values}
        for i, name in enumerate(curves):
            self._lines[i].name = name
            self._legend.items[i].label = value(name)
        for i, item in enumerate(self._legend.items):
            item.visible = i < len(curves)
        if self._is_log and curves:
            values = np.concatenate([values for _, values in curves.values()])
            self.plot.yaxis[0].ticker.ticks = log_ticks(values.min(), values.max())


def log_ticks(low: float, high: float) -> list[float]:
    """Round numbers from low to high: powers of ten, with their halves and fifths where there are
    few. Bokeh's own labels lie over one another on a low chart."""
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    for steps in ((1.0,), (1.0, 3.0), (1.0, 2.0, 5.0)):
        ticks = [step * 10.0**power for power in powers for step in steps]
        inside = [tick for tick in ticks if low <= tick <= high]
        if len(inside) >= FEWEST_TICKS:
            break
    return inside
