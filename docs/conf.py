"""How Sphinx builds these pages: ``make docs``."""

project = "RNNVis"
copyright = "The RNNVis authors"  # noqa: A001 - Sphinx asks for this name
extensions = ["myst_parser"]
myst_heading_anchors = 3
exclude_patterns = ["_build"]
nitpicky = True
html_theme = "furo"
html_title = "RNNVis"
