"""The session's choices in the page's address: a link restores them, and says what it cannot."""

import math
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any
from urllib.parse import urlencode

from viewer.data.pending_models import unfinished_text
from viewer.state.explorer_state import PANES, ExplorerState
from viewer.state.linked_panes import OWN, WORDS
from viewer.state.selection_address import SELECTED, written_selection
from viewer.state.sentence_choice import show_step, show_written, written
from viewer.state.session import Session
from warehouse.errors import near_miss

NAMES = {
    "model": "model",
    "release_id": "release",
    "layer": "layer",
    "state": "state",
    "affinity": "affinity",
    "num_clusters": "k",
    "word": "word",
    "overlaid": "also",
    "unit": "unit",
    "beside": "units",
    "sorted_by": "sort",
    "top_words": "top",
    "minimum_count": "min",
    "section": "show",
    "sentences": "sentence",
    "step": "step",
    "pinned": "pin",
    "sentence_layout": "sentences",
    "bars": "bars",
    "keep_shown": "keep",
    "by_tag": "tags",
    "track": "annotation",
    "layout": "layout",
    "words_per_cloud": "words",
    "link_range": "links",
    "clip": "clip",
    "presentation": "present",
    "own_scales": "own",
    "dark": "dark",
}
"""Parameters kept in the address, in the order they are restored, and their names there."""

_SWITCHES = ("by_tag", "keep_shown", "own_scales", "dark")
RIGHT = "right."
"""What the names of the right pane begin with."""
LONGEST = 1_000
"""Characters of a value other than sentences, which have a limit of their own."""


def _text(value: object) -> str:
    """A value as an address writes it."""
    if value is None:
        return ""
    if isinstance(value, tuple | list):
        return "~".join(map(_text, value))
    return str(int(value)) if isinstance(value, bool) else str(value)


def _values(state: ExplorerState) -> dict[str, str]:
    """The parameters of a pane as an address writes them."""
    if state.problem:
        return {"model": state.model} if state.model else {}
    values = {name: getattr(state, name) for name in NAMES} | written_selection(state)
    values["sentences"] = written(state.sentences)
    return {name: _text(value) for name, value in values.items()}


def query_of(state: ExplorerState) -> str:
    """The query of an address that shows what the state shows now."""
    return urlencode({NAMES[name]: text for name, text in _values(state).items()})


def query_of_session(session: Session) -> str:
    """The query of an address that shows both panes. Of the right one it holds what is its own,
    and the words that the left one lacks."""
    left = query_of(session.left)
    if session.right is None:
        return left
    names = OWN if not session.left.missing else OWN + WORDS
    values = _values(session.right).items()
    right = {f"{RIGHT}{NAMES[name]}": text for name, text in values if name in names}
    return f"{left}&{urlencode(right)}"


def _choices(state: ExplorerState, name: str) -> list[Any]:
    if name == "num_clusters":
        return list(state.facts.cluster_counts)
    return [False, True] if name in _SWITCHES else list(state.param[name].objects)


def _choose(state: ExplorerState, text: str, name: str) -> str:
    """Takes one of a parameter's choices; returns what is wrong with the text, or ""."""
    choices = {_text(value): value for value in _choices(state, name)}
    if name == "model" and text in state.unfinished:
        return unfinished_text({text: state.unfinished[text]})[0]
    if text not in choices:
        others = "; `rnnvis list` names those that can be made" if name == "model" else ""
        return f"found “{text}”, expected one of {', '.join(choices)}{others}"
    setattr(state, name, choices[text])
    return ""


def _number(text: str) -> float:
    """A finite number. Raises ValueError for any other text."""
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(text)
    return number


def _range(text: str) -> tuple[float, ...]:
    """Numbers that rise. Raises ValueError for any other text."""
    numbers = tuple(map(_number, text.split("~")))
    if list(numbers) != sorted(numbers):
        raise ValueError(text)
    return numbers


_READ: Mapping[str, tuple[Callable[[str], Any], str]] = {
    "top_words": (int, "a number of words from 2 to 40"),
    "minimum_count": (int, "a number of occurrences, 1 or more"),
    "words_per_cloud": (int, "a number of words, or 0 for as many as fit"),
    "link_range": (_range, "two rising shares, as 0.2~1"),
    "clip": (lambda text: _number(text) if text else None, "a number above 0, or nothing"),
    "presentation": (lambda text: text.split("~") if text else [], f"some of {'~'.join(PANES)}"),
}
"""How parameters that are no choice of a few are read, and what is expected of their text."""


def _read(state: ExplorerState, text: str, name: str) -> str:
    """Takes a parameter's value as it is written; returns what is wrong with the text, or ""."""
    read, expected = _READ[name]
    try:
        setattr(state, name, read(text))
    except ValueError:
        return f"found “{text}”, expected {expected}"
    return ""


def restore_session(session: Session, query: Mapping[str, str]) -> list[str]:
    """Takes what an address asks for, for one pane or two; returns a sentence for each value that
    cannot be had."""
    problems = _unknown_names(query) + restore(session.left, query)
    if any(name.startswith(RIGHT) for name in query):
        session.compare()
        problems += restore(session.right, query, RIGHT)
    else:
        session.close()
    return problems


def _unknown_names(query: Mapping[str, str]) -> list[str]:
    """A sentence for each name that no value of a pane has."""
    known = NAMES.values()
    unknown = [name for name in query if name.removeprefix(RIGHT) not in known]
    return [f"{name[:LONGEST]} in this address: no such value{near_miss(name, known)}"
            for name in unknown]  # fmt: skip


def restore(state: ExplorerState, query: Mapping[str, str], prefix: str = "") -> list[str]:
    """Takes what an address asks for in names with the prefix, and the first model where it names
    none that there is.

    Returns a sentence for each value that cannot be had.
    """
    problem = _take(state, "model", query, prefix)
    if state.model is None and not state.problem:
        state.model = state.param.model.objects[0]
    if problem:
        return [problem]  # the other values were meant for another model
    found = [_take(state, name, query, prefix) for name in NAMES if name != "model"]
    return [problem for problem in found if problem]


def _take_release(state: ExplorerState, text: str) -> str:
    kept = state.kept_releases()
    if text not in kept:
        return f"found “{text}”, expected one of {', '.join(kept)}"
    return "" if text == state.release_id else state.take_release(text)


_SHOWN = SELECTED | {
    "release_id": _take_release, "sentences": show_written, "step": show_step,
}  # fmt: skip
"""What reads a parameter that names something in a release."""


def _take(state: ExplorerState, name: str, query: Mapping[str, str], prefix: str) -> str:
    short = prefix + NAMES[name]
    if short not in query or (state.problem and name != "release_id"):
        return ""
    text = query[short]
    if len(text) > LONGEST and name != "sentences":
        problem = f"found a text of {len(text):,} characters, expected {LONGEST:,} at most"
    else:
        take = _SHOWN.get(name) or partial(_read if name in _READ else _choose, name=name)
        problem = take(state, text)
    return problem and f"{short} in this address: {problem}"
