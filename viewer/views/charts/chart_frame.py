"""What all charts have in common: the bare figure, the colours of a theme, ranges and rows."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from bokeh.events import Tap
from bokeh.models import HoverTool, NumeralTickFormatter, Range1d
from bokeh.models.text import PlainText
from bokeh.plotting import figure

from viewer.theme_colours import FONT, Theme
from warehouse.arrays import FloatArray

TITLE_SIZE, LABEL_SIZE = 12, 11
"""Pixels of type."""
RESPONSE = "response: change of the state"
"""The axis of a response, which has the unit of the state: none."""


@dataclass(frozen=True)
class Choice:
    """What a click on a word or unit does: ``select`` only it or, with Shift or Control held,
    ``toggle`` it among the others."""

    select: Callable[[int], object]
    toggle: Callable[[int], object]

    def take(self, click: Tap, chosen: int) -> None:
        held = click.modifiers
        adding = held is not None and (held["shift"] or held["ctrl"])
        (self.toggle if adding else self.select)(chosen)


def plain_figure(**options: Any) -> Any:
    """A figure without tools, frame or ticks, in the page's font."""
    plot: Any = figure(sizing_mode="stretch_width", toolbar_location=None, tools="", **options)
    plot.tags = [plot.height]
    plot.title.text_font_style = "normal"
    plot.title.text_font = FONT
    plot.outline_line_color = None
    for axis in plot.axis:
        axis.axis_line_color = axis.major_tick_line_color = axis.minor_tick_line_color = None
        axis.major_label_text_font = axis.axis_label_text_font = FONT
        axis.axis_label_text_font_style = "normal"
    return plot


def dress_figure(plot: Any, theme: Theme) -> None:
    """Gives a figure the theme's colours and sizes of type, and a height that suits these."""
    colours = theme.colours
    plot.height = round(plot.tags[0] * theme.enlarged)
    plot.background_fill_color = plot.border_fill_color = None
    plot.title.text_color = colours["ink"]
    plot.title.text_font_size = theme.pixels(TITLE_SIZE)
    plot.grid.grid_line_color = colours["grid"]
    for axis in plot.axis:
        axis.major_label_text_color = axis.axis_label_text_color = colours["ink-2"]
        size = theme.pixels(LABEL_SIZE)
        axis.major_label_text_font_size = axis.axis_label_text_font_size = size


def ranged_figure(start: float = -1, end: float = 1, **options: Any) -> Any:
    """A plain figure with ranges from start to end, which the chart's data may set."""
    x_range, y_range = (Range1d(start=start, end=end) for _ in range(2))
    return plain_figure(x_range=x_range, y_range=y_range, **options)


def number_ticks() -> NumeralTickFormatter:
    """Numbers at an axis, small ones to four digits."""
    return NumeralTickFormatter(format="0.[0000]")


def span(low: float, high: float) -> dict[str, float]:
    """The ends of a range that shows low, high and zero, with a margin."""
    low, high = min(float(low), 0.0), max(float(high), 0.0)
    margin = 0.05 * (high - low) or 1.0
    return {"start": low - margin, "end": high + margin}


def add_hover(plot: Any, renderers: Sequence[Any], tips: Any, **options: Any) -> HoverTool:
    """A tooltip over some of a figure's glyphs: HTML, or lines of a name and a value. Bokeh escapes
    the values that it fills in."""
    tool = HoverTool(renderers=list(renderers), tooltips=tips, **options)
    plot.add_tools(tool)
    return tool


def label_rows(plot: Any, heights: FloatArray, labels: Sequence[str]) -> None:
    """Labels the vertical axis, which has a FixedTicker, at every height."""
    ticks = [float(height) for height in heights]
    plot.yaxis[0].ticker.ticks = ticks
    plot.yaxis.major_label_overrides = dict(zip(ticks, map(literal, labels), strict=True))


def literal(text: str) -> str | PlainText:
    """A text as it stands: Bokeh would set what stands between dollar signs as mathematics."""
    return PlainText(text=text) if "$$" in text or "\\" in text else text


def nearest_row(heights: FloatArray, height: float) -> int | None:
    """The row that a click at ``height`` meant: the nearest one, if it is within half a row."""
    if not len(heights):
        return None
    row = int(np.abs(heights - height).argmin())
    return row if abs(float(heights[row]) - height) <= 0.5 else None
