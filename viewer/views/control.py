"""The control panel: what to look at, finding a word, and the model's card."""

from functools import partial
from html import escape
from typing import Any

import panel as pn
import param

from viewer import store
from viewer.state import ANALYSED, ExplorerState
from viewer.style import small_html, styled
from viewer.theme import TAG_NAMES, theme_of
from viewer.views.card import model_rows, quality_rows, release_html, rows_html
from viewer.views.sentences import SentencePicker
from warehouse.errors import RnnvisError

NO_TAGS = "This release has no tags: there was no tagger data. Repair: rnnvis doctor"
HEADING = "<h1>RNNVis</h1>"


class ControlView(pn.viewable.Viewer):
    """Widgets of the state's parameters; it draws nothing by itself but the cards."""

    def __init__(self, state: ExplorerState) -> None:
        super().__init__()
        self.state = state
        self.search = styled(pn.widgets.TextInput, "Find", placeholder="a word, or unit 17")
        self.search.param.watch(self._find, "value")
        self.sentences = SentencePicker(state)
        self.found, self.model_card, self.quality_card, self.tags = (small_html() for _ in range(4))
        state.watch(self._show_cards, *ANALYSED, "num_clusters")
        state.watch(self._show_tags, "release_id", "by_tag", "dark")
        self._show_cards()
        self._show_tags()

    def _widget(self, kind: Any, name: str, label: str) -> Any:
        return styled(partial(kind.from_param, self.state.param[name]), label)

    def __panel__(self) -> pn.Column:
        slider = self._widget(pn.widgets.IntSlider, "num_clusters", "Clusters")
        slider._debounce = 0  # it answers while it moves; Panel would wait for 50 ms
        return pn.Column(
            small_html(HEADING),
            self._widget(pn.widgets.Select, "model", "Model"),
            self._widget(pn.widgets.Select, "layer", "Layer (0 is nearest the input)"),
            self._widget(pn.widgets.Select, "state", "State"),
            self._widget(pn.widgets.Select, "affinity", "Affinity"),
            slider,
            self.search,
            self.found,
            self.sentences,
            self._widget(pn.widgets.Checkbox, "by_tag", "Colour by part of speech"),
            self.tags,
            self._widget(pn.widgets.Checkbox, "dark", "Dark"),
            self.model_card,
            self.quality_card,
            margin=0,
        )

    def _find(self, event: param.parameterized.Event) -> None:
        if not event.new.strip() or self.state.problem:
            return
        problem = self.state.find(event.new.strip())
        self.found.object = f"<div class=warning>{escape(problem)}</div>" if problem else ""
        if not problem:
            self.search.value = ""

    def _show_cards(self) -> None:
        model = quality = ""
        if not self.state.problem:
            try:
                found = store.co_clustering(self.state.release, self.state.analysis)
            except RnnvisError:
                pass  # the main view says why
            else:
                model = "<hr>" + rows_html(model_rows(self.state.facts))
                model += release_html(self.state.facts)
                quality = "<hr>" + rows_html(quality_rows(found.quality))
        self.model_card.object, self.quality_card.object = model, quality

    def _show_tags(self) -> None:
        if not self.state.by_tag or self.state.problem:
            self.tags.object = ""
        elif not any(self.state.vocabulary.tags):
            self.tags.object = f"<div class=warning>{NO_TAGS}</div>"
        else:
            colours = theme_of(self.state.dark).tags.items()
            names = (f"<span style='color: {c}'>{TAG_NAMES[tag]}</span>" for tag, c in colours)
            self.tags.object = f"<div class=tags>{''.join(names)}</div>"
