"""How often the gates of all units of a layer are nearly shut or nearly open."""

from collections.abc import Sequence

import numpy as np
from bokeh.events import Tap
from bokeh.models import ColumnDataSource, NumeralTickFormatter

from viewer.theme_colours import Theme
from viewer.views.charts.chart_frame import Choice, add_hover, dress_figure, ranged_figure
from warehouse.arrays import AnyArray

REACH = 0.04
"""A click this far from a point (as fractions) still selects it."""
_TIPS = [("", "unit @unit"), ("nearly shut", "@shut{0.0 %}"), ("nearly open", "@open{0.0 %}")]


class SaturationChart:
    """Every unit a point: the fraction of steps with the keep gate under 0.1 against that over 0.9.
    The selected ones are framed; a click on one calls ``on_unit``."""

    def __init__(self, on_unit: Choice) -> None:
        self.units = ColumnDataSource({"unit": [], "shut": [], "open": []})
        self.selected = ColumnDataSource({"unit": [], "shut": [], "open": []})
        self.plot = ranged_figure(-0.03, 1.03, height=250)
        self._limit = self.plot.line([0, 1], [1, 0], line_width=1, line_dash=[3, 3])
        self._points = self.plot.scatter(
            "shut", "open", size=6, line_color=None, fill_alpha=0.5, source=self.units
        )
        self._marks = self.plot.scatter(
            "shut", "open", size=11, fill_color=None, line_width=1.6, source=self.selected
        )
        self.plot.xaxis.axis_label = "nearly shut: steps with the gate under 0.1"
        self.plot.yaxis.axis_label = "nearly open: over 0.9"
        for axis in self.plot.axis:
            axis.formatter = NumeralTickFormatter(format="0 %")
        add_hover(self.plot, [self._points], _TIPS)
        self.plot.on_event(Tap, lambda click: self._click(click, on_unit))

    def dress(self, theme: Theme) -> None:
        dress_figure(self.plot, theme)
        colours = theme.colours
        self._limit.glyph.line_color = colours["line"]
        self._points.glyph.fill_color = colours["ink-2"]
        self._marks.glyph.line_color = colours["ink"]

    def show(
        self, shut: AnyArray, open_: AnyArray, units: Sequence[int], heads: Sequence[int] = ()
    ) -> None:
        """``shut`` and ``open_``: the fractions of all units; ``units``: the selected ones. Units
        of a head share its gate: with ``heads``, their first units, it is drawn once a head."""
        chosen, drawn = list(units), np.array(heads or range(len(shut)), np.int64)
        self.units.data = {"unit": drawn, "shut": shut[drawn], "open": open_[drawn]}
        self.selected.data = {"unit": chosen, "shut": shut[chosen], "open": open_[chosen]}
        what = f"the gates of all {len(drawn):,} heads" if heads else f"all {len(drawn):,} units"
        self.plot.title.text = f"Saturation of {what}"

    def _click(self, click: Tap, on_unit: Choice) -> None:
        if click.x is None or click.y is None or not len(self.units.data["unit"]):
            return
        shut, open_ = (np.asarray(self.units.data[name]) for name in ("shut", "open"))
        away = np.hypot(shut - click.x, open_ - click.y)
        if away.min() <= REACH:
            on_unit.take(click, int(np.asarray(self.units.data["unit"])[away.argmin()]))
