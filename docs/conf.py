"""How Sphinx builds these pages: ``make docs``. Its source folder is the checkout, so that they
may link to the pages next to the README."""

project = "RNNVis"
copyright = "The RNNVis maintainers"  # noqa: A001 - Sphinx's own name
extensions = ["myst_parser"]
myst_heading_anchors = 3
root_doc = "docs/index"
include_patterns = ["docs/*.md", "CONTRIBUTING.md", "CHANGELOG.md"]
exclude_patterns = [".*", "storage", "tests", "docs/_build"]
nitpicky = True
html_theme = "furo"
html_title = "RNNVis"
