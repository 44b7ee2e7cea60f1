"""The detail column: pages about words, units, occurrences in context, the training, findings."""

from collections.abc import Mapping

import panel as pn

from viewer.state.explorer_state import ExplorerState
from viewer.state.selection import SECTIONS
from viewer.style import WIDGET_STYLE
from viewer.views.sections.context_section import ContextSection
from viewer.views.sections.findings_section import FindingsSection
from viewer.views.sections.responses_section import ResponsesSection
from viewer.views.sections.section import WIDE, Section
from viewer.views.sections.training_section import TrainingSection
from viewer.views.sections.units_section import UnitsSection

_SECTIONS = (ResponsesSection, UnitsSection, ContextSection, TrainingSection, FindingsSection)
PAGES: Mapping[str, type[Section]] = dict(zip(SECTIONS, _SECTIONS, strict=True))


class DetailView(pn.viewable.Viewer):
    """One page of the detail column at a time. A page is made when it is first turned to, and kept:
    Panel's dynamic tabs would draw it anew each time."""

    def __init__(self, state: ExplorerState) -> None:
        super().__init__()
        self.state = state
        self.sections: dict[str, Section] = {}
        names = {name.capitalize(): name for name in PAGES}
        self.turner = pn.widgets.RadioButtonGroup.from_param(
            state.param.section, options=names, label="", **WIDE, margin=(0, 8, 8, 8),
            css_classes=["turner"], stylesheets=[WIDGET_STYLE],
        )  # fmt: skip
        self.column = pn.Column(self.turner, **WIDE, margin=0)
        state.watch(self._turn, "section")
        state.watch(self._heed_problem, "problem")
        self._turn()
        self._heed_problem()

    def __panel__(self) -> pn.Column:
        return self.column

    def _turn(self) -> None:
        """Shows the page that the state names, and hides the others."""
        name = self.state.section
        if name not in self.sections:
            self.sections[name] = PAGES[name](self.state)
            self.column.append(self.sections[name])
        for other, section in self.sections.items():
            section.appear() if other == name else section.leave()

    def _heed_problem(self) -> None:
        """Shows nothing while there is nothing to look at: the main view says why."""
        self.column.visible = not self.state.problem
