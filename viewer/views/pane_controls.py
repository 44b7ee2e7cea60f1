"""The controls of one pane: its model, release and analysis, and the model's summary."""

from collections.abc import Sequence

import panel as pn

from viewer.data import release_store
from viewer.data.memory_heads import coverage_rows, heads_of, readers_of
from viewer.data.multiples import dated
from viewer.state.explorer_state import ANALYSED, ExplorerState
from viewer.state.session import missing_text
from viewer.views.model_summary import (
    clustered_words_rows,
    model_rows,
    quality_rows,
    release_html,
    rows_html,
    saturation_rows,
)
from viewer.views.widgets import HtmlLine, View, bound, small_html, styled, warning_html
from warehouse.errors import RnnvisError
from warehouse.release_index import by_family

_LEFT, _RIGHT = {"margin": (0, 4, 8, 0)}, {"margin": (0, 0, 8, 4)}
"""Of two widgets side by side."""


def folded(models: Sequence[str], chosen: str | None) -> dict[str, str]:
    """The models to choose from, by what a list says of them: of several seeds the first, with the
    number of further ones, unless one of the family is ``chosen``."""
    shown: dict[str, str] = {}
    for family in by_family(models).values():
        first, *others = family
        if others and chosen not in family:
            shown[f"{first} +{len(others)} seed{'s' if len(others) > 1 else ''}"] = first
        else:
            shown.update((model, model) for model in family)
    return shown


class PaneControls(View):
    """Widgets of what decides the picture of one pane."""

    def __init__(self, state: ExplorerState) -> None:
        super().__init__()
        self.state = state
        self.model = styled(pn.widgets.Select, "Model")
        self.model.param.watch(lambda event: self._take_model(event.new), "value")
        state.watch(self._offer_models, "model")
        state.param.watch(lambda _: self._offer_models(), "model", what="objects")
        self._offer_models()
        self.release = styled(pn.widgets.Select, "Release")
        self.release.param.watch(lambda event: self._take_release(event.new), "value")
        self.warning, self.gain = HtmlLine(), HtmlLine()
        state.watch(self._show_gain, *ANALYSED)
        state.watch(self._offer_releases, "release_id")
        state.watch(self._warn_of_missing, "missing", "release_id")
        self._offer_releases()
        self._warn_of_missing()
        self._show_gain()
        select = pn.widgets.Select
        slider = bound(state, pn.widgets.IntSlider, "num_clusters", "Clusters", **_RIGHT)
        slider._debounce = 0  # Panel waits for 50 ms by default
        self.root = pn.Column(
            self.model,
            self.release,
            pn.Row(
                bound(state, select, "layer", "Layer", **_LEFT),
                bound(state, select, "state", "State", **_RIGHT),
                margin=0,
            ),
            pn.Row(bound(state, select, "affinity", "Affinity", **_LEFT), slider, margin=0),
            self.gain,
            self.warning,
            margin=0,
        )

    def _offer_models(self) -> None:
        """Lists the published models, those of other seeds folded."""
        chosen = self.state.model
        self.model.param.update(
            options=folded(self.state.param.model.objects, chosen), value=chosen
        )

    def _take_model(self, model: str | None) -> None:
        if model and model != self.state.model:
            self.state.model = model

    def _offer_releases(self) -> None:
        """Lists the kept releases, the newest first; hidden where there is only one."""
        kept = {dated(name): name for name in self.state.kept_releases()}
        self.release.param.update(
            options=kept, value=self.state.release_id or None, visible=len(kept) > 1
        )

    def _show_gain(self) -> None:
        """Says which number of clusters stands out most from chance."""
        state, text = self.state, ""
        if not state.problem:
            try:
                number, gain = state.release.clusters.beyond_chance(
                    layer=state.layer, state=state.state, affinity=state.affinity
                )
                text = f"Farthest from chance: {number} clusters (cut lower by {gain:.2f})"
            except RnnvisError:
                pass  # the main view reports it
        self.gain.put(text.replace("-", "−"))

    def _take_release(self, release_id: str | None) -> None:
        if release_id and release_id != self.state.release_id:
            problem = self.state.take_release(release_id)
            if problem:
                self.warning.put(warning_html(problem))
                self._offer_releases()

    def _warn_of_missing(self) -> None:
        self.warning.put(warning_html(missing_text(self.state)))


class PaneCard(View):
    """The summary of a pane's model, and the quality of the clusters that it shows."""

    def __init__(self, state: ExplorerState) -> None:
        super().__init__()
        self.state = state
        self.model, self.quality = small_html(), small_html()
        state.watch(self._show, *ANALYSED, "num_clusters")
        self._show()
        self.root = pn.Column(self.model, self.quality, margin=0)

    def _show(self) -> None:
        state, model, quality = self.state, "", ""
        if not state.problem:
            try:
                found = release_store.co_clustering(state.release, state.analysis)
            except RnnvisError:
                pass  # the main view reports it
            else:
                model = "<hr>" + rows_html(model_rows(state.facts)) + release_html(state.facts)
                words = release_store.clustered_words(state.release, state.analysis)
                saturation = state.release.units.saturation(layer=state.layer, state=state.state)
                rows = quality_rows(found.quality) + saturation_rows(saturation)
                if state.state == "cell":
                    heads = heads_of(state.release, state.layer)
                    rows += coverage_rows(heads, readers_of(state.facts.model))
                rows += clustered_words_rows(words, state.facts.minimum_count)
                quality = "<hr>" + rows_html(rows)
        self.model.object, self.quality.object = model, quality
