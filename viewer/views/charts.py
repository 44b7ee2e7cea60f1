"""The Bokeh charts of the detail view: built once, then only their columns and titles change."""

from typing import Any

import numpy as np
import pyarrow as pa
from bokeh.models import (
    ColumnDataSource,
    FactorRange,
    HoverTool,
    NumeralTickFormatter,
    Range1d,
)
from bokeh.plotting import figure

from viewer.theme import FONT, Theme
from warehouse.response_queries import WordResponse

ROW_HEIGHT = 21
FRAME_HEIGHT = 78


def _plain_figure(**options: Any) -> Any:
    plot: Any = figure(sizing_mode="stretch_width", toolbar_location=None, tools="", **options)
    plot.title.text_font_size = "12px"
    plot.title.text_font_style = "normal"
    plot.title.text_font = FONT
    plot.outline_line_color = None
    for axis in plot.axis:
        axis.axis_line_color = axis.major_tick_line_color = axis.minor_tick_line_color = None
        axis.major_label_text_font_size = "10.5px"
        axis.major_label_text_font = axis.axis_label_text_font = FONT
        axis.axis_label_text_font_size = "10.5px"
        axis.axis_label_text_font_style = "normal"
    return plot


def _dress(plot: Any, theme: Theme) -> None:
    """Gives a figure the theme's colours."""
    colours = theme.colours
    plot.background_fill_color = plot.border_fill_color = None
    plot.title.text_color = colours["ink"]
    plot.grid.grid_line_color = colours["grid"]
    for axis in plot.axis:
        axis.major_label_text_color = colours["ink-2"]
        axis.axis_label_text_color = colours["ink-2"]


def _span(low: float, high: float) -> dict[str, float]:
    """A range that shows low, high and zero, with a margin."""
    low, high = min(float(low), 0.0), max(float(high), 0.0)
    margin = 0.05 * (high - low) or 1.0
    return {"start": low - margin, "end": high + margin}


class ResponseChart:
    """One word's response over all units, sorted by its mean: line, 25-75 and 9-91 % bands."""

    def __init__(self) -> None:
        names = ("rank", "mean", "q09", "q25", "q75", "q91")
        self.source = ColumnDataSource({name: [] for name in names})
        self.unit = ColumnDataSource({"rank": [], "mean": []})
        self.plot = _plain_figure(
            height=236, x_range=Range1d(start=0, end=1), y_range=Range1d(start=-1, end=1)
        )
        common = {"x": "rank", "source": self.source}
        self._wide = self.plot.varea(y1="q09", y2="q91", fill_alpha=0.22, **common)
        self._narrow = self.plot.varea(y1="q25", y2="q75", fill_alpha=0.42, **common)
        self._line = self.plot.line(y="mean", line_width=1.6, **common)
        self._mark = self.plot.scatter("rank", "mean", size=8, fill_color=None, source=self.unit)
        self.plot.xgrid.visible = False
        self.plot.xaxis.axis_label = "units by response; bands 25–75 and 9–91 %"

    def dress(self, theme: Theme) -> None:
        _dress(self.plot, theme)
        self._wide.glyph.fill_color = self._narrow.glyph.fill_color = theme.colours["positive"]
        self._line.glyph.line_color = theme.colours["positive"]
        self._mark.glyph.line_color = theme.colours["ink"]

    def show(self, word: str, response: WordResponse, unit: int | None) -> None:
        order = np.argsort(response.mean, kind="stable")
        names = ("mean", "q09", "q25", "q75", "q91")
        columns = {name: getattr(response, name)[order] for name in names}
        self.source.data = {"rank": np.arange(len(order)), **columns}
        self.plot.x_range.end = len(order) - 1
        low, high = float(response.q09.min()), float(response.q91.max())
        self.plot.y_range.update(**_span(low, high))
        self.plot.title.text = f"Response to “{word}”, {response.count:,} occurrences"
        rank = [] if unit is None else [int(np.flatnonzero(order == unit)[0])]
        self.unit.data = {"rank": rank, "mean": [response.mean[unit]] if rank else []}


class UnitChart:
    """Box plots of one unit over the words that move it most: median, 25-75 and 9-91 %."""

    def __init__(self) -> None:
        self._names = ("word", "count", "mean", "q09", "q25", "q50", "q75", "q91")
        self.source = ColumnDataSource({name: [] for name in (*self._names, "sign")})
        self.plot = _plain_figure(
            height=320, x_range=Range1d(start=-1, end=1), y_range=FactorRange()
        )
        common = {"source": self.source, "y": "word"}
        self._whisker = self.plot.segment(
            x0="q09", x1="q91", y0="word", y1="word", line_width=1, source=self.source
        )
        self._box = self.plot.hbar(left="q25", right="q75", height=0.56, line_width=1, **common)
        self._median = self.plot.hbar(left="q50", right="q50", height=0.56, line_width=2, **common)
        self._zero = self.plot.vspan(x=[0], line_width=1)
        self.plot.ygrid.visible = False
        self.plot.xaxis.axis_label = "response; boxes 25–75, whiskers 9–91 %"
        self.plot.xaxis.formatter = NumeralTickFormatter(format="0.[00]")
        self.plot.add_tools(HoverTool(renderers=[self._box], tooltips=[
            ("word", "@word"), ("occurrences", "@count"), ("mean", "@mean{0.000}"),
            ("25 to 75 %", "@q25{0.000} to @q75{0.000}"),
            ("9 to 91 %", "@q09{0.000} to @q91{0.000}"),
        ]))  # fmt: skip

    def dress(self, theme: Theme) -> None:
        _dress(self.plot, theme)
        colours = theme.colours
        self._signs = {True: colours["positive"], False: colours["negative"]}
        signs = [self._signs[bool(mean >= 0)] for mean in self.source.data["mean"]]
        self.source.data = {**self.source.data, "sign": signs}
        self._box.glyph.update(fill_color="sign", fill_alpha=0.4, line_color="sign")
        self._median.glyph.line_color = colours["ink"]
        self._whisker.glyph.line_color = colours["ink-3"]
        self._zero.glyph.line_color = colours["line"]

    def show(self, unit: int, words: pa.Table, minimum: int) -> None:
        columns = {name: words[name].to_numpy() for name in self._names}
        signs = [self._signs[bool(mean >= 0)] for mean in columns["mean"]]
        self.plot.y_range.factors = words["word"].to_pylist()
        self.source.data = {**columns, "sign": signs}
        self.plot.x_range.update(**_span(columns["q09"].min(), columns["q91"].max()))
        self.plot.height = FRAME_HEIGHT + ROW_HEIGHT * len(signs)
        self.plot.title.text = f"Unit {unit}, among words seen {minimum}+ times"
