"""What one pane looks at: its model, release and analysis, and the card that tells what it is."""

from collections.abc import Sequence
from functools import partial
from html import escape
from typing import Any

import panel as pn

from viewer.data import release_store
from viewer.data.pending_models import unfinished_text
from viewer.state.explorer_state import ANALYSED, ExplorerState
from viewer.state.linked_panes import missing_text
from viewer.style import WIDTH, small_html, styled
from viewer.views.model_summary import model_rows, quality_rows, release_html, rows_html
from warehouse.errors import RnnvisError

_FEW = 2
GAP = 8
HALF = (WIDTH - GAP) // 2


class PaneControls(pn.viewable.Viewer):
    """Widgets of what decides the picture of one pane."""

    def __init__(self, state: ExplorerState) -> None:
        super().__init__()
        self.state = state
        self.release = styled(pn.widgets.Select, "Release")
        self.release.param.watch(lambda event: self._take_release(event.new), "value")
        self.warning = small_html()
        self.unfinished = small_html()
        state.watch(self._offer_releases, "release_id")
        state.watch(self._list_unfinished, "unfinished")
        state.watch(self._warn_of_missing, "missing", "release_id")
        self._offer_releases()
        self._warn_of_missing()
        self._list_unfinished()

    def _list_unfinished(self) -> None:
        html = unfinished_html(unfinished_text(self.state.unfinished))
        self.unfinished.param.update(object=html, visible=bool(self.state.unfinished))

    def _widget(self, kind: Any, name: str, label: str, **options: Any) -> Any:
        return styled(partial(kind.from_param, self.state.param[name]), label, **options)

    def __panel__(self) -> pn.Column:
        half = {"width": HALF, "margin": (0, GAP, 8, 0)}
        select = pn.widgets.Select
        slider = self._widget(pn.widgets.IntSlider, "num_clusters", "Clusters", **half)
        slider._debounce = 0  # it answers while it moves; Panel would wait for 50 ms
        return pn.Column(
            self._widget(select, "model", "Model"),
            self.unfinished,
            self.release,
            pn.Row(
                self._widget(select, "layer", "Layer", **half),
                self._widget(select, "state", "State", **half),
                margin=0,
            ),
            pn.Row(self._widget(select, "affinity", "Affinity", **half), slider, margin=0),
            self.warning,
            margin=0,
        )

    def _offer_releases(self) -> None:
        """Lists the releases that are kept, the newest first; hidden where there is no choice."""
        kept = self.state.kept_releases()
        self.release.param.update(
            options=kept, value=self.state.release_id or None, visible=len(kept) > 1
        )

    def _take_release(self, release_id: str | None) -> None:
        if release_id and release_id != self.state.release_id:
            problem = self.state.take_release(release_id)
            if problem:
                self._warn(problem)
                self._offer_releases()

    def _warn_of_missing(self) -> None:
        self._warn(missing_text(self.state))

    def _warn(self, text: str) -> None:
        html = f"<div class=warning>{escape(text)}</div>" if text else ""
        self.warning.param.update(object=html, visible=bool(text))


class PaneCard(pn.viewable.Viewer):
    """The card of a pane's model, and how clear the clusters are that it looks at."""

    def __init__(self, state: ExplorerState) -> None:
        super().__init__()
        self.state = state
        self.model, self.quality = small_html(), small_html()
        state.watch(self._show, *ANALYSED, "num_clusters")
        self._show()

    def __panel__(self) -> pn.Column:
        return pn.Column(self.model, self.quality, margin=0)

    def _show(self) -> None:
        model = quality = ""
        if not self.state.problem:
            try:
                found = release_store.co_clustering(self.state.release, self.state.analysis)
            except RnnvisError:
                pass  # the main view says why
            else:
                model = "<hr>" + rows_html(model_rows(self.state.facts))
                model += release_html(self.state.facts)
                quality = "<hr>" + rows_html(quality_rows(found.quality))
        self.model.object, self.quality.object = model, quality


def unfinished_html(told: Sequence[str]) -> str:
    """What is said of models without a release; that of many is unfolded by a click."""
    text = "<br>".join(map(escape, told))
    if len(told) <= _FEW:
        return f"<p class=small>{text}</p>"
    heading = f"<summary>{len(told)} models are not finished</summary>"
    return f"<details class=small>{heading}{text}</details>"
