"""One of the small multiples: the chips and clouds of a view, without sentences."""

from collections.abc import Callable, Sequence
from html import escape
from typing import Any

import panel as pn

from viewer.data import release_store
from viewer.data.cluster_matching import ClusterMatching
from viewer.data.cluster_moves import cluster_moves
from viewer.data.multiples import Multiple
from viewer.data.release_store import Analysis
from viewer.data.silencing_costs import SilencingCosts
from viewer.style import WIDGET_STYLE
from viewer.views.component_data import (
    CoClusterComponent,
    clusters_data,
    measures_data,
    response_data,
    vocabulary_data,
)
from viewer.views.match_data import cluster_marks
from viewer.views.widgets import HtmlLine, View, small_html
from warehouse.reader import Release

HEIGHT, TALL = 420, 640
Shown = tuple[Multiple, Release, Analysis]
Act = Callable[[object], object]
"""Takes the event of a click."""


class MultipleCell(View):
    """One view: a heading that opens or removes it, over its chips and clouds."""

    def __init__(self, open_: Act, remove: Act) -> None:
        super().__init__()
        self.shown: Shown | None = None
        self.heading = small_html(margin=(4, 6, 0, 10))
        style: dict[str, Any] = {"stylesheets": [WIDGET_STYLE], "margin": (2, 4), "align": "center"}
        buttons = [
            pn.widgets.Button(label=label, width=wide, on_click=act, **style)
            for label, wide, act in (("Open", 52, open_), ("×", 28, remove))
        ]
        self.head = pn.Row(self.heading, *buttons, sizing_mode="stretch_width", margin=0)
        self.text = HtmlLine(margin=(4, 12))
        self.component = CoClusterComponent(
            sizing_mode="stretch_width", margin=0, css_classes=["small"]
        )
        self.root = pn.Column(
            self.head, self.text, self.component, sizing_mode="stretch_width", margin=(0, 10, 12, 0)
        )

    def fail(self, name: str, problem: str) -> None:
        """Reports in the place of the picture why there is none."""
        self.shown = None
        self.heading.object = f"<h2>{escape(name)}</h2>"
        self.text.put(f"<div class=hint>{escape(problem)}</div>")
        self.component.visible = False

    def draw(self, shown: Shown, matching: ClusterMatching | None, measure: str) -> None:
        """Draws chips, clouds and links; ``matching`` with the first view."""
        self.shown = multiple, release, analysis = shown
        self.heading.object = f"<h2>{escape(multiple.title)}</h2>"
        self.text.put("")
        tags = release_store.vocabulary_of(release).tags
        key = f"{multiple}/{release.release_id}/{analysis.affinity}"
        self.component.param.update(
            visible=True,
            vocabulary=vocabulary_data(key, release, analysis, tags),
            clusters=clusters_data(
                f"{key}/{analysis.num_clusters}", release, analysis, measure, SilencingCosts({})
            )
            | {"bars": "states", "means": []},
            measures=measures_data(key, cluster_moves(release, analysis)),
            match=cluster_marks(matching, 1) if matching else {},
        )

    def recolour(self, words: Sequence[str]) -> None:
        """Selects words by their text; the cells show the response to the first."""
        if self.shown is None:
            return
        _, release, analysis = self.shown
        ids = release_store.vocabulary_of(release).occurring(words)
        selection = {"words": ids, "units": [], "step": None, "silenced": None, "outside": []}
        self.component.param.update(
            selection=selection, response=_response(release, analysis, ids, words)
        )


def _response(
    release: Release, analysis: Analysis, ids: Sequence[int], words: Sequence[str]
) -> dict[str, Any]:
    if not ids:
        return {"note": f"“{words[0]}” does not occur here"} if words else {}
    return response_data(release, analysis, ids[0])
