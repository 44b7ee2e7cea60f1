"""Two panes: what is linked between their states, and how it crosses from one to the other."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

import param

from viewer.state.explorer_state import LOOK, ExplorerState

OWN = (
    "model", "release_id", "layer", "state", "affinity", "num_clusters", "unit", "beside", "track",
    "pinned",
)  # fmt: skip
"""What each pane has of its own."""
COPIED = (
    *LOOK, "dark", "sentence_layout", "bars", "keep_shown", "top_words", "minimum_count", "section",
)  # fmt: skip
"""What is the same in both panes."""
WORDS = ("word", "overlaid", "sorted_by")
SENTENCES = ("sentences", "step")


def another_view(one: ExplorerState, other: ExplorerState) -> None:
    """Turns ``other`` to what is worth comparing with ``one``: another layer, or another state of
    the only layer, or another model, or else the very same view."""
    other.model = one.model
    if one.problem or other.take_release(one.release_id):
        return
    other.param.update(
        layer=one.layer, state=one.state, affinity=one.affinity, num_clusters=one.num_clusters
    )
    for name in ("layer", "state", "model"):
        further = [value for value in one.param[name].objects if value != getattr(one, name)]
        if further:
            setattr(other, name, further[0])
            return


class Pair:
    """Keeps two states in step until they part.

    Words cross by their text, because ids differ between vocabularies; those that the other pane's
    text does not hold are in its ``missing``. Recorded sentences cross by their number where both
    models read the same split, else by their text. A pane that takes another model or release
    takes all that is linked from its partner.
    """

    def __init__(self, one: ExplorerState, other: ExplorerState) -> None:
        self._crossing = False
        self._texts: list[str] = []
        self._numbers: dict[tuple[str, str], int] = {}
        self._watchers = [
            (source, source.param.watch(
                partial(self._cross, source, target),
                ["release_id", *COPIED, *WORDS, *SENTENCES],
            ))
            for source, target in ((one, other), (other, one))
        ]  # fmt: skip
        self._note_words(one)
        self._carry(one, other, [*COPIED, *WORDS, *SENTENCES])

    def part(self) -> None:
        """Ends the link."""
        for state, watcher in self._watchers:
            state.param.unwatch(watcher)
            state.missing = []

    def _cross(
        self, source: ExplorerState, target: ExplorerState, *events: param.parameterized.Event
    ) -> None:
        changed = [event.name for event in events]
        if self._crossing or source.problem:
            return
        if "release_id" in changed:
            self._carry(target, source, [*COPIED, *WORDS, *SENTENCES])
            return
        if not {*WORDS}.isdisjoint(changed):
            self._note_words(source)
        self._carry(source, target, changed)

    def _note_words(self, source: ExplorerState) -> None:
        self._texts = [] if source.problem else _texts(source, source.words)

    @contextmanager
    def _one_way(self) -> Iterator[None]:
        """What changes meanwhile does not cross back."""
        self._crossing = True
        try:
            yield
        finally:
            self._crossing = False

    def _carry(self, source: ExplorerState, target: ExplorerState, names: Sequence[str]) -> None:
        """Brings the target in step with the source in the named parameters."""
        changes = {name: getattr(source, name) for name in names if name in COPIED}
        if not (source.problem or target.problem):
            if not {*WORDS}.isdisjoint(names):
                changes |= self._words(source, target)
            if not {*SENTENCES}.isdisjoint(names):
                changes |= self._sentences(source, target)
        with self._one_way():
            source.missing = _missing(source, self._texts)
            target.param.update(**changes)

    def _words(self, source: ExplorerState, target: ExplorerState) -> dict[str, Any]:
        """The linked words as the target numbers them."""
        sorting = [] if source.sorted_by is None else _texts(source, [source.sorted_by])
        words, sorted_by = map(target.occurring, (self._texts, sorting))
        return {
            "word": next(iter(words), None), "overlaid": words[1:],
            "sorted_by": next(iter(sorted_by), None), "missing": _missing(target, self._texts),
        }  # fmt: skip

    def _sentences(self, source: ExplorerState, target: ExplorerState) -> dict[str, Any]:
        sentences = [self._sentence(shown, source, target) for shown in source.sentences]
        return {"sentences": sentences, "step": source.step}

    def _sentence(
        self, shown: int | str, source: ExplorerState, target: ExplorerState
    ) -> int | str:
        """A sentence as the target can show it."""
        if isinstance(shown, str):
            return self._numbers.get((target.release_id, shown), shown)
        if _split(source) == _split(target):
            return shown
        text = str(source.release.sentences.get(shown)["text"])
        self._numbers[source.release_id, text] = shown  # for the way back
        return text


def _split(state: ExplorerState) -> tuple[str, str]:
    """The text that a pane's model was recorded on."""
    return state.facts.model["dataset"], state.facts.model["recorded_split"]


def _texts(state: ExplorerState, words: Sequence[int]) -> list[str]:
    return [state.vocabulary.words[word] for word in words]


def _missing(state: ExplorerState, texts: Sequence[str]) -> list[str]:
    """Those of the words that do not occur in the state's recorded text."""
    return [] if state.problem else [text for text in texts if not state.occurring([text])]


def missing_text(state: ExplorerState) -> str:
    """Says which words of the other pane do not occur in this one, or ""."""
    words = ", ".join(f"“{word}”" for word in state.missing)
    verb = "does" if len(state.missing) == 1 else "do"
    return f"{words} {verb} not occur in the text of {state.model}" if words else ""
