"""Labels of a table that hardly mean what they say: classes that are nearly twins."""

import re
from collections.abc import Mapping, Sequence
from itertools import groupby

_NUMBER = re.compile(r"[+-]?\d+(?:[.,]\d+)?")
_COUNTED = re.compile(rf"({_NUMBER.pattern})\s*[^\W\d_]+")
_TRUTH = {"true": 1.0, "yes": 1.0, "false": 0.0, "no": 0.0}


def in_order(labels: Sequence[str]) -> tuple[str, ...]:
    """Numbers by size where all are numbers, else by alphabet."""
    numbers = {label: number for label in labels if (number := _number(label)) is not None}
    if len(numbers) == len(labels):
        return tuple(sorted(labels, key=lambda label: (numbers[label], label)))
    return tuple(sorted(labels))


def _number(label: str) -> float | None:
    return float(label.replace(",", ".")) if _NUMBER.fullmatch(label) else None


def near_twins(labels: Sequence[str]) -> list[tuple[str, ...]]:
    """Groups of different labels that are probably one class: alike but for case, blanks and
    punctuation; or one number, written as ``1``, ``1.0``, ``true`` and ``1 star``."""
    spelled = _groups({label: re.sub(r"[\W_]+", "", label.casefold()) or label for label in labels
                       if _number(label) is None})  # fmt: skip
    counted = _groups({label: value for label in labels if (value := _count(label)) is not None})
    plain = [group for group in counted if any(_number(label) is not None for label in group)]
    return [*spelled, *(group for group in plain if group not in spelled)]


def _count(label: str) -> float | None:
    word = label.strip().casefold()
    counted = _COUNTED.fullmatch(word)
    return _TRUTH.get(word, _number(counted[1] if counted else word))


def _groups(keys: Mapping[str, str | float]) -> list[tuple[str, ...]]:
    ordered = sorted(keys, key=lambda label: (str(keys[label]), label))
    groups = (tuple(group) for _, group in groupby(ordered, key=keys.__getitem__))
    return [group for group in groups if len(group) > 1]
