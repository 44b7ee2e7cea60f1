"""How an address writes each choice of the page, and reads it again.

Readers take the state, the parameter's name and the text, and return what is wrong, or "".
"""

import math
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import quote, unquote

import param

from viewer.data import release_store
from viewer.data.first_states import WARM, ZERO
from viewer.data.multiples import MOST_MULTIPLES, read_multiple
from viewer.data.name_search import find_words, units_problem
from viewer.data.pending_models import pending_text, running_text
from viewer.state.explorer_state import ExplorerState
from viewer.state.sentence_choice import problem_of
from warehouse.errors import StorageError
from warehouse.named_views import read_view

Read = Callable[[ExplorerState, str, str], str]
Write = Callable[[ExplorerState, str], str]


def as_text(value: object) -> str:
    """A value as an address writes it: the items of a list joined by ~, a switch as 0 or 1."""
    if value is None:
        return ""
    if isinstance(value, tuple | list):
        return "~".join(map(as_text, value))
    return str(int(value)) if isinstance(value, bool) else str(value)


def write_value(state: ExplorerState, name: str) -> str:
    """The value, as ``as_text`` writes it."""
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


def read_choice(state: ExplorerState, name: str, text: str) -> str:
    """One of the parameter's choices."""
    choices = {as_text(value): value for value in _choices(state, name)}
    if text not in choices:
        return f"found “{text}”, expected one of {', '.join(choices)}"
    setattr(state, name, choices[text])
    return ""


def read_model(state: ExplorerState, name: str, text: str) -> str:
    """A published model; one that is not says how it is made."""
    if text in state.pending:
        return pending_text({text: state.pending[text]})[0]
    running = "" if text in state.param[name].objects else running_text(state.storage, text)
    if running:
        return f"{running}; it is offered here once it is published"
    problem = read_choice(state, name, text)
    return problem and f"{problem}; `rnnvis list` shows the models that can be made"


def read_release(state: ExplorerState, _: str, text: str) -> str:
    """A kept release of the model."""
    kept = state.kept_releases()
    if text not in kept:
        return f"found “{text}”, expected one of {', '.join(kept)}"
    return "" if text == state.release_id else state.take_release(text)


def parsed(parse: Callable[[str], Any], expected: str) -> Read:
    """A reader of any value that ``parse`` makes of the text and the parameter admits."""

    def read(state: ExplorerState, name: str, text: str) -> str:
        try:
            setattr(state, name, parse(text))
        except ValueError:
            return f"found “{text}”, expected {expected}"
        return ""

    return read


def checked(problem_of: Callable[[ExplorerState, str], str]) -> Read:
    """A reader of any text in which ``problem_of`` finds nothing wrong, as it is."""

    def read(state: ExplorerState, name: str, text: str) -> str:
        problem = problem_of(state, text)
        if not problem:
            setattr(state, name, text)
        return problem

    return read


def finite(text: str) -> float:
    """A finite number. Raises ValueError where it is none."""
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(text)
    return number


def rising(text: str) -> tuple[float, ...]:
    """Rising numbers joined by ~. Raises ValueError where they are not."""
    numbers = tuple(map(finite, text.split("~")))
    if list(numbers) != sorted(numbers):
        raise ValueError(text)
    return numbers


def _texts(text: str, state: ExplorerState) -> list[str]:
    """The words that ``write_words`` joined, or one word that was written by hand."""
    if not text or text in state.vocabulary.place:
        return [text] if text else []
    return [unquote(part) for part in text.split(",")]


def read_words(state: ExplorerState, _: str, text: str, *, after: int) -> str:
    """Selects words after the first ``after`` of those that are selected already."""
    found = find_words(_texts(text, state), state.vocabulary, state.words[:after])
    if not found.problem:
        state.select_words(found.words)
    return found.problem


def read_sorting_word(state: ExplorerState, _: str, text: str) -> str:
    """The word whose response orders the units."""
    found = find_words(_texts(text, state), state.vocabulary)
    if not found.problem:
        state.sorted_by = next(iter(found.words), None)
    return found.problem


def read_units(state: ExplorerState, _: str, text: str, *, after: int) -> str:
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


def read_named_view(state: ExplorerState, _: str, text: str) -> str:
    """A named view of the storage, by its id."""
    try:
        state.view = text and read_view(state.storage, text).id
    except StorageError as error:
        return error.message
    return ""


def read_silenced(state: ExplorerState, _: str, text: str) -> str:
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


def start_problem(state: ExplorerState, text: str) -> str:
    """What is wrong with what a typed sentence is read after, or ""."""
    if text in (WARM, ZERO) or (text.isdecimal() and not problem_of(state, int(text))):
        return ""
    return f"found “{text}”, expected {WARM}, {ZERO} or a recorded sentence's number"


def read_multiples(state: ExplorerState, _: str, text: str) -> str:
    """Views as small multiples."""
    asked = text.split("~~") if text else []
    wrong = [each for each in asked if read_multiple(each) is None]
    if wrong or len(asked) > MOST_MULTIPLES:
        found = f"“{wrong[0]}”" if wrong else f"{len(asked)} views"
        return f"found {found}, expected {MOST_MULTIPLES} views at most as model~layer~state"
    state.multiples = list(dict.fromkeys(asked))
    return ""


def write_multiples(state: ExplorerState, _: str) -> str:
    """Views as ``read_multiples`` reads them."""
    return "~~".join(state.multiples)


def write_silenced(state: ExplorerState, _: str) -> str:
    """The number of the silenced chip, from 1."""
    return "" if state.silenced is None else str(state.silenced + 1)


def write_sorting_word(state: ExplorerState, _: str) -> str:
    """The text of the sorting word."""
    return write_words(state, [] if state.sorted_by is None else [state.sorted_by])
