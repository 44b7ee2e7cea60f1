"""The page of the training log."""

import panel as pn

from viewer.data import detail_data
from viewer.state.explorer_state import ExplorerState
from viewer.views.charts.curve_chart import CurveChart
from viewer.views.sections.section import Section, TextLine, said
from viewer.views.widgets import WIDE

SCALES = {
    "loss": "linear", "perplexity": "log", "accuracy": "linear", "learning rate": "linear",
    "gradient norm": "log",
}  # fmt: skip
"""The possible charts, and the scales of their values."""
_TITLES = {"loss": "Loss (nats)", "gradient norm": "Gradient norm before clipping"}
NO_LOG = "This model has no training log."


class TrainingSection(Section):
    """A chart for each figure of the training log that this model has."""

    def __init__(self, state: ExplorerState) -> None:
        super().__init__(state)
        self.charts = {
            name: CurveChart(_TITLES.get(name, name.capitalize()), scale)
            for name, scale in SCALES.items()
        }
        self.panes = {
            name: pn.Column(pn.pane.Bokeh(chart.plot, **WIDE), **WIDE, margin=0)
            for name, chart in self.charts.items()
        }
        self.text = TextLine()
        self.column[:] = [self.text, *self.panes.values()]

    def draw(self) -> None:
        self.text.say(said(self._draw_charts))

    def _draw_charts(self) -> str:
        found = detail_data.training_curves(self.state.release)
        for name, chart in self.charts.items():
            self.panes[name].visible = name in found
            chart.dress(self.theme)
            chart.show(found.get(name, {}))
        return "" if found else NO_LOG
