"""Which column of a table holds the text, and which the labels."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from warehouse.errors import ConfigurationError, near_miss

TEXT_NAMES = ("text", "review", "sentence", "document", "content", "body", "comment", "message")
LABEL_NAMES = (
    "label", "class", "category", "sentiment", "polarity", "target", "stars", "rating", "score",
)  # fmt: skip
NO_LABELS = "none"
"""The option that makes a language model of a table that has labels."""
MOST_CLASSES = 20
FEWEST_OF_A_CLASS = 5
"""Rows for each different value, on average: below, a column is no column of labels."""
CLEARLY = 2.0
"""How many times as long as any other column's a text is, where no name says so."""
FEWEST_WORDS = 2.0


@dataclass(frozen=True)
class Columns:
    """The columns of the text and of the labels; None: there are no labels."""

    text: str
    label: str | None


def choose_columns(
    rows: Sequence[Mapping[str, Any]], file: Path, text: str | None, label: str | None
) -> Columns:
    """The columns named by ``text`` and ``label`` (``NO_LABELS``: none), or else found in ``rows``.

    Raises ConfigurationError, which names the option that decides, where a name is no column's, or
    where several columns might be meant.
    """
    values = {name: [row.get(name) for row in rows] for name in rows[0]} if rows else {}
    for option, named in (("--text", text), ("--label", label)):
        if named is not None and named not in values and (option, named) != ("--label", NO_LABELS):
            raise ConfigurationError(
                f"{file}: no column {named!r}, only {', '.join(values)}{near_miss(named, values)}",
                repair=f"name one of them: {option} COLUMN",
            )
    found = text or _text_column(values, file)
    if label is not None:
        return Columns(found, None if label == NO_LABELS else label)
    return Columns(found, _label_column(values, found, file))


def _mean_words(values: Sequence[Any]) -> float:
    texts = [value for value in values if isinstance(value, str)]
    return sum(len(text.split()) for text in texts) / max(len(values), 1)


def _text_column(values: Mapping[str, Sequence[Any]], file: Path) -> str:
    lengths = {name: _mean_words(column) for name, column in values.items()}
    long = {name: length for name, length in lengths.items() if length >= FEWEST_WORDS}
    named = [name for name in long if name.strip().lower() in TEXT_NAMES]
    if len(named) == 1:
        return named[0]
    ranked = sorted(long, key=lambda name: -long[name])
    if ranked and all(long[ranked[0]] >= CLEARLY * long[other] for other in ranked[1:]):
        return ranked[0]
    choices = f"any of {', '.join(long)} might" if long else f"none of {', '.join(values)} does"
    raise ConfigurationError(
        f"{file}: expected one column that holds the text; {choices}", repair="add --text COLUMN"
    )


def _label_column(values: Mapping[str, Sequence[Any]], text: str, file: Path) -> str | None:
    others = {name: column for name, column in values.items() if name != text}
    fitting = [name for name, column in others.items() if _holds_labels(column)]
    named = [name for name in fitting if name.strip().lower() in LABEL_NAMES]
    chosen = named or fitting
    if len(chosen) > 1:
        raise ConfigurationError(
            f"{file}: expected one column of labels; any of {', '.join(chosen)} might be",
            repair=f"add --label COLUMN, or --label {NO_LABELS} for a language model",
        )
    return chosen[0] if chosen else None


def _holds_labels(column: Sequence[Any]) -> bool:
    """Whether a few values come again and again, none of them missing."""
    if any(value is None or str(value).strip() == "" for value in column):
        return False
    different = len(Counter(map(str, column)))
    return 2 <= different <= min(MOST_CLASSES, len(column) // FEWEST_OF_A_CLASS)
