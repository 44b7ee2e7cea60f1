"""What the browser shows of a sentence that is read without a chip, next to how it is with it."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from viewer.data import release_store
from viewer.data.first_states import ZERO
from viewer.data.release_store import Analysis
from viewer.data.silenced_predictions import silenced_classes, silenced_words
from viewer.percentages import percent
from warehouse.arrays import Float32Array
from warehouse.errors import RnnvisError
from warehouse.reader import Release


def silenced_data(
    release: Release, shown: Mapping[str, Any], analysis: Analysis, cluster: int, start: str = ZERO
) -> dict[str, Any]:
    """``shown``: the sentence as ``sentence_data`` gives it. ``text`` says what silencing a cluster
    does, or why it cannot be silenced; ``before`` and ``after`` float32[words] are the
    probabilities of each word, or of the class that the sentence is drawn for, which ``meaning``
    says."""
    name = f"chip {cluster + 1}"
    at = (release, shown["key"], analysis, cluster)
    try:
        match release.model["task"]:
            case "classification":
                found = _of_classes(*silenced_classes(*at), shown)
            case "language_model":
                found = _of_words(release, (*at, start))
            case _:
                return {"text": f"{name} cannot be silenced: the network predicts nothing"}
    except RnnvisError as error:
        return {"text": f"{name} cannot be silenced: {error}"}
    meaning = f"Under each word: {found['of']}, with the chip → without it."
    return found | {"text": f"{name} silenced: {found['text']}", "meaning": meaning}


def _of_words(release: Release, at: tuple[Any, ...]) -> dict[str, Any]:
    known, both = release_store.vocabulary_of(release).words, silenced_words(*at)
    before, after = (found.chances for found in both)
    return {
        "text": _loss(before, after),
        "of": "its probability",
        "before": before,
        "after": after,
        "expected": [
            {
                "expected": [[known[word] for word in top] for top in found.words.tolist()],
                "probabilities": found.probabilities.ravel(),
            }
            for found in both
        ],
    }


def _loss(before: Float32Array, after: Float32Array) -> str:
    if len(before) < 2:
        return "a single word is not predicted"
    losses = [float(-np.log(np.maximum(chances[1:], 1e-30)).mean()) for chances in (after, before)]
    return "loss {:.2f} nats a word, {:.2f} with it".format(*losses)


def _of_classes(
    classes: tuple[str, ...], probabilities: Float32Array, shown: Mapping[str, Any]
) -> dict[str, Any]:
    name = shown["classes"][shown["favoured"]]
    favoured = classes.index(name)
    before, after = (
        f"{classes[int(last.argmax())]} ({percent(last.max(), 0)})" for last in probabilities[:, -1]
    )
    return {
        "text": f"read as {after}, with it as {before}",
        "of": f"the probability of “{name}” so far",
        "before": probabilities[0, :, favoured],
        "after": probabilities[1, :, favoured],
        "classes": [
            {"name": name, "before": probabilities[0, :, i], "after": probabilities[1, :, i]}
            for i, name in enumerate(classes)
        ],
    }
