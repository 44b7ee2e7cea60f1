"""Messages of the browser: only plain data of bounded size reach the views."""

from collections.abc import Callable
from typing import Any

LONGEST_TEXT = 1_000_000
MOST_ENTRIES = 20


def is_plain(value: Any) -> bool:
    """Whether a value is a whole number, a text, nothing, or a short list of these. A switch is
    not: Python would take it for the number 0 or 1."""
    if isinstance(value, list):
        return len(value) <= MOST_ENTRIES and all(
            is_plain(entry) and not isinstance(entry, list) for entry in value
        )
    if isinstance(value, str):
        return len(value) <= LONGEST_TEXT
    return value is None or type(value) is int


def listen(component: Any, receive: Callable[[dict[str, Any]], None]) -> None:
    """Calls ``receive`` with each message of the component's browser side; one that no page of
    ours sends is ignored."""

    def take(event: Any) -> None:
        message = event.data
        if (
            isinstance(message, dict)
            and len(message) <= MOST_ENTRIES
            and all(map(is_plain, message.values()))
        ):
            receive(message)

    component.on_msg(take)
