"""Importing PyTorch takes two seconds: in a thread, others are answered meanwhile."""

from collections.abc import Callable
from threading import Event

from viewer.views.sections.section import ask

_loaded = Event()


def load_reader() -> None:
    """Imports what reads typed sentences and silences chips."""
    import viewer.data.typed_sentences  # noqa: F401

    _loaded.set()


def once_loaded(act: Callable[[], None]) -> None:
    """Calls ``act``, which needs ``load_reader``: at once, or under the document's lock after that
    has ended. Where it failed, ``act`` meets the same error, and reports it."""
    if _loaded.is_set():
        act()
    else:
        ask(load_reader, lambda _: act())
