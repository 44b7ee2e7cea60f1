"""One view a pane: the second is made when a comparison begins, and removed when it ends."""

from collections.abc import Callable
from html import escape
from typing import Any

import panel as pn

from viewer.state.explorer_state import ANALYSED, ExplorerState
from viewer.state.session import Session
from viewer.views.widgets import HtmlLine, View, styled

LEFT, RIGHT = "Left", "Right"
OWN_SCALES = "Own scales for each pane"
Make = Callable[[ExplorerState, str], Any]
Describe = Callable[[ExplorerState], str]


def view_of(state: ExplorerState) -> str:
    """What a pane shows, in words."""
    if state.problem:
        return state.model or ""
    return f"{state.model}, {state.layer_facts.name}, {state.state}"


class PaneByPane(View):
    """``make`` is called with a pane's state and its side, LEFT or RIGHT; what it returns stands in
    ``layout``, which has the CSS class "comparing" while there are two."""

    def __init__(self, session: Session, make: Make, layout: pn.layout.ListPanel) -> None:
        super().__init__()
        self._make, self._session = make, session
        self.root = self.layout = layout
        self.views: list[Any] = [make(session.left, LEFT)]
        session.param.watch(lambda _: self._arrange(), "right")
        self._arrange()

    def _arrange(self) -> None:
        right = self._session.right
        self.views[1:] = [] if right is None else [self._make(right, RIGHT)]
        classes = [] if right is None else ["comparing"]
        self.layout.param.update(objects=list(self.views), css_classes=classes)


class PaneName(HtmlLine):
    """The heading of a pane's part of the page; hidden while there is only one pane."""

    def __init__(
        self, session: Session, state: ExplorerState, side: str, name: Describe, **options: Any
    ) -> None:
        super().__init__(**({"margin": (6, 12, 4, 0)} | options))
        self._session, self._state, self._side, self._name = session, state, side, name
        session.param.watch(lambda _: self._draw(), "right")
        state.watch(self._draw, *ANALYSED)
        self._draw()

    def _draw(self) -> None:
        html = f"<h2>{self._side} <span>{escape(self._name(self._state))}</span></h2>"
        self.put(html if self._session.right else "")


class ScalesBox(View):
    """Whether each pane has its own scale; says why they have where nothing was chosen."""

    def __init__(self, state: ExplorerState) -> None:
        super().__init__()
        self._state = state
        self.box = styled(pn.widgets.CheckBoxGroup, "", options=[OWN_SCALES])
        self.box.param.watch(lambda event: self._take(bool(event.new)), "value")
        self.note = HtmlLine()
        self.root = pn.Column(self.box, self.note, margin=0)
        state.watch(lambda: self.offer(self.root.visible), "own_scales", "partner", "state")

    def offer(self, comparing: bool) -> None:
        state = self._state
        self.root.visible = comparing
        self.box.value = [OWN_SCALES] if state.has_own_scales else []
        text = scales_text(state) if comparing else ""
        self.note.put(f"<div>{escape(text)}</div>" if text else "")

    def _take(self, chosen: bool) -> None:
        if chosen != self._state.has_own_scales:
            self._state.own_scales = chosen


def scales_text(state: ExplorerState) -> str:
    """What is to be known of the scales of two panes that show different quantities, or ""."""
    other = state.other_pane
    if other is None or not state.differs_in_quantity:
        return ""
    if state.has_own_scales:
        shown = f"{state.state} and {other.state} states are different quantities"
        return f"Each pane has its own scale: {shown}. Compare patterns, not sizes."
    return f"One scale for two different quantities: {state.state} and {other.state} states."


class CompareSwitch(View):
    """Opens the second pane and closes it; while it is open, offers a choice of scales."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self.button = styled(pn.widgets.Button, "Compare")
        self.own_scales = ScalesBox(session.left)
        self.button.on_click(lambda _: session.close() if session.right else session.compare())
        session.param.watch(lambda _: self._show(), "right")
        self._show()
        self.root = pn.Column(self.button, self.own_scales, margin=0)

    def _show(self) -> None:
        comparing = self._session.right is not None
        self.button.label = "End the comparison" if comparing else "Compare"
        self.own_scales.offer(comparing)
