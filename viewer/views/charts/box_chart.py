"""The words that move one unit most, as box plots."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from bokeh.core.properties import value
from bokeh.events import Tap
from bokeh.models import ColumnDataSource, FixedTicker

from viewer.theme_colours import FONT, Theme
from viewer.views.charts.chart_frame import (
    LABEL_SIZE,
    RESPONSE,
    Choice,
    add_hover,
    dress_figure,
    label_rows,
    nearest_row,
    number_ticks,
    ranged_figure,
)
from warehouse.arrays import AnyArray, Float64Array

FRAME_HEIGHT = 94
GAP = 0.7


@dataclass(frozen=True)
class RowLabels:
    """Where the words of the rows stand: how many letters of them fit, the height of a row in
    pixels, that of a box in rows, and of the words above the boxes; at the axis where ``above`` is
    0."""

    longest: int
    row_height: int
    box_height: float
    above: float


AT_AXIS = RowLabels(longest=18, row_height=20, box_height=0.56, above=0)
ABOVE_BOXES = RowLabels(longest=12, row_height=32, box_height=0.34, above=0.33)
"""For a chart that is half as wide: labels at the axis would leave no room for the boxes."""
_NAMES = ("word", "word_id", "count", "mean", "q09", "q25", "q50", "q75", "q91")
_TIPS = [
    ("word", "@word"), ("occurrences", "@count{0,0}"), ("mean", "@mean{+0.000}"),
    ("median", "@q50{+0.000}"), ("25 to 75 %", "@q25{+0.000} to @q75{+0.000}"),
    ("9 to 91 %", "@q09{+0.000} to @q91{+0.000}"),
]  # fmt: skip


def row_heights(positive: int, negative: int) -> Float64Array:
    """Rows from the top down, a gap between the positive and the negative ones."""
    heights = -np.arange(positive + negative, dtype=np.float64) - 0.5
    if positive:
        heights[positive:] -= GAP
    return heights


class BoxChart:
    """Median, 25-75 and 9-91 % of one unit's changes at each of its words: positive means above,
    negative ones below. A click on a word calls ``on_word``."""

    def __init__(self, on_word: Choice) -> None:
        self.source = ColumnDataSource(
            {name: [] for name in (*_NAMES, "height", "sign", "label", "label_at")}
        )
        self.selected = ColumnDataSource({"height": [], "colour": []})
        self.plot = ranged_figure(height=320)
        self._rows = self.plot.hbar(
            y="height", left=-1e9, right=1e9, height=1, fill_color="colour", fill_alpha=0.13,
            line_color=None, source=self.selected,
        )  # fmt: skip
        self._zero = self.plot.vspan(x=[0], line_width=1)
        self._parting = self.plot.hspan(y=[np.nan], line_width=1, line_dash=[3, 3])
        common = {"source": self.source, "y": "height", "height": 0.56}
        self._whisker = self.plot.segment(
            x0="q09", x1="q91", y0="height", y1="height", line_width=1, source=self.source
        )
        self._box = self.plot.hbar(left="q25", right="q75", line_width=1, **common)
        self._median = self.plot.hbar(left="q50", right="q50", line_width=2, **common)
        self._labels = self.plot.text(
            x=0, y="label_at", text="label", text_font=value(FONT), text_baseline="middle",
            source=self.source,
        )  # fmt: skip
        self.plot.yaxis.ticker = FixedTicker()
        self.plot.ygrid.visible = False
        self.plot.xaxis.formatter = number_ticks()
        self.plot.xaxis.axis_label = RESPONSE
        add_hover(self.plot, [self._box, self._whisker], _TIPS)
        self.plot.on_event(Tap, lambda click: self._click(click, on_word))

    def dress(self, theme: Theme) -> None:
        dress_figure(self.plot, theme)
        colours = theme.colours
        self._signs = (colours["negative"], colours["positive"])
        self._box.glyph.update(fill_color="sign", fill_alpha=0.4, line_color="sign")
        self._median.glyph.line_color = colours["ink"]
        self._labels.glyph.update(
            text_color=colours["ink-2"], text_font_size=value(theme.pixels(LABEL_SIZE))
        )
        self._enlarged = theme.enlarged
        self._whisker.glyph.line_color = colours["ink-3"]
        self._zero.glyph.line_color = self._parting.glyph.line_color = colours["ink-3"]

    def show(
        self, unit: int, words: pa.Table, *, ends: Mapping[str, float],
        colours: Mapping[int, str], labels: RowLabels,
    ) -> None:  # fmt: skip
        """``words`` as ``detail_data.unit_boxes`` gives them; ``ends`` of the scale; ``colours``
        of the selected words by their ids. Call ``dress`` before."""
        columns = {name: words[name].to_numpy(zero_copy_only=False) for name in _NAMES}
        positive = int((columns["mean"] >= 0).sum())
        heights = row_heights(positive, len(columns["mean"]) - positive)
        signs = [self._signs[int(mean >= 0)] for mean in columns["mean"]]
        texts = _texts(columns, labels.longest)
        self.source.data = {
            **columns, "height": heights, "sign": signs,
            "label": texts if labels.above else [""] * len(texts),
            "label_at": heights + labels.above,
        }  # fmt: skip
        self._show_selected(columns["word_id"], heights, colours)
        parted = 0 < positive < len(heights)
        self._parting.data_source.data = {"y": [-positive - GAP / 2] if parted else []}
        self._fit(heights, ends, labels)
        label_rows(self.plot, heights, texts)
        self.plot.yaxis.visible = not labels.above
        self.plot.xaxis.ticker.desired_num_ticks = labels.longest // 3 + 1
        self.plot.title.text = f"Unit {unit}"

    def _show_selected(
        self, words: AnyArray, heights: AnyArray, colours: Mapping[int, str]
    ) -> None:
        rows = [i for i, word in enumerate(words) if word in colours]
        self.selected.data = {
            "height": heights[rows], "colour": [colours[words[i]] for i in rows]
        }  # fmt: skip

    def _fit(self, heights: AnyArray, ends: Mapping[str, float], labels: RowLabels) -> None:
        bottom = float(heights[-1]) - 0.5
        self.plot.x_range.update(**ends)
        self.plot.y_range.update(start=bottom, end=0)
        self._labels.glyph.x = ends["start"]
        self._box.glyph.height = self._median.glyph.height = labels.box_height
        self.plot.height = FRAME_HEIGHT + round(-bottom * labels.row_height * self._enlarged)

    def _click(self, click: Tap, on_word: Choice) -> None:
        heights = np.asarray(self.source.data["height"])
        row = None if click.y is None else nearest_row(heights, click.y)
        if row is not None:
            on_word.take(click, int(self.source.data["word_id"][row]))


def _texts(columns: Mapping[str, Sequence[Any]], longest: int) -> list[str]:
    """Words with their counts; a shortened word is complete in its tooltip."""
    shown = [
        word if len(word) <= longest else f"{word[: longest - 1]}…" for word in columns["word"]
    ]
    return [f"{word}  {count:,}" for word, count in zip(shown, columns["count"], strict=True)]
