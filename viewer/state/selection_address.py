"""Selected words and units as an address keeps them: words by their text, since ids differ between
releases, and several of them joined by commas.

What reads a text takes the state and the text, and returns what is wrong with it, or "".
"""

from collections.abc import Callable, Mapping, Sequence
from urllib.parse import quote, unquote

from viewer.data.name_lookup import find_words, pin_problem, units_problem
from viewer.state.explorer_state import ExplorerState


def written_words(state: ExplorerState, words: Sequence[int]) -> str:
    """The texts of words, joined by commas."""
    return ",".join(quote(state.vocabulary.words[word], safe="") for word in words)


def _parted(text: str, known: Mapping[str, int]) -> list[str]:
    """The words that ``written_words`` joined, or one that was written by hand."""
    if not text or text in known:
        return [text] if text else []
    return [unquote(part) for part in text.split(",")]


def _take_words(state: ExplorerState, text: str, *, after: Sequence[int]) -> str:
    """Selects words after those that are selected already."""
    found = find_words(_parted(text, state.vocabulary.place), state.vocabulary, after)
    if not found.problem:
        state.select_words(found.words)
    return found.problem


def _take_units(state: ExplorerState, text: str, *, after: Sequence[int]) -> str:
    numbers = text.split("~") if text else []
    for number in numbers:
        if not number.isdecimal():
            return f"found “{number}”, expected a number"
    units = [*after, *map(int, numbers)]
    problem = units_problem(units, state.num_units)
    if not problem:
        state.select_units(units)
    return problem


def _take_pin(state: ExplorerState, text: str) -> str:
    problem = pin_problem(text, state.num_clusters)
    if not problem:
        state.pinned = text
    return problem


def _take_sorting_word(state: ExplorerState, text: str) -> str:
    found = find_words(_parted(text, state.vocabulary.place), state.vocabulary)
    if not found.problem:
        state.sorted_by = next(iter(found.words), None)
    return found.problem


SELECTED: dict[str, Callable[[ExplorerState, str], str]] = {
    "word": lambda state, text: _take_words(state, text, after=[]),
    "overlaid": lambda state, text: _take_words(state, text, after=state.words[:1]),
    "unit": lambda state, text: _take_units(state, text, after=[]),
    "beside": lambda state, text: _take_units(state, text, after=state.units[:1]),
    "sorted_by": _take_sorting_word,
    "pinned": _take_pin,
}
"""What reads the text of a parameter."""


def written_selection(state: ExplorerState) -> dict[str, str]:
    """The parameters that hold words, as texts, by their names."""
    sorting = [] if state.sorted_by is None else [state.sorted_by]
    first, further = state.words[:1], state.words[1:]
    words = {"word": first, "overlaid": further, "sorted_by": sorting}
    return {name: written_words(state, ids) for name, ids in words.items()}
