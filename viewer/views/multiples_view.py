"""Small multiples in the place of the picture: many views, each as chips and clouds."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import panel as pn

from viewer.data import release_store
from viewer.data.cluster_matching import ClusterMatching
from viewer.data.multiples import (
    MOST_MULTIPLES,
    Multiple,
    analysis_for,
    kept_releases,
    layers_and_states,
    matched_orders,
    open_multiple,
    read_multiple,
    top_layers,
)
from viewer.state.explorer_state import ExplorerState
from viewer.state.session import Session
from viewer.state.url_parameters import DRAWN
from viewer.views.comparison_lines import DifferenceLine
from viewer.views.component_data import look_data
from viewer.views.messages import listen
from viewer.views.multiple_cell import HEIGHT, TALL, MultipleCell, Shown
from viewer.views.panes import PaneByPane
from viewer.views.widgets import HtmlLine, View, small_html, styled, warning_html
from warehouse.errors import ReleaseError, RnnvisError
from warehouse.storage import Storage

ADD = "add …"
UNKNOWN = "expected model~layer~state"
ABOUT = (
    "Clusters are numbered as their matches in the first; the bar at a cloud’s edge shows how well "
    "they match."
)


class MultiplesView(View):
    """The grid, shown in the place of ``pictures`` while there is something in it."""

    def __init__(self, session: Session, storage: Storage, pictures: PaneByPane) -> None:
        super().__init__()
        self.state, self._storage = session.left, storage
        self.pictures, self.difference = pictures, DifferenceLine(session)
        self.words: list[str] = []
        self.cells: dict[str, MultipleCell] = {}
        self.back = styled(
            pn.widgets.Button, "Back to the picture", width=150, margin=(8, 12, 4, 0)
        )
        self.back.on_click(lambda _: setattr(self.state, "multiples", []))
        self.about = small_html(f"<div class=hint>{ABOUT}</div>", margin=(10, 12, 4, 12))
        self.grid = pn.GridBox(sizing_mode="stretch_width", margin=0)
        self.column = pn.Column(
            pn.Row(self.about, self.back, sizing_mode="stretch_width", margin=0), self.grid,
            sizing_mode="stretch_both", scroll=True, margin=0, visible=False,
        )  # fmt: skip
        state = self.state
        state.watch(self._show, "multiples", "affinity", "num_clusters", "word_size")
        state.watch(self._dress, "dark", *DRAWN)
        state.watch(self._follow, "word", "overlaid", "release_id")
        self._follow()
        self._show()
        parts = self.difference, self.pictures, self.column
        self.root = pn.Column(*parts, sizing_mode="stretch_both", margin=0)

    def _show(self) -> None:
        asked = list(self.state.multiples)
        self.column.visible = bool(asked)
        self.pictures.layout.visible = not asked
        self.cells = {text: self.cells.get(text) or self._cell(text) for text in asked}
        for (text, cell), drawn in zip(self.cells.items(), self._drawn(asked), strict=True):
            if isinstance(drawn, str):
                cell.fail(text, drawn)
            else:
                cell.draw(*drawn, self.state.word_size)
                cell.recolour(self.words)
        self._dress()
        columns = columns_for(len(asked))
        for cell in self.cells.values():
            cell.component.height = TALL if len(asked) <= columns else HEIGHT
        self.grid.param.update(objects=list(self.cells.values()), ncols=columns)

    def _drawn(self, asked: Sequence[str]) -> list[tuple[Shown, ClusterMatching | None] | str]:
        """What each is drawn from, or why it cannot be."""
        found: dict[str, Shown] = {}
        problems: dict[str, str] = {}
        for text in asked:
            try:
                found[text] = self._read(text)
            except RnnvisError as error:
                problems[text] = str(error)
        orders = matched_orders([shown[1:] for shown in found.values()])
        drawn: dict[str, tuple[Shown, ClusterMatching | None]] = {
            text: ((multiple, release, analysis), matching)
            for (text, (multiple, release, _)), (analysis, matching) in zip(
                found.items(), orders, strict=True
            )
        }
        return [drawn.get(text) or problems[text] for text in asked]

    def _read(self, text: str) -> Shown:
        """What a view shows. Raises RnnvisError where it cannot be shown."""
        multiple, state = read_multiple(text), self.state
        if multiple is None:
            raise ReleaseError(f"found “{text}”, {UNKNOWN}")
        release = open_multiple(self._storage, multiple)
        analysis = analysis_for(release, multiple, state.affinity, state.num_clusters)
        release_store.co_clustering(release, analysis)
        return multiple, release, analysis

    def _cell(self, text: str) -> MultipleCell:
        cell = MultipleCell(lambda _: self._open(text), lambda _: self._remove(text))
        listen(cell.component, lambda message: self._receive(cell, message))
        return cell

    def _open(self, text: str) -> None:
        """Shows a view as the picture."""
        multiple, state = read_multiple(text), self.state
        if multiple is None:
            return
        state.model = multiple.model
        if multiple.release_id and multiple.release_id != state.release_id:
            state.take_release(multiple.release_id)
        if not state.problem:
            state.param.update(layer=multiple.layer, state=multiple.state, multiples=[])

    def _remove(self, text: str) -> None:
        self.state.multiples = [other for other in self.state.multiples if other != text]

    def _receive(self, cell: MultipleCell, message: Mapping[str, Any]) -> None:
        if cell.shown is None:
            return
        known = release_store.vocabulary_of(cell.shown[1]).words
        match message:
            case {"type": "word", "word_id": None}:
                self._select([])
            case {"type": "word" | "add_word", "word_id": int(word)} if word < len(known):
                self._select([known[word]])

    def _select(self, words: list[str]) -> None:
        """Selects words in all views, and in the picture those that occur there."""
        state = self.state
        state.select_words([] if state.problem else state.vocabulary.occurring(words))
        self._recolour(words)

    def _follow(self) -> None:
        state = self.state
        if not state.problem:
            self._recolour([state.vocabulary.words[word] for word in state.words])

    def _recolour(self, words: list[str]) -> None:
        self.words = words
        for cell in self.cells.values():
            cell.recolour(words)

    def _dress(self) -> None:
        state = self.state
        choices = {name: getattr(state, name) for name in DRAWN}
        states = {cell.shown[0].state for cell in self.cells.values() if cell.shown}
        own = len(states) > 1 if state.own_scales is None else state.own_scales
        choices |= {"own_scales": own, "small": True, "cell_colour": "response"}
        for cell in self.cells.values():
            cell.component.look = look_data(state.theme, choices)


def columns_for(count: int) -> int:
    """Columns of a grid of so many views."""
    return min(max(count, 1), 2 if count <= 6 else 3)


class MultiplesControls(View):
    """Adds views to the small multiples: the one that is shown, or all of a kind."""

    def __init__(self, state: ExplorerState, storage: Storage) -> None:
        super().__init__()
        self.state, self._storage = state, storage
        self.add = styled(pn.widgets.Select, "Small multiples", options=[ADD, *self._offers])
        self.add.param.watch(lambda event: self._take(event.new), "value")
        self.warning = HtmlLine()
        self.root = pn.Column(self.add, self.warning, margin=0)

    @property
    def _offers(self) -> Mapping[str, Callable[[], Sequence[Multiple]]]:
        state, storage = self.state, self._storage
        return {
            "this view": lambda: [Multiple(state.model, state.layer, state.state)],
            "all layers and states": lambda: layers_and_states(
                storage, state.model, state.release_id
            ),
            "all kept releases": lambda: kept_releases(
                storage, state.model, state.layer, state.state
            ),
            "all models": lambda: top_layers(storage),
        }

    def _take(self, chosen: str) -> None:
        if chosen == ADD:
            return
        self.add.value = ADD
        state = self.state
        if state.problem:
            return
        added = [text for text in map(str, self._offers[chosen]()) if text not in state.multiples]
        wanted = [*state.multiples, *added]
        left_out = len(wanted) - MOST_MULTIPLES
        text = f"{MOST_MULTIPLES} views are shown at most; {left_out} are left out."
        self.warning.put(warning_html(text) if left_out > 0 else "")
        state.multiples = wanted[:MOST_MULTIPLES]
