"""Where the page's own files are: the browser component, its styles, and the page's frame."""

from pathlib import Path

from bokeh.embed.bundle import extension_dirs

COMPONENT = Path(__file__).with_name("component")
EXTENSION = "rnnvis"
WIDGET_STYLE = f"static/extensions/{EXTENSION}/widgets.css"
"""Style of Panel's widgets and of our own HTML, which live in shadow roots: one file for all."""

PAGE = Path(__file__).with_name("page.html").read_text("utf-8")
"""The page around the views (Jinja)."""

# Bokeh's server serves this folder at static/extensions/rnnvis: the modules import each other by
# relative address, so there is no build step and nothing comes from outside.
extension_dirs[EXTENSION] = COMPONENT
