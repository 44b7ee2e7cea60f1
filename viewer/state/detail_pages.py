"""The pages of the detail view, by the name that tabs and the address use.

A page is a ``Section`` of ``viewer.views.sections``; imported when first opened.
"""

from collections.abc import Mapping
from importlib import import_module
from types import MappingProxyType
from typing import Any

_SECTIONS = "viewer.views.sections"
PAGES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "responses": (f"{_SECTIONS}.responses_section", "ResponsesSection"),
        "units": (f"{_SECTIONS}.units_section", "UnitsSection"),
        "heads": (f"{_SECTIONS}.heads_section", "HeadsSection"),
        "in context": (f"{_SECTIONS}.context_section", "ContextSection"),
        "patterns": (f"{_SECTIONS}.patterns_section", "PatternsSection"),
        "tables": (f"{_SECTIONS}.tables_section", "TablesSection"),
        "training": (f"{_SECTIONS}.training_section", "TrainingSection"),
        "findings": (f"{_SECTIONS}.findings_section", "FindingsSection"),
        "views": (f"{_SECTIONS}.views_section", "ViewsSection"),
    }
)
"""Module and class of every page, in the order of the tabs."""
OF_MEMORIES = frozenset({"heads"})
"""Pages of networks with matrix memories."""


def page_class(name: str) -> Any:
    """The class of a page."""
    module, class_name = PAGES[name]
    return getattr(import_module(module), class_name)
