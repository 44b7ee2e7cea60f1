"""Slow questions, asked beside the session so that everything else goes on answering."""

import logging
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import TypeVar

import panel as pn

Answer = TypeVar("Answer")
_UNFORESEEN = "This failed: {kind}: {error}. The log of the viewer says where."
_WORKERS = ThreadPoolExecutor(max_workers=2, thread_name_prefix="rnnvis-question")


def ask(
    question: Callable[[], Answer], take: Callable[[Answer], None], fail: Callable[[str], None]
) -> None:
    """Calls ``question`` in a thread, then ``take`` with its answer, under the document's lock; or
    ``fail`` with a sentence where it raised what it does not answer for.

    Without a session (a test, an export) question and ``take`` are called at once.
    """
    document = pn.state.curdoc
    if document is None or document.session_context is None:
        take(question())
        return

    def hand_over(answered: "Future[Answer]") -> None:
        error = answered.exception()
        if error:
            logging.getLogger(__name__).error("a question failed", exc_info=error)
        if document.session_context is not None:  # the page may have been closed meanwhile
            document.add_next_tick_callback(
                partial(fail, _UNFORESEEN.format(error=error, kind=type(error).__name__))
                if error
                else partial(take, answered.result())
            )

    _WORKERS.submit(question).add_done_callback(hand_over)
