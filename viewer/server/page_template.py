"""Panel's template and models at less cost: what a page has, without what it never shows."""

from functools import cache
from typing import Any

import panel as pn
from bokeh.core.has_props import HasProps
from bokeh.core.property.descriptors import PropertyDescriptor
from bokeh.document import Document
from bokeh.models.ui import UIElement
from bokeh.settings import settings
from panel.theme import Design

from viewer.style import PAGE

_SPINNER, _SCROLLING = ".pn-loading", "listpanel.css"


class PlainDesign(Design):
    """No style sheets of Panel's in any model: ``page.html`` has their colours once, which all
    inherit. With one of its designs every view loads two, a tenth of the browser's work."""


class PageTemplate(pn.Template):
    """Panel's template without three costs: the representation of all its views, made whenever one
    is added; the search for all models after each root and each change of styles; and the styles of
    spinners and of scrolling in models that have neither."""

    def __init__(self, **options: Any) -> None:
        super().__init__(PAGE, **options)

    def __repr__(self) -> str:
        return type(self).__name__

    def _init_doc(self, doc: Document | None = None, *args: Any, **options: Any) -> Document:
        document: Document = doc or pn.state.curdoc or Document()
        with document.models.freeze():
            super()._init_doc(document, *args, **options)
            for root in document.roots:
                for model in root.references():
                    if isinstance(model, UIElement):
                        model.stylesheets = _needed(model)
        return document


def _needed(model: UIElement) -> list[Any]:
    scrolls = any(name.startswith("scroll") for name in model.css_classes)
    unused = ("css/loading.css",) if scrolls else ("css/loading.css", _SCROLLING)
    return [
        style
        for style in model.stylesheets
        if not (_SPINNER in str(style) or any(name in getattr(style, "url", "") for name in unused))
    ]


def skip_repeated_lookups() -> None:
    """Makes a page in five sixths of the time, for all pages of this process. Bokeh reads a
    property 25,000 times for one, and most have their default: for each it gathers the defaults
    that a class overrides from all its bases, asks whether a new one is due each time, and raises
    and catches an error to see that no theme was applied. Its checks of callbacks' signatures and
    of layouts are for who writes pages: tests that make some without a server have them."""
    gathered = cache(HasProps._overridden_defaults.__func__)  # type: ignore[attr-defined]
    HasProps._overridden_defaults = classmethod(gathered)  # type: ignore[method-assign, assignment, arg-type]
    HasProps.themed_values = lambda self: self.__dict__.get("__themed_values__")  # type: ignore[method-assign]
    asked = PropertyDescriptor.has_unstable_default
    of_class = cache(lambda descriptor, kind: asked(descriptor, kind))
    PropertyDescriptor.has_unstable_default = lambda self, obj: of_class(  # type: ignore[method-assign]
        self, obj if isinstance(obj, type) else type(obj)
    )
    settings.perform_error_diagnostics = settings.perform_document_validation = False


pn.config.design = PlainDesign
