"""What a page's models are spared, and that they are the same models."""

from collections.abc import Iterator

import panel as pn
import pytest
from bokeh.core.has_props import HasProps
from bokeh.core.property.descriptors import PropertyDescriptor
from bokeh.document import Document
from bokeh.document.models import DocumentModelManager
from bokeh.models.layouts import Column
from bokeh.models.sources import ColumnDataSource
from bokeh.models.ui import UIElement
from bokeh.models.widgets.buttons import Button
from bokeh.settings import settings
from bokeh.themes import Theme

from viewer.server.page_template import PageTemplate, skip_repeated_lookups


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in ("_overridden_defaults", "themed_values"):
        monkeypatch.setattr(HasProps, name, HasProps.__dict__[name])
    unstable = PropertyDescriptor.has_unstable_default
    monkeypatch.setattr(PropertyDescriptor, "has_unstable_default", unstable)
    skip_repeated_lookups()
    yield
    settings.perform_error_diagnostics.unset_value()
    settings.perform_document_validation.unset_value()


def _document() -> Document:
    page = PageTemplate()
    for name in ("banner", "controls", "main", "detail"):
        page.add_panel(name, pn.Column(pn.widgets.Button(label=name), pn.Row("text")))  # type: ignore[no-untyped-call]
    document = Document()
    page._init_doc(document)
    return document


def test_models_are_searched_for_once(monkeypatch: pytest.MonkeyPatch) -> None:
    searches = []
    search = DocumentModelManager.recompute

    def counted(manager: DocumentModelManager) -> None:
        searches.append(manager)
        search(manager)

    monkeypatch.setattr(DocumentModelManager, "recompute", counted)
    document = _document()
    assert len(searches) == 1
    assert sum(isinstance(model, Button) for model in document.models) == 4


def test_no_model_has_styles_of_a_design_spinner_or_scrolling() -> None:
    pages = [model for model in _document().models if isinstance(model, UIElement)]
    urls = {str(getattr(style, "url", style)) for model in pages for style in model.stylesheets}
    assert not [url for url in urls if "theme/" in url or "loading" in url or "listpanel" in url]
    assert any("button.css" in url for url in urls)


def test_a_layout_that_scrolls_keeps_its_style() -> None:
    page = PageTemplate()
    page.add_panel("main", pn.Column("text", scroll="y"))
    page._init_doc(document := Document())
    (column,) = [model for model in document.roots if isinstance(model, Column)]
    assert any("listpanel.css" in str(getattr(s, "url", "")) for s in column.stylesheets)


def test_defaults_and_themes_are_those_of_bokeh(quick: None) -> None:
    button = Button()
    assert button.themed_values() is None
    Theme(json={"attrs": {"Button": {"label": "themed"}}}).apply_to_model(button)
    assert (button.label, button.themed_values()) == ("themed", {"label": "themed"})
    button.unapply_theme()
    assert (button.label, button.themed_values()) == ("Button", None)


def test_what_each_model_has_for_itself_is_not_shared(quick: None) -> None:
    one, other = ColumnDataSource(), ColumnDataSource()
    one.data["x"] = [1]
    assert "x" not in other.data
    assert one.selected is not other.selected


def test_a_class_has_its_own_defaults(quick: None) -> None:
    assert ColumnDataSource.lookup("data").has_unstable_default(ColumnDataSource)  # type: ignore[arg-type]
    assert not Button.lookup("label").has_unstable_default(Button)  # type: ignore[arg-type]
