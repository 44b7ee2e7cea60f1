"""The forms of the export menu, and the files that the server makes for it."""

from typing import Any

import numpy as np

from viewer.export.export_tables import numbers, stem_of
from viewer.export.standalone_page import standalone_page
from viewer.state.explorer_state import ExplorerState
from viewer.views.component_data import CoClusterComponent
from warehouse.errors import RnnvisError

FORMS = (
    ("link", "Copy link", "link"),
    ("svg", "Picture, SVG", "picture"),
    ("png", "Picture, PNG", "picture"),
    ("charts", "Charts, SVG", "charts"),
    ("csv", "Numbers, CSV", "server"),
    ("parquet", "Numbers, Parquet", "server"),
    ("html", "Whole analysis, HTML", "server"),
)
"""Every form, its label in the menu, and what it is made of or by: the browser copies the address,
and makes pictures and the charts of the detail view; the server makes files."""
FILES = tuple(form for form, _, maker in FORMS if maker == "server")


def exports_data(state: ExplorerState) -> dict[str, Any]:
    """The available forms, and the name of the files without their endings."""
    return {"stem": stem_of(state), "forms": list(map(list, FORMS))}


def answer_export(form: str, state: ExplorerState, component: CoClusterComponent) -> dict[str, Any]:
    """The message for the browser that holds the file, or says why there is none."""
    try:
        return _file(form, state, component)
    except RnnvisError as error:
        return {"type": "refusal", "text": str(error)}


def _file(form: str, state: ExplorerState, component: CoClusterComponent) -> dict[str, Any]:
    stem = stem_of(state)
    if form == "html":
        page = standalone_page(state, component)
        return _saved(f"{stem}.html", "text/html", page)
    packed = numbers(state, component.sentences, form)
    return _saved(f"{stem}_{form}.zip", "application/zip", packed)


def _saved(name: str, mime: str, content: bytes) -> dict[str, Any]:
    """A file for the browser to save; an array travels as it is, text would have to be coded."""
    return {"type": "file", "name": name, "mime": mime, "bytes": np.frombuffer(content, np.uint8)}
