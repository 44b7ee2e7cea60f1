"""Style sheets, read once, and widgets that wear them."""

from functools import cache
from pathlib import Path
from typing import Any

import panel as pn

WIDTH = 180
_FOLDER = Path(__file__).with_name("page")


@cache
def widget_style() -> str:
    """Style of Panel's widgets and of our own HTML, which live in shadow roots."""
    return (_FOLDER / "widgets.css").read_text("utf-8")


@cache
def page_template() -> str:
    """The page around the views (Jinja)."""
    return (_FOLDER / "page.html").read_text("utf-8")


def styled(widget: Any, label: str, **options: Any) -> Any:
    """A widget of the control panel: a class, or a ``from_param`` already given its parameter."""
    common = {"width": WIDTH, "margin": (0, 0, 8, 0), "stylesheets": [widget_style()]}
    return widget(label=label, **(common | options))


def small_html(text: str = "") -> pn.pane.HTML:
    """A piece of HTML of the control panel."""
    return pn.pane.HTML(text, width=WIDTH, margin=(0, 0, 8, 0), stylesheets=[widget_style()])
