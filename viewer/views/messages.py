"""Messages of the browser: the one schema of all that our components send. Nothing else is read."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from viewer.state.explorer_state import PANES

LARGEST = 2**31
LONGEST_TEXT = 1_000_000
LONGEST_NAME = 1_000


@dataclass(frozen=True)
class Whole:
    """A number from 0 to below ``LARGEST``. A switch is none: Python would take it for 0 or 1."""

    def allows(self, value: Any) -> bool:
        return type(value) is int and 0 <= value < LARGEST


@dataclass(frozen=True)
class Text:
    """At most ``longest`` characters."""

    longest: int

    def allows(self, value: Any) -> bool:
        return isinstance(value, str) and len(value) <= self.longest


@dataclass(frozen=True)
class Nothing:
    """The end of a selection."""

    def allows(self, value: Any) -> bool:
        return value is None


@dataclass(frozen=True)
class Some:
    """A list of different entries of ``of``."""

    of: tuple[str, ...]

    def allows(self, value: Any) -> bool:
        return (
            isinstance(value, list)
            and len(value) <= len(self.of)
            and all(isinstance(entry, str) and entry in self.of for entry in value)
            and len(set(value)) == len(value)
        )


Kind = Whole | Text | Nothing | Some
FIELDS: Mapping[str, tuple[Kind, ...]] = {
    "word_id": (Whole(), Nothing()),
    "unit": (Whole(), Nothing()),
    "cluster": (Whole(), Nothing()),
    "sentence": (Whole(), Nothing(), Text(LONGEST_TEXT)),
    "position": (Whole(),),
    "index": (Whole(),),
    "id": (Whole(),),
    "panes": (Some(tuple(PANES)),),
    "form": (Text(LONGEST_NAME),),
    "pinned": (Text(LONGEST_NAME),),
    "view": (Text(LONGEST_NAME),),
    "text": (Text(LONGEST_TEXT),),
    "query": (Text(LONGEST_TEXT), Nothing()),
    "percent": (Whole(),),
}
"""What a field may hold, by its name."""

TYPES: Mapping[str, tuple[str, ...]] = {
    "word": ("word_id",),
    "add_word": ("word_id",),
    "unit": ("unit",),
    "add_unit": ("unit",),
    "pin": ("pinned",),
    "silence": ("cluster",),
    "presentation": ("panes",),
    "arrange": ("text",),
    "remove_view": ("view",),
    "name_cluster": ("cluster", "text"),
    "matrix": (),
    "export": ("form",),
    "step": ("sentence", "position"),
    "add_step": ("sentence", "position"),
    "remove_sentence": ("sentence",),
    "show": ("sentence", "position"),
    "add": ("sentence", "position"),
    "remove": ("index", "id"),
    "typed": ("text",),
    "find": ("text",),
    "address": ("query",),
    "tour": ("query",),
    "room": ("percent",),
}
"""The fields that a message may have, by its type."""


def is_allowed(message: Any) -> bool:
    """Whether a message is of a known type, and has only fields of that type and what they hold."""
    if not isinstance(message, dict) or len(message) > len(FIELDS):
        return False
    kind = message.get("type")
    fields = TYPES.get(kind) if isinstance(kind, str) else None
    return fields is not None and all(
        name == "type" or (name in fields and any(k.allows(value) for k in FIELDS[name]))
        for name, value in message.items()
    )


def listen(component: Any, receive: Callable[[dict[str, Any]], None]) -> None:
    """Calls ``receive`` with each message of the component's browser side; one that no page of
    ours sends is ignored."""

    def take(event: Any) -> None:
        if is_allowed(event.data):
            receive(event.data)

    component.on_msg(take)
