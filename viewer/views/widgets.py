"""Widgets of the control panel in the page's style, and their binding to the state."""

from functools import partial
from html import escape
from typing import Any

import panel as pn

from viewer.state.explorer_state import ExplorerState
from viewer.style import WIDGET_STYLE

WIDE: dict[str, Any] = {"sizing_mode": "stretch_width"}


class View(pn.viewable.Viewer):
    """A part of the page; ``root`` is what stands there."""

    root: Any

    def __panel__(self) -> Any:
        return self.root


def styled(widget: Any, label: str, **options: Any) -> Any:
    """A widget of the control panel: a class, or a ``from_param`` with its parameter."""
    common = {"margin": (0, 0, 8, 0), "stylesheets": [WIDGET_STYLE]}
    common |= {} if "width" in options else WIDE
    return widget(label=label, **(common | options))


def bound(state: ExplorerState, widget: Any, name: str, label: str, **options: Any) -> Any:
    """A widget that shows and sets a parameter of the state."""
    return styled(partial(widget.from_param, state.param[name]), label, **options)


def small_html(text: str = "", **options: Any) -> pn.pane.HTML:
    """A piece of HTML in the page's style; without a margin, with that of the control panel."""
    common = {**WIDE, "margin": (0, 0, 8, 0), "stylesheets": [WIDGET_STYLE]}
    return pn.pane.HTML(text, **(common | options))


def warning_html(text: str) -> str:
    """A text as a warning, "" without one."""
    return f"<div class=warning>{escape(text)}</div>" if text else ""


class HtmlLine(View):
    """A piece of HTML, hidden while it is empty; ``options`` as of ``small_html``."""

    def __init__(self, **options: Any) -> None:
        super().__init__()
        self.root = self.pane = small_html(visible=False, **options)

    def put(self, html: str) -> None:
        self.pane.param.update(object=html, visible=bool(html))


def group(title: str, *contents: Any, collapsed: bool = False) -> pn.Card:
    """A part of the control panel under a heading that collapses it."""
    heading = pn.pane.HTML(f"<h3>{title}</h3>", margin=0, stylesheets=[WIDGET_STYLE])
    return pn.Card(
        *contents, header=heading, collapsed=collapsed, **WIDE, margin=(0, 0, 6, 0),
        css_classes=["group"], stylesheets=[WIDGET_STYLE],
    )  # fmt: skip


class TickBox(View):
    """A box for a parameter that is true or false. Its text can be clicked and is read out by a
    screen reader, unlike that of Bokeh's own Checkbox."""

    def __init__(self, state: ExplorerState, name: str, label: str) -> None:
        super().__init__()
        self._state, self._name, self._label = state, name, label
        self.root = self.box = styled(pn.widgets.CheckBoxGroup, "", options=[label])
        self.box.param.watch(lambda event: setattr(state, name, bool(event.new)), "value")
        state.watch(self._show, name)
        self._show()

    def _show(self) -> None:
        self.box.value = [self._label] if getattr(self._state, self._name) else []
