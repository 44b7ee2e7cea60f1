"""The detail view: pages about words, units, occurrences in context, the training, findings."""

import panel as pn

from viewer.data.memory_heads import has_memory
from viewer.state.detail_pages import OF_MEMORIES, PAGES, page_class
from viewer.state.explorer_state import ExplorerState
from viewer.views.sections.section import Section, in_one_message
from viewer.views.widgets import WIDE, View, bound


class DetailView(View):
    """One page at a time. A page is made when it is first opened, and kept: Panel's dynamic tabs
    would draw it again each time."""

    def __init__(self, state: ExplorerState) -> None:
        super().__init__()
        self.state = state
        self.sections: dict[str, Section] = {}
        self.turner = bound(
            state, pn.widgets.RadioButtonGroup, "section", "", options=self._pages(),
            margin=(0, 8, 8, 8), css_classes=["turner", "pages"],
        )  # fmt: skip
        self.root = pn.Column(self.turner, **WIDE, margin=0)
        state.watch(self._turn, "section")
        state.watch(self._offer_pages, "release_id", "section")
        state.watch(self._heed_problem, "problem")
        self._turn()
        self._heed_problem()

    def _pages(self) -> dict[str, str]:
        """Pages by their titles: those that say something of the network, and the one on show."""
        state = self.state
        fits = not state.problem and any(
            has_memory(state.release, layer) for layer in range(len(state.facts.layers))
        )
        shown = (name for name in PAGES if fits or name not in OF_MEMORIES - {state.section})
        return {name.capitalize(): name for name in shown}

    def _offer_pages(self) -> None:
        self.turner.options = self._pages()

    def _turn(self) -> None:
        """Shows the page that the state names, and hides the others."""
        name = self.state.section
        with in_one_message():
            if name not in self.sections:
                self.sections[name] = page_class(name)(self.state)
                classes = [f"page-{name.replace(' ', '-')}"]  # by which the browser finds it
                self.sections[name].column.css_classes = classes
                self.root.append(self.sections[name])
            for other, section in self.sections.items():
                section.appear() if other == name else section.leave()

    def _heed_problem(self) -> None:
        """Hides the view while there is a problem, which the main view reports."""
        self.root.visible = not self.state.problem
