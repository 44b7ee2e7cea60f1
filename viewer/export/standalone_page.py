"""A whole analysis as one HTML file: the same modules, the same arrays, and no server.

The page takes the component's own parameters, so whatever the live page draws the export draws.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from html import escape
from string import Template
from typing import Any

import numpy as np
import numpy.typing as npt
from panel.custom import JSComponent

from viewer.data import release_store
from viewer.data.sentence_states import states_of
from viewer.export.import_map import data_address, import_map
from viewer.export.page_json import page_json
from viewer.state.explorer_state import ExplorerState
from viewer.style import COMPONENT
from viewer.views.component_data import CoClusterComponent
from viewer.views.model_summary import model_rows, quality_rows, rows_html
from warehouse.errors import RnnvisError

_PAGE = Template((COMPONENT / "standalone.html").read_text("utf-8"))


def _parameters(component: CoClusterComponent) -> dict[str, Any]:
    """What the component draws from; Panel's own parameters are left out."""
    own = set(CoClusterComponent.param) - set(JSComponent.param)
    return {name: getattr(component, name) for name in sorted(own) if name != "matrix"}


def _matrix(state: ExplorerState) -> dict[str, Any]:
    """Mean responses of all clustered words, float16[words * units]."""
    responses = release_store.responses_of(state.release, state.analysis)
    values = responses.mean.astype(np.float16).ravel()
    return {"values": values, "units": responses.mean.shape[1], "clip": responses.clip}


def _changes(state: ExplorerState) -> list[npt.NDArray[np.float16] | None]:
    """What every word of every sentence shown did to the units, float16[words * units]; None where
    the sentence cannot be read."""
    found: list[npt.NDArray[np.float16] | None] = []
    for sentence in state.sentences:
        try:
            states = states_of(state.release, sentence, int(state.layer), state.state)
        except RnnvisError:  # the sentence itself says why, in the place of its glyphs
            found.append(None)
        else:
            found.append(states.changes.astype(np.float16).ravel())
    return found


def _card(state: ExplorerState) -> str:
    facts = state.facts
    rows = [(name, value) for name, value in model_rows(facts) if name != "Released"]
    found = release_store.co_clustering(state.release, state.analysis)
    looked_at = [("Layer", str(state.layer)), ("State", state.state), ("Affinity", state.affinity)]
    return rows_html([*rows, *looked_at, *quality_rows(found.quality)])


def _origin(model: Mapping[str, Any]) -> str:
    """Which release this is, when it was published and when it was taken from there."""
    published = model["created_at"].astimezone(UTC)
    return (
        f"release {model['release_id']}, published {published:%Y-%m-%d}, "
        f"exported {datetime.now(UTC):%Y-%m-%d}"
    )


def standalone_page(state: ExplorerState, component: CoClusterComponent) -> bytes:
    """The page, UTF-8, that shows what ``component`` shows.

    Raises ReleaseError where the release cannot be read.
    """
    further = {"responses": _matrix(state), "changes": _changes(state)}
    parameters = {**_parameters(component), **further}
    title = f"{state.facts.model['name']}, {state.facts.model['dataset']}"
    text = _PAGE.substitute(
        title=escape(title),
        name=escape(state.facts.model["name"]),
        origin=escape(_origin(state.facts.model)),
        card=_card(state),
        colours=state.theme.css(),
        font=data_address((COMPONENT / "fonts" / "inter.woff2").read_bytes(), "font/woff2"),
        style=(COMPONENT / "index.css").read_text("utf-8"),
        modules=page_json(import_map(COMPONENT / "standalone.js")),
        parameters=page_json(parameters),
    )
    return text.encode("utf-8")
