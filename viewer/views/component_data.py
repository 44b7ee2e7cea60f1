"""Python's half of the browser component: the parameters that it draws from."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np
import param
from panel.custom import JSComponent

from rnnvis_assets.configuration.affinity import AFFINITIES
from viewer.data import release_store
from viewer.data.annotation_colours import Colouring, palette
from viewer.data.cluster_moves import ClusterMoves, cluster_moves, moves_text
from viewer.data.memory_heads import attention_layers
from viewer.data.picture_defaults import readable_links
from viewer.data.release_store import Analysis, ClusteredResponses, ReleaseFacts
from viewer.data.silencing_costs import SilencingCosts
from viewer.data.word_sizes import word_sizes
from viewer.state.explorer_state import PANES
from viewer.state.selection import MOST_UNITS, MOST_WORDS, SECTIONS
from viewer.state.sentence_choice import MOST_STEPS
from viewer.style import COMPONENT
from viewer.theme_colours import TAG_NAMES, Theme
from viewer.views.model_summary import cell_name
from warehouse.arrays import Float32Array, FloatArray, Int32Array, IntArray
from warehouse.reader import Release

STEPS = 127
GROUPED: Mapping[str, str] = {name: kind.groups for name, kind in AFFINITIES.items()}
"""What completes "words are grouped", by affinity."""
CONSTANTS = {
    "limits": {"words": MOST_WORDS, "units": MOST_UNITS, "steps": MOST_STEPS},
    "panes": {name: name.capitalize() for name in PANES},
    "sections": {name: name.capitalize() for name in SECTIONS},
}
"""What Python and the browser have in common: limits of the selection, and the names of panes and
of pages of the detail view with their labels."""


def narrow(values: IntArray) -> IntArray:
    """The same numbers, none below zero, as uint8, uint16 or uint32: fewer bytes to send."""
    return values.astype(np.min_scalar_type(int(values.max(initial=0))))


class CoClusterComponent(JSComponent):
    """Draws chips, clouds and links. Large data go one way, as typed arrays; clicks come back as
    messages, which Panel does not hold back as it does changes of parameters."""

    vocabulary = param.Dict(default={}, doc="clustered words: ids, words, tags, counts")
    clusters = param.Dict(default={}, doc="one co-clustering")
    response = param.Dict(default={}, doc="the selected word's response to every unit")
    matrix = param.Dict(default={}, doc="preloaded responses, to answer a click at once")
    measures = param.Dict(default={}, doc="see measures_data; once drawn, or where cells show it")
    sentences = param.List(default=[], doc="see sentence_data")
    selection = param.Dict(default={}, doc="selected word ids, units and step of a sentence")
    look = param.Dict(default={}, doc="colours, and the drawn parameters of the state")
    mirror = param.Boolean(default=False, doc="the right pane of a comparison")
    exports = param.Dict(default={}, doc="forms and file names of an export")
    pinned = param.Dict(
        default={}, doc="name of what an address pins, and how often; a click pins by itself"
    )
    match = param.Dict(default={}, doc="how clouds match those of the other pane: see match_data")
    analysis = param.Dict(default={}, doc="which network, layer and state are looked at")
    problem = param.String(default="", doc="text in place of the picture")
    constants = param.Dict(default=CONSTANTS, doc="CONSTANTS")

    _bundle = COMPONENT / "index.js"


def vocabulary_data(
    key: str, release: Release, analysis: Analysis, tags: Sequence[str | None]
) -> dict[str, Any]:
    """The clustered words; ``key`` changes whenever they do. ``tags`` of all words name what they
    may be coloured by, each given by the place of its tag among the different ones."""
    vocabulary = release_store.vocabulary_of(release)
    word_ids = release_store.co_clustering(release, analysis).word_ids
    ids = word_ids.tolist()
    names = list(dict.fromkeys(tags[i] for i in ids))
    place = {name: number for number, name in enumerate(names)}
    return {
        "key": key,
        "ids": narrow(word_ids),
        "words": [vocabulary.words[i] for i in ids],
        "tags": names,
        "tag": narrow(np.array([place[tags[i]] for i in ids], np.int32)),
        "counts": narrow(vocabulary.counts[word_ids]),
        "language": vocabulary.language,
    }


def pieces_data(word_ids: Int32Array, pieces: Mapping[int, Sequence[str]]) -> dict[str, Any]:
    """The sub-words, a line each, of the words that have several, and the places of these."""
    places = [place for place, word in enumerate(word_ids.tolist()) if word in pieces]
    texts = ["\n".join(pieces[word_ids[place]]) for place in places]
    return {"places": narrow(np.array(places, np.int32)), "texts": texts} if places else {}


def flat(values: FloatArray) -> Float32Array:
    """One float32 after the other."""
    return values.ravel().astype(np.float32)


def _relative(sizes: Float32Array) -> IntArray:
    """In steps of the largest: words are drawn by their order and by fractions of it."""
    largest = np.abs(sizes).max(initial=0) or 1
    steps = np.rint(sizes / largest * np.iinfo(np.int16).max)
    relative: IntArray = steps.astype(np.int16)
    return relative


def clusters_data(
    key: str, release: Release, analysis: Analysis, measure: str, costs: SilencingCosts
) -> dict[str, Any]:
    """One co-clustering, the cells of one chip after the other in the order in which it is filled:
    by falling mean response of the unit in the cell's direction. ``measure`` of ``word_sizes``."""
    found = release_store.co_clustering(release, analysis)
    chips, responses = found.chips, release_store.responses_of(release, analysis).mean
    texts = {
        chip["cluster"]: moves_text(chip["half_life"], chip["saturated"])
        for chip in cluster_moves(release, analysis).chips
    }
    order = np.lexsort((-chips.orient(responses.mean(axis=0)), chips.clusters))
    return {
        "key": key,
        "k": len(found.weights),
        "word_cluster": narrow(found.word_clusters),
        "size": _relative(word_sizes(release, analysis, measure)),
        "cells": narrow(chips.sizes),
        "unit": narrow(chips.units[order]),
        "directed": bool(chips.directions.any()),
        "falls": np.packbits(chips.directions[order] < 0),
        "weight": flat(found.weights),
        "positive": flat(found.positive),
        "negative": flat(found.negative),
        "silencing": silencing_data(costs, len(found.weights)),
        "link_range": readable_links(found),
        "moves": [texts.get(cluster, "") for cluster in range(len(found.weights))],
    }


def measures_data(
    key: str, moves: ClusterMoves, pieces: Mapping[str, Any] = MappingProxyType({})
) -> dict[str, Any]:
    """What cells may be coloured by in place of a response: a value a unit (NaN without one), the
    one at the end of the colours, and the texts of the legend, the longest first. ``key`` as that
    of the vocabulary, ``pieces`` of ``pieces_data``."""
    return {
        "key": key,
        "pieces": dict(pieces),
        "half-life": {
            "values": moves.half_life,
            "clip": moves.longest,
            "texts": ["half-life: steps until half of a deviation is left", "half-life, steps"],
        },
        "saturation": {
            "values": moves.saturated,
            "clip": 1,
            "texts": ["saturation: fraction of steps at the bound of the unit", "saturation"],
        },
    }


def silencing_data(costs: SilencingCosts, num_clusters: int) -> dict[str, Any]:
    """What the bullets are drawn from: numbers and texts by cluster, NaN and "" where a chip was
    not silenced; only a note where none was."""
    if not costs.chips:
        return {"where": "", "note": costs.note}
    chips = [costs.chips.get(cluster) for cluster in range(num_clusters)]
    values = np.array(
        [(chip.cost, chip.low, chip.high) if chip else (np.nan,) * 3 for chip in chips], np.float32
    )
    names = ("costs", "lows", "highs")
    numbers = {name: column.copy() for name, column in zip(names, values.T, strict=True)}
    texts = [chip.text if chip else "" for chip in chips]
    return {"where": costs.where, "note": "", "texts": texts, **numbers}


def response_data(release: Release, analysis: Analysis, word_id: int) -> dict[str, Any]:
    """The exact response that the units are coloured by. Raises ReleaseError for a word that never
    occurs."""
    response = release_store.word_response(release, analysis.layer, analysis.state, word_id)
    word = release_store.vocabulary_of(release).words[word_id]
    clip = release_store.responses_of(release, analysis).clip
    return {"word": word, "word_id": word_id, "values": response.mean, "clip": clip}


def in_steps(response: Mapping[str, Any]) -> dict[str, Any]:
    """A response in int16 steps of ``scale``, to be followed by the exact one once it is drawn: its
    colours are the same."""
    if "values" not in response:
        return dict(response)
    largest = float(np.abs(response["values"]).max(initial=0)) or 1.0
    scale = largest / np.iinfo(np.int16).max
    return {**response, "values": _relative(response["values"]), "scale": scale}


def step_data(word: str, changes: Float32Array, word_id: int | None, clip: float) -> dict[str, Any]:
    """What one word of a sentence really did, in the place of ``response_data``."""
    return {"word": word, "word_id": word_id, "values": changes, "clip": clip, "step": True}


def matrix_data(key: str, responses: ClusteredResponses) -> dict[str, Any]:
    """int8[words * units] in steps of ``scale``; values beyond the clip take its colour anyway."""
    scale = responses.clip / STEPS
    steps = np.rint(responses.mean / (scale or np.inf))
    return {
        "key": key,
        "values": np.clip(steps, -STEPS, STEPS).astype(np.int8).ravel(),
        "units": steps.shape[1],
        "clip": responses.clip,
        "scale": scale,
    }


def analysis_data(facts: ReleaseFacts, analysis: Analysis, heads: int = 0) -> dict[str, Any]:
    """What is looked at, for the help panel; ``heads`` of a matrix memory."""
    model = facts.model
    return {
        "model": model["name"],
        "cell": cell_name(model["cell"]),
        "sizes": [layer.units for layer in facts.layers],
        "name": facts.layers[analysis.layer].name,
        "dataset": model["dataset"],
        "split": model["recorded_split"],
        "layer": analysis.layer,
        "state": analysis.state,
        "grouped": GROUPED.get(analysis.affinity, analysis.affinity),
        "k": analysis.num_clusters,
        "heads": heads,
        "attention": list(attention_layers(model)),
    }


def look_data(
    theme: Theme, choices: Mapping[str, Any], colouring: Colouring | None = None
) -> dict[str, Any]:
    """Everything that changes the look and not the data; ``choices`` are the
    drawn parameters of the state.

    ``colouring`` by an annotation takes the place of that by part of speech.
    """
    look = {
        "colours": dict(theme.colours),
        "ramp": list(theme.ramp),
        "tags": dict(theme.tags),
        "tag_names": dict(TAG_NAMES),
        "words": list(theme.words),
        "enlarged": theme.enlarged,
        **choices,
    }
    if colouring is None:
        return look
    return look | {
        "tags": palette(colouring, theme),
        "tag_names": {name: name for name in colouring.names},
        "by_tag": True,
    }
