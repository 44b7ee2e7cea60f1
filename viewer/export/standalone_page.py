"""A whole analysis as one HTML file: the same modules, the same arrays, and no server.

The page takes the component's own parameters, so whatever the live page draws the export draws.
"""

import json
from base64 import b64encode
from collections.abc import Mapping
from datetime import UTC, datetime
from html import escape
from string import Template
from typing import Any

import numpy as np
from panel.custom import JSComponent

from viewer.browser_modules import data_address, import_map
from viewer.data import release_store
from viewer.data.cluster_moves import cluster_moves
from viewer.data.memory_heads import pieces_of
from viewer.data.sentence_states import states_of
from viewer.state.explorer_state import ExplorerState
from viewer.style import COMPONENT
from viewer.views.component_data import STEPS, CoClusterComponent, measures_data, pieces_data
from viewer.views.model_summary import (
    clustered_words_rows,
    model_rows,
    quality_rows,
    rows_html,
)
from warehouse.arrays import FloatArray
from warehouse.errors import RnnvisError, StorageError
from warehouse.named_views import read_view

_ARRAYS = (
    "int8", "uint8", "int16", "uint16", "int32", "uint32", "float16", "float32", "float64",
)  # fmt: skip
_PAGE = Template((COMPONENT / "standalone.html").read_text("utf-8"))


def _parameters(component: CoClusterComponent) -> dict[str, Any]:
    """What the component draws from, without Panel's own parameters."""
    own = set(CoClusterComponent.param) - set(JSComponent.param)
    return {name: getattr(component, name) for name in sorted(own) if name != "matrix"}


def _matrix(state: ExplorerState) -> dict[str, Any]:
    """Responses of all clustered words: means float16[words * units], and the five quantiles
    int8[5 * words * units] in steps of ``scales`` float32[words]."""
    responses = release_store.responses_of(state.release, state.analysis)
    ids = release_store.co_clustering(state.release, state.analysis).word_ids
    found = state.release.words.quantiles(ids.tolist(), layer=state.layer, state=state.state)
    by_id = np.argsort(np.argsort(ids, kind="stable"))
    quantiles = np.stack(found)[:, by_id]
    scales = np.maximum(np.abs(quantiles).max(axis=(0, 2)), np.float32(1e-30)) / STEPS
    steps = np.rint(quantiles / scales[None, :, None]).astype(np.int8)
    return {
        "values": responses.mean.astype(np.float16).ravel(),
        "units": responses.mean.shape[1], "clip": responses.clip,
        "quantiles": steps.ravel(), "scales": scales.astype(np.float32),
    }  # fmt: skip


def _changes(state: ExplorerState) -> list[FloatArray | None]:
    """The change of the units at every word of every sentence shown, float16[words * units]; None
    where the sentence cannot be read."""
    found: list[FloatArray | None] = []
    for sentence in state.sentences:
        try:
            states = states_of(state.release, sentence, state.layer, state.state, state.read_from)
        except RnnvisError:  # the sentence reports it in the place of its glyphs
            found.append(None)
        else:
            found.append(states.changes.astype(np.float16).ravel())
    return found


def _summary(state: ExplorerState) -> str:
    facts = state.facts
    rows = [(name, value) for name, value in model_rows(facts) if name != "Released"]
    found = release_store.co_clustering(state.release, state.analysis)
    shown = [("Layer", str(state.layer)), ("State", state.state), ("Affinity", state.affinity)]
    words = release_store.clustered_words(state.release, state.analysis)
    clustered = clustered_words_rows(words, facts.minimum_count)
    return rows_html([*rows, *shown, *quality_rows(found.quality), *clustered])


def _origin(model: Mapping[str, Any]) -> str:
    """Which release this is, when it was published and when it was exported."""
    published = model["created_at"].astimezone(UTC)
    return (
        f"release {model['release_id']}, published {published:%Y-%m-%d}, "
        f"exported {datetime.now(UTC):%Y-%m-%d}"
    )


def _note(state: ExplorerState) -> str:
    """The name and note of the view, if it has any."""
    if not state.view:
        return ""
    try:
        view = read_view(state.storage, state.view)
    except StorageError as error:
        return f"<p>{escape(error.message)}</p>"
    return f"<h2>{escape(view.name)}</h2><p class=note>{escape(view.note)}</p>"


def standalone_page(state: ExplorerState, component: CoClusterComponent) -> bytes:
    """The page, UTF-8, that shows what ``component`` shows.

    Raises ReleaseError where the release cannot be read.
    """
    boxes = {"top": state.top_words, "least": state.minimum_count}
    further = {"responses": _matrix(state), "changes": _changes(state), "boxes": boxes}
    moves = cluster_moves(state.release, state.analysis)
    pieces = pieces_data(component.vocabulary["ids"], pieces_of(state.release))
    further |= {"measures": measures_data(component.vocabulary["key"], moves, pieces)}
    parameters = {**_parameters(component), **further}
    title = f"{state.facts.model['name']}, {state.facts.model['dataset']}"
    text = _PAGE.substitute(
        title=escape(title),
        name=escape(state.facts.model["name"]),
        origin=escape(_origin(state.facts.model)),
        note=_note(state),
        card=_summary(state),
        colours=state.theme.css(),
        font=data_address((COMPONENT / "fonts" / "inter.woff2").read_bytes(), "font/woff2"),
        style=(COMPONENT / "index.css").read_text("utf-8"),
        modules=page_json(import_map(COMPONENT / "standalone.js")),
        parameters=page_json(parameters),
    )
    return text.encode("utf-8")


def page_json(value: Any) -> str:
    """JSON that may stand inside a ``<script>``: no character in it can end the element. Arrays are
    the name of their type and their little-endian bytes.

    Raises TypeError for what the page cannot read.
    """
    text = json.dumps(value, default=_plain, ensure_ascii=False, separators=(",", ":"))
    return text.replace("<", r"\u003c").replace("\u2028", r"\u2028").replace("\u2029", r"\u2029")


def _plain(value: Any) -> Any:
    """A NumPy value in JSON's types; int64 becomes int32, in which ids and counts fit."""
    if isinstance(value, np.generic):
        return value.item()
    if not isinstance(value, np.ndarray):
        raise TypeError(f"{type(value).__name__} cannot be written as JSON")
    kept = value.astype(np.int32) if value.dtype == np.int64 else value
    if kept.dtype.name not in _ARRAYS:
        raise TypeError(f"found an array of {kept.dtype}, expected one of {', '.join(_ARRAYS)}")
    content = np.ascontiguousarray(kept, kept.dtype.newbyteorder("<")).tobytes()
    return {"array": kept.dtype.name, "base64": b64encode(content).decode("ascii")}
