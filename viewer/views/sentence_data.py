"""What the browser draws a sentence from: words, glyphs, predictions, and remarks."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from rnnvis_assets.glyphs.aggregate_information import Glyphs
from viewer.data import release_store
from viewer.data.annotation_colours import token_names
from viewer.data.first_states import ZERO, start_text
from viewer.data.predictions import (
    ClassPredictions,
    WordPredictions,
    by_integrated_gradients,
    predictions_of,
)
from viewer.data.release_store import Analysis
from viewer.data.sentence_states import glyphs_of, states_of, unusual_share
from viewer.data.tokenized_sentence import text_of
from viewer.percentages import percent
from viewer.state.explorer_state import ATTRIBUTIONS, ExplorerState
from viewer.views.component_data import flat
from viewer.views.match_data import shown_silenced
from viewer.views.silenced_data import silenced_data
from warehouse.errors import RnnvisError
from warehouse.reader import Release

UNUSUAL = 0.36
"""Share of states outside their usual range, where 18 % are expected, that a note reports."""
NO_LAYER = (
    "What words add is shown by integrated gradients: by state changes (the paper's Eq. 3) it is "
    "known only of a linear output layer over the last h; this network's classes are computed "
    "otherwise."
)
_SUMMED = ("positive", "negative", "positive_change", "negative_change", "written", "lost")


def sentences_data(state: ExplorerState) -> list[dict[str, Any]]:
    """Every sentence that the state shows; recorded ones with the chosen annotation of each token,
    if any; with what changes where a chip is silenced."""
    release, analysis = state.release, state.analysis
    ways = state.attribution, state.read_from
    shown = [sentence_data(release, sentence, analysis, *ways) for sentence in state.sentences]
    typed = [data for data in shown if isinstance(data["key"], str)]
    for number, data in enumerate(typed if len(typed) > 1 else (), 1):
        data["title"] = f"Typed {number}"
    for data in shown:
        if state.track and data["words"] and isinstance(data["key"], int):
            data["tags"] = token_names(release, data["key"], state.track)
    silenced = shown_silenced(state)
    if silenced is not None:
        for data in shown:
            if data["words"]:
                data["silenced"] = silenced_data(release, data, analysis, silenced, state.read_from)
    return shown


def sentence_data(
    release: Release,
    sentence: int | str,
    analysis: Analysis,
    attribution: str = ATTRIBUTIONS[0],
    start: str = ZERO,
) -> dict[str, Any]:
    """One sentence, by one of ``ATTRIBUTIONS``, a typed one read from a ``start`` of
    ``first_states``; a note replaces what cannot be shown."""
    title = "Typed" if isinstance(sentence, str) else f"Sentence {sentence}"
    data: dict[str, Any] = {
        "key": sentence, "title": title, "verdict": "", "start": "", "words": [], "k": 0,
        "note": "",
    }  # fmt: skip
    try:
        text = text_of(release, sentence)
    except RnnvisError as error:
        return data | {"note": str(error)}
    data |= {
        "words": list(text.words), "word_ids": text.word_ids, "unknown": list(text.unknown),
        "note": text.note,
    }  # fmt: skip
    try:
        data |= _predictions(release, sentence, attribution, start)
        data |= _bars(glyphs_of(release, sentence, analysis, start), release, analysis)
        unusual = ""
        if isinstance(sentence, str):
            data["start"] = start_text(release, start)
            unusual = _unusual(release, sentence, analysis, start)
    except RnnvisError as error:
        return data | {"note": f"{text.note}\n{_why(release, sentence, error)}".strip()}
    notes = (text.note, unusual, data.get("unattributed", ""))
    return data | {"note": "\n".join(filter(None, notes))}


def _unusual(release: Release, text: str, analysis: Analysis, start: str) -> str:
    """A warning where a typed sentence's states lie where recorded ones seldom do."""
    values = states_of(release, text, analysis.layer, analysis.state, start).values
    share = unusual_share(release, values, analysis.layer, analysis.state)
    if share <= UNUSUAL:
        return ""
    return (
        f"{percent(share, 0)} of its states lie outside the range in which each unit is at 82 % of "
        "the recorded steps: compare them with recorded sentences with care."
    )


def _why(release: Release, sentence: int | str, error: RnnvisError) -> str:
    """Why there are no glyphs."""
    if isinstance(sentence, str):
        return str(error)
    own = release_store.facts_of(release).default
    return (
        f"Without its recording, this sentence has glyphs only for {own.num_clusters} clusters of "
        f"{own.affinity} affinity. {error}"
    )


def _bars(glyphs: Glyphs, release: Release, analysis: Analysis) -> dict[str, Any]:
    """Bars and hats as means over a cluster's units, the fractions as they are."""
    sizes = np.maximum(release_store.co_clustering(release, analysis).chips.sizes, 1)
    keep = {} if glyphs.keep is None else {"keep": flat(glyphs.keep)}
    summed = (name for name in _SUMMED if getattr(glyphs, name) is not None)
    return {
        "k": analysis.num_clusters,
        "preserved": flat(glyphs.preserved),
        **keep,
        **{name: flat(getattr(glyphs, name) / sizes) for name in summed},
    }


def _predictions(
    release: Release, sentence: int | str, attribution: str, start: str
) -> dict[str, Any]:
    """The network's predictions at every word, and of the whole."""
    verdict = ""
    if isinstance(sentence, int):
        verdict = recorded_verdict(release.sentences.get(sentence))
    try:
        predictions = predictions_of(release, sentence, start)
    except RnnvisError as error:
        return {"verdict": verdict, "unattributed": str(error)}
    match predictions:
        case None:
            return {"verdict": verdict}
        case WordPredictions() as found:
            known = release_store.vocabulary_of(release).words
            return {
                "chances": found.chances,
                "expected": [[known[word] for word in top] for top in found.words.tolist()],
                "probabilities": flat(found.probabilities),
            }
        case ClassPredictions() as found:
            added = _added(release, sentence, found, attribution)
            for_class = f"+\N{NO-BREAK SPACE}speaks for {found.classes[found.favoured]}"
            verdicts = (verdict or _typed_verdict(found), for_class)
            return added | {"verdict": "; ".join(filter(None, verdicts))}


def _added(
    release: Release, sentence: int | str, found: ClassPredictions, attribution: str
) -> dict[str, Any]:
    """What each word adds by the chosen way; by the other where it cannot be had, and why."""
    if not found.has_layer:
        why = NO_LAYER if attribution == ATTRIBUTIONS[0] else ""
        return _classes(found) | {"by": ATTRIBUTIONS[1], "unattributed": why}
    if attribution == ATTRIBUTIONS[0]:
        return _classes(found)
    try:
        return _classes(by_integrated_gradients(release, sentence, found)) | {"by": attribution}
    except RnnvisError as error:
        return _classes(found) | {"unattributed": str(error)}


def _classes(found: ClassPredictions) -> dict[str, Any]:
    running = {} if found.running is None else {"running": found.running[:, found.favoured]}
    return {
        "classes": list(found.classes),
        "favoured": found.favoured,
        "added": flat(found.added),
        "margins": found.margins,
        **running,
    }


def _typed_verdict(found: ClassPredictions) -> str:
    """The class of a typed sentence, "" where it is not known."""
    if found.running is None:
        return ""
    best = int(found.running[-1].argmax())
    return f"read as {found.classes[best]} ({percent(found.running[-1, best], 0)})"


def recorded_verdict(row: Mapping[str, Any]) -> str:
    """Label and prediction of a recorded sentence, "" where it has none."""
    if row["predicted"] is None:
        return ""
    sure = "" if row["probability"] is None else f" ({percent(row['probability'], 0)})"
    return f"labelled {row['label']}, read as {row['predicted']}{sure}"
