"""Every choice that the page's address keeps, declared once.

A new one needs a parameter of ``ExplorerState`` and a row of ``URL_PARAMETERS``. The address, what
two compared panes share, and what the picture is drawn with all follow from that row.

Readers take the state, the parameter's name and the text, and return what is wrong, or "".
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import partial
from typing import Any
from urllib.parse import quote, unquote

import param

from viewer.data import release_store
from viewer.data.first_states import WARM, ZERO
from viewer.data.multiples import MOST_MULTIPLES, read_multiple
from viewer.data.name_search import find_words, pin_problem, units_problem
from viewer.data.pending_models import pending_text
from viewer.state.explorer_state import PANES, ExplorerState
from viewer.state.sentence_choice import (
    problem_of,
    show_other_steps,
    show_step,
    show_written,
    written,
)
from viewer.state.table_rows import rows_problem
from warehouse.errors import StorageError
from warehouse.named_views import read_view

Read = Callable[[ExplorerState, str, str], str]
Write = Callable[[ExplorerState, str], str]


class Scope(Enum):
    """What two compared panes have in common of a parameter."""

    OWN = "nothing: each pane has a value of its own"
    SHARED = "the value"
    WORDS = "words, by their text"
    SENTENCES = "sentences, by their number or text"


def as_text(value: object) -> str:
    """A value as an address writes it: the items of a list joined by ~, a switch as 0 or 1."""
    if value is None:
        return ""
    if isinstance(value, tuple | list):
        return "~".join(map(as_text, value))
    return str(int(value)) if isinstance(value, bool) else str(value)


def _write_value(state: ExplorerState, name: str) -> str:
    return as_text(getattr(state, name))


def write_words(state: ExplorerState, words: Sequence[int]) -> str:
    """The texts of words, joined by commas: ids differ between releases."""
    return ",".join(quote(state.vocabulary.words[word], safe="") for word in words)


def _choices(state: ExplorerState, name: str) -> list[Any]:
    if name == "num_clusters":
        return list(state.facts.cluster_counts)
    parameter = state.param[name]
    if isinstance(parameter, param.Boolean):
        return [False, True, *([None] if parameter.allow_None else [])]
    return list(parameter.objects)


def _read_choice(state: ExplorerState, name: str, text: str) -> str:
    choices = {as_text(value): value for value in _choices(state, name)}
    if text not in choices:
        return f"found “{text}”, expected one of {', '.join(choices)}"
    setattr(state, name, choices[text])
    return ""


def _read_model(state: ExplorerState, name: str, text: str) -> str:
    if text in state.pending:
        return pending_text({text: state.pending[text]})[0]
    running = "" if text in state.param[name].objects else state.running(text)
    if running:
        return f"{running}; it is offered here once it is published"
    problem = _read_choice(state, name, text)
    return problem and f"{problem}; `rnnvis list` shows the models that can be made"


def _read_release(state: ExplorerState, _: str, text: str) -> str:
    kept = state.kept_releases()
    if text not in kept:
        return f"found “{text}”, expected one of {', '.join(kept)}"
    return "" if text == state.release_id else state.take_release(text)


def _parsed(parse: Callable[[str], Any], expected: str) -> Read:
    """A reader of any value that ``parse`` makes of the text and the parameter admits."""

    def read(state: ExplorerState, name: str, text: str) -> str:
        try:
            setattr(state, name, parse(text))
        except ValueError:
            return f"found “{text}”, expected {expected}"
        return ""

    return read


def _number(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(text)
    return number


def _rising(text: str) -> tuple[float, ...]:
    numbers = tuple(map(_number, text.split("~")))
    if list(numbers) != sorted(numbers):
        raise ValueError(text)
    return numbers


def _texts(text: str, state: ExplorerState) -> list[str]:
    """The words that ``write_words`` joined, or one word that was written by hand."""
    if not text or text in state.vocabulary.place:
        return [text] if text else []
    return [unquote(part) for part in text.split(",")]


def _read_words(state: ExplorerState, _: str, text: str, *, after: int) -> str:
    """Selects words after the first ``after`` of those that are selected already."""
    found = find_words(_texts(text, state), state.vocabulary, state.words[:after])
    if not found.problem:
        state.select_words(found.words)
    return found.problem


def _read_sorting_word(state: ExplorerState, _: str, text: str) -> str:
    found = find_words(_texts(text, state), state.vocabulary)
    if not found.problem:
        state.sorted_by = next(iter(found.words), None)
    return found.problem


def _read_units(state: ExplorerState, _: str, text: str, *, after: int) -> str:
    """Selects units after the first ``after`` of those that are selected already."""
    numbers = text.split("~") if text else []
    for number in numbers:
        if not number.isdecimal():
            return f"found “{number}”, expected a number"
    units = [*state.units[:after], *map(int, numbers)]
    problem = units_problem(units, state.num_units)
    if not problem:
        state.select_units(units)
    return problem


def _read_pin(state: ExplorerState, _: str, text: str) -> str:
    problem = pin_problem(text, state.num_clusters)
    if not problem:
        state.pinned = text
    return problem


def _read_rows(state: ExplorerState, _: str, text: str) -> str:
    problem = rows_problem(text)
    if not problem:
        state.table_rows = text
    return problem


def _read_view(state: ExplorerState, _: str, text: str) -> str:
    try:
        state.view = text and read_view(state.storage, text).id
    except StorageError as error:
        return error.message
    return ""


def _read_silenced(state: ExplorerState, _: str, text: str) -> str:
    """A chip by its number, or by a word of its cloud, which another training numbers otherwise."""
    if text.isdecimal() and 1 <= int(text) <= state.num_clusters:
        chip: int | None = int(text) - 1
    else:
        chip = _chip_of_word(state, text)
    if text and chip is None:
        expected = f"the number of a chip from 1 to {state.num_clusters}, or a word in a cloud"
        return f"found “{text}”, expected {expected}"
    state.silenced = chip
    return ""


def _chip_of_word(state: ExplorerState, text: str) -> int | None:
    found = release_store.co_clustering(state.release, state.released_analysis)
    words = [state.vocabulary.words[word] for word in found.word_ids]
    return int(found.word_clusters[words.index(text)]) if text in words else None


def _read_start(state: ExplorerState, _: str, text: str) -> str:
    if text not in (WARM, ZERO):
        known = text.isdecimal() and not problem_of(state, int(text))
        if not known:
            return f"found “{text}”, expected {WARM}, {ZERO} or a recorded sentence's number"
    state.read_from = text
    return ""


def _read_multiples(state: ExplorerState, _: str, text: str) -> str:
    asked = text.split("~~") if text else []
    wrong = [each for each in asked if read_multiple(each) is None]
    if wrong or len(asked) > MOST_MULTIPLES:
        found = f"“{wrong[0]}”" if wrong else f"{len(asked)} views"
        return f"found {found}, expected {MOST_MULTIPLES} views at most as model~layer~state"
    state.multiples = list(dict.fromkeys(asked))
    return ""


def _write_multiples(state: ExplorerState, _: str) -> str:
    return "~~".join(state.multiples)


def _write_silenced(state: ExplorerState, _: str) -> str:
    return "" if state.silenced is None else str(state.silenced + 1)


def _write_sorting_word(state: ExplorerState, _: str) -> str:
    return write_words(state, [] if state.sorted_by is None else [state.sorted_by])


@dataclass(frozen=True)
class UrlParameter:
    """``name`` of the parameter in ``ExplorerState``, ``key`` in the address; ``drawn``: whether
    the picture is drawn with its value, as it is."""

    name: str
    key: str
    scope: Scope = Scope.SHARED
    read: Read = _read_choice
    write: Write = _write_value
    drawn: bool = False


_FIRST_WORDS: Write = lambda state, _: write_words(state, state.words[:1])  # noqa: E731
_FURTHER_WORDS: Write = lambda state, _: write_words(state, state.words[1:])  # noqa: E731

URL_PARAMETERS = (
    UrlParameter("model", "model", Scope.OWN, _read_model),
    UrlParameter("release_id", "release", Scope.OWN, _read_release),
    UrlParameter("layer", "layer", Scope.OWN),
    UrlParameter("state", "state", Scope.OWN),
    UrlParameter("affinity", "affinity", Scope.OWN),
    UrlParameter("num_clusters", "k", Scope.OWN),
    UrlParameter("word", "word", Scope.WORDS, partial(_read_words, after=0), _FIRST_WORDS),
    UrlParameter("overlaid", "also", Scope.WORDS, partial(_read_words, after=1), _FURTHER_WORDS),
    UrlParameter("unit", "unit", Scope.OWN, partial(_read_units, after=0)),
    UrlParameter("beside", "units", Scope.OWN, partial(_read_units, after=1)),
    UrlParameter("sorted_by", "sort", Scope.WORDS, _read_sorting_word, _write_sorting_word),
    UrlParameter("top_words", "top", read=_parsed(int, "a number of words from 2 to 40")),
    UrlParameter("minimum_count", "min", read=_parsed(int, "a number of occurrences, 1 or more")),
    UrlParameter("section", "show"),
    UrlParameter(
        "sentences", "sentence", Scope.SENTENCES,
        lambda state, _, text: show_written(state, text), lambda state, _: written(state.sentences),
    ),
    UrlParameter("read_from", "from", read=_read_start),
    UrlParameter("step", "step", Scope.SENTENCES, lambda state, _, text: show_step(state, text)),
    UrlParameter("stretch", "stretch", read=_parsed(int, "a number of words from 1 to 20")),
    UrlParameter("matched_by", "match"),
    UrlParameter("table", "table"),
    UrlParameter("table_rows", "rows", Scope.OWN, _read_rows),
    UrlParameter(
        "other_steps", "steps", Scope.SENTENCES,
        lambda state, _, text: show_other_steps(state, text),
    ),
    UrlParameter("pinned", "pin", Scope.OWN, _read_pin),
    UrlParameter("silenced", "silence", Scope.OWN, _read_silenced, _write_silenced),
    UrlParameter("sentence_layout", "sentences", drawn=True),
    UrlParameter("bars", "bars", drawn=True),
    UrlParameter("attribution", "by"),
    UrlParameter("cell_colour", "cells", drawn=True),
    UrlParameter("keep_shown", "keep", drawn=True),
    UrlParameter("by_tag", "tags", drawn=True),
    UrlParameter("track", "annotation", Scope.OWN),
    UrlParameter("layout", "layout", drawn=True),
    UrlParameter("word_size", "size", drawn=True),
    UrlParameter(
        "words_per_cloud", "words",
        read=_parsed(int, "a number of words, or 0 for as many as fit"), drawn=True,
    ),
    UrlParameter(
        "link_range", "links", drawn=True,
        read=_parsed(
            lambda text: _rising(text) if text else None, "two rising fractions, as 0.2~1"
        ),
    ),
    UrlParameter(
        "clip", "clip", drawn=True,
        read=_parsed(lambda text: _number(text) if text else None, "a number above 0, or nothing"),
    ),
    UrlParameter(
        "presentation", "present", drawn=True,
        read=_parsed(lambda text: text.split("~") if text else [], f"some of {'~'.join(PANES)}"),
    ),
    UrlParameter("own_scales", "own", drawn=True),
    UrlParameter("multiples", "several", read=_read_multiples, write=_write_multiples),
    UrlParameter("dark", "dark"),
    UrlParameter("view", "view", Scope.OWN, _read_view),
)  # fmt: skip
"""In the order in which an address is restored: what a value depends on comes before it."""

NAMES = tuple(parameter.name for parameter in URL_PARAMETERS)
DRAWN = tuple(parameter.name for parameter in URL_PARAMETERS if parameter.drawn)


def names_of(scope: Scope) -> tuple[str, ...]:
    """The parameters of a scope."""
    return tuple(parameter.name for parameter in URL_PARAMETERS if parameter.scope is scope)
