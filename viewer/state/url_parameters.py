"""Every choice that the page's address keeps, declared once.

A new one needs a parameter of ``ExplorerState`` and a row of ``URL_PARAMETERS``. The address, what
two compared panes share, and what the picture is drawn with all follow from that row.
"""

from dataclasses import dataclass
from enum import Enum
from functools import partial

from viewer.data.analysis_tables import rows_problem
from viewer.data.name_search import pin_problem
from viewer.state import url_values as values
from viewer.state.explorer_state import PANES
from viewer.state.sentence_choice import show_other_steps, show_step, show_written, written
from viewer.state.url_values import Read, Write, checked, finite, parsed, rising


class Scope(Enum):
    """What two compared panes have in common of a parameter."""

    OWN = "nothing: each pane has a value of its own"
    SHARED = "the value"
    WORDS = "words, by their text"
    SENTENCES = "sentences, by their number or text"


@dataclass(frozen=True)
class UrlParameter:
    """``name`` of the parameter in ``ExplorerState``, ``key`` in the address; ``drawn``: whether
    the picture is drawn with its value, as it is."""

    name: str
    key: str
    scope: Scope = Scope.SHARED
    read: Read = values.read_choice
    write: Write = values.write_value
    drawn: bool = False


_FIRST_WORDS: Write = lambda state, _: values.write_words(state, state.words[:1])  # noqa: E731
_FURTHER_WORDS: Write = lambda state, _: values.write_words(state, state.words[1:])  # noqa: E731

URL_PARAMETERS = (
    UrlParameter("model", "model", Scope.OWN, values.read_model),
    UrlParameter("release_id", "release", Scope.OWN, values.read_release),
    UrlParameter("layer", "layer", Scope.OWN),
    UrlParameter("state", "state", Scope.OWN),
    UrlParameter("affinity", "affinity", Scope.OWN),
    UrlParameter("num_clusters", "k", Scope.OWN),
    UrlParameter("word", "word", Scope.WORDS, partial(values.read_words, after=0), _FIRST_WORDS),
    UrlParameter(
        "overlaid", "also", Scope.WORDS, partial(values.read_words, after=1), _FURTHER_WORDS,
    ),
    UrlParameter("unit", "unit", Scope.OWN, partial(values.read_units, after=0)),
    UrlParameter("beside", "units", Scope.OWN, partial(values.read_units, after=1)),
    UrlParameter(
        "sorted_by", "sort", Scope.WORDS, values.read_sorting_word, values.write_sorting_word,
    ),
    UrlParameter("top_words", "top", read=parsed(int, "a number of words from 2 to 40")),
    UrlParameter("minimum_count", "min", read=parsed(int, "a number of occurrences, 1 or more")),
    UrlParameter("section", "show"),
    UrlParameter(
        "sentences", "sentence", Scope.SENTENCES,
        lambda state, _, text: show_written(state, text), lambda state, _: written(state.sentences),
    ),
    UrlParameter("read_from", "from", read=checked(values.start_problem)),
    UrlParameter("step", "step", Scope.SENTENCES, lambda state, _, text: show_step(state, text)),
    UrlParameter("stretch", "stretch", read=parsed(int, "a number of words from 1 to 20")),
    UrlParameter("matched_by", "match"),
    UrlParameter("table", "table"),
    UrlParameter("table_rows", "rows", Scope.OWN, checked(lambda _, text: rows_problem(text))),
    UrlParameter(
        "other_steps", "steps", Scope.SENTENCES,
        lambda state, _, text: show_other_steps(state, text),
    ),
    UrlParameter(
        "pinned", "pin", Scope.OWN,
        checked(lambda state, text: pin_problem(text, state.num_clusters)),
    ),
    UrlParameter("silenced", "silence", Scope.OWN, values.read_silenced, values.write_silenced),
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
        read=parsed(int, "a number of words, or 0 for as many as fit"), drawn=True,
    ),
    UrlParameter(
        "link_range", "links", drawn=True,
        read=parsed(
            lambda text: rising(text) if text else None, "two rising fractions, as 0.2~1"
        ),
    ),
    UrlParameter(
        "clip", "clip", drawn=True,
        read=parsed(lambda text: finite(text) if text else None, "a number above 0, or nothing"),
    ),
    UrlParameter(
        "presentation", "present", drawn=True,
        read=parsed(lambda text: text.split("~") if text else [], f"some of {'~'.join(PANES)}"),
    ),
    UrlParameter("own_scales", "own", drawn=True),
    UrlParameter("multiples", "several", read=values.read_multiples, write=values.write_multiples),
    UrlParameter("dark", "dark"),
    UrlParameter("view", "view", Scope.OWN, values.read_named_view),
)  # fmt: skip
"""In the order in which an address is restored: what a value depends on comes before it."""

NAMES = tuple(parameter.name for parameter in URL_PARAMETERS)
DRAWN = tuple(parameter.name for parameter in URL_PARAMETERS if parameter.drawn)


def names_of(scope: Scope) -> tuple[str, ...]:
    """The parameters of a scope."""
    return tuple(parameter.name for parameter in URL_PARAMETERS if parameter.scope is scope)
