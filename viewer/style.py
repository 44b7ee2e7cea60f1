"""The page's frame and style, and widgets that wear it."""

from pathlib import Path
from typing import Any

import panel as pn
from bokeh.embed.bundle import extension_dirs

COMPONENT = Path(__file__).with_name("component")
EXTENSION = "rnnvis"
WIDTH = 180
WIDGET_STYLE = f"static/extensions/{EXTENSION}/widgets.css"
"""Style of Panel's widgets and of our own HTML, which live in shadow roots: one file for all."""

PAGE = Path(__file__).with_name("page.html").read_text("utf-8")
"""The page around the views (Jinja)."""

# Bokeh's server serves this folder at static/extensions/rnnvis: the modules import each other by
# relative address, so there is no build step and nothing comes from outside.
extension_dirs[EXTENSION] = COMPONENT


def styled(widget: Any, label: str, **options: Any) -> Any:
    """A widget of the control panel: a class, or a ``from_param`` already given its parameter."""
    common = {"width": WIDTH, "margin": (0, 0, 8, 0), "stylesheets": [WIDGET_STYLE]}
    return widget(label=label, **(common | options))


def small_html(text: str = "") -> pn.pane.HTML:
    """A piece of HTML of the control panel."""
    return pn.pane.HTML(text, width=WIDTH, margin=(0, 0, 8, 0), stylesheets=[WIDGET_STYLE])


def group(title: str, *contents: Any, collapsed: bool = False) -> pn.Card:
    """A part of the control panel under a heading that folds it away."""
    heading = pn.pane.HTML(f"<h3>{title}</h3>", margin=0, stylesheets=[WIDGET_STYLE])
    return pn.Card(
        *contents, header=heading, collapsed=collapsed, width=WIDTH, margin=(0, 0, 6, 0),
        css_classes=["group"], stylesheets=[WIDGET_STYLE],
    )  # fmt: skip
