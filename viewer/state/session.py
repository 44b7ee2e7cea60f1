"""What one page shows: a pane, or two that are compared, and what is linked between these."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

import param

from viewer.state.explorer_state import ANALYSED, ExplorerState
from viewer.state.pane_match import PaneMatch
from viewer.state.url_parameters import Scope, names_of
from warehouse.storage import Storage

SHARED, WORDS, SENTENCES = map(names_of, (Scope.SHARED, Scope.WORDS, Scope.SENTENCES))
LINKED = (*SHARED, *WORDS, *SENTENCES)


class Session(param.Parameterized):
    """``left`` is always there; ``right`` while two panes are compared."""

    right: Any = param.ClassSelector(class_=ExplorerState, doc="state of the second pane, or none")

    def __init__(self, storage: Storage) -> None:
        super().__init__()
        self._storage = storage
        self._link: PaneLink | None = None
        self.restoring = False
        self.before_tour = ""  # the query of what was shown, while a tour shows something else
        self.left = ExplorerState(storage)

    @property
    def panes(self) -> list[ExplorerState]:
        return [self.left] if self.right is None else [self.left, self.right]

    def compare(self) -> None:
        """Opens the second pane, at another view than the first."""
        if self.right is None:
            right = ExplorerState(self._storage)
            _show_another_view(self.left, right)
            self._link = PaneLink(self.left, right)
            self.right = right

    def close(self) -> None:
        """Ends the comparison; the left pane stays as it is."""
        if self._link:
            self._link.end()
        self._link = self.right = None

    def watch_panes(self, act: Callable[[], object], *names: str) -> None:
        """Calls ``act`` now, and whenever one of the named parameters of a pane changes or a pane
        opens or closes."""

        def follow_right(*_: object) -> None:
            if self.right is not None:
                self.right.watch(act, *names)
            act()

        self.left.watch(act, *names)
        self.param.watch(follow_right, "right")
        follow_right()

    @contextmanager
    def while_restoring(self) -> Iterator[None]:
        """The address is not written meanwhile."""
        self.restoring = True
        try:
            yield
        finally:
            self.restoring = False

    def look_for_models(self) -> list[str]:
        """Models published since the last look; both panes offer them from then on."""
        found = [pane.look_for_models() for pane in self.panes]
        return found[0]


def _show_another_view(one: ExplorerState, other: ExplorerState) -> None:
    """Shows in ``other`` what is worth comparing with ``one``: another layer, or another state of
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


class PaneLink:
    """Keeps two panes in step until the comparison ends.

    Words are carried over by their text, because ids differ between vocabularies; those that do not
    occur in the other pane's text are in its ``missing``. Recorded sentences are carried over by
    their number where both models read the same split, else by their text. A pane that opens
    another model or release takes all that is linked from its partner.
    """

    def __init__(self, one: ExplorerState, other: ExplorerState) -> None:
        self._carrying = False
        self._texts: list[str] = []
        self._numbers: dict[tuple[str, str], int] = {}
        self._watchers = []
        for source, target in ((one, other), (other, one)):
            for act, names in (
                (self._follow, ["release_id", *LINKED]),
                (self._show_to, [*ANALYSED, "num_clusters", "unit", "beside"]),
            ):
                watcher = source.param.watch(partial(act, source, target), names)
                self._watchers.append((source, watcher))
        self._note_words(one)
        self._carry(one, other, LINKED)
        one.match = other.match = PaneMatch(one, other)
        self._show_to(one, other)
        self._show_to(other, one)

    def end(self) -> None:
        for state, watcher in self._watchers:
            state.param.unwatch(watcher)
        for state in dict(self._watchers):
            state.match = None
            state.param.update(missing=[], partner=None, partner_units=[])

    def _show_to(
        self, source: ExplorerState, target: ExplorerState, *_: param.parameterized.Event
    ) -> None:
        """Lets the target know what the source shows: clusters are matched, scales shared."""
        shown = source.model, source.release_id, source.released_analysis
        target.param.update(partner=shown, partner_units=source.units)

    def _follow(
        self, source: ExplorerState, target: ExplorerState, *events: param.parameterized.Event
    ) -> None:
        changed = [event.name for event in events]
        if self._carrying or source.problem:
            return
        if "release_id" in changed:
            self._carry(target, source, LINKED)
            return
        if not {*WORDS}.isdisjoint(changed):
            self._note_words(source)
        self._carry(source, target, changed)

    def _note_words(self, source: ExplorerState) -> None:
        self._texts = [] if source.problem else _texts(source, source.words)

    def _carry(self, source: ExplorerState, target: ExplorerState, names: Sequence[str]) -> None:
        """Brings the target in step with the source in the named parameters."""
        changes = {name: getattr(source, name) for name in names if name in SHARED}
        if not (source.problem or target.problem):
            if not {*WORDS}.isdisjoint(names):
                changes |= self._words(source, target)
            if not {*SENTENCES}.isdisjoint(names):
                sentences = [self._sentence(shown, source, target) for shown in source.sentences]
                changes |= {"sentences": sentences, "step": source.step}
                changes["other_steps"] = source.other_steps
        self._carrying = True  # changes made meanwhile are not carried back
        try:
            source.missing = _missing(source, self._texts)
            target.param.update(**changes)
        finally:
            self._carrying = False

    def _words(self, source: ExplorerState, target: ExplorerState) -> dict[str, Any]:
        """The linked words as the target numbers them."""
        sorting = [] if source.sorted_by is None else _texts(source, [source.sorted_by])
        words, sorted_by = map(target.vocabulary.occurring, (self._texts, sorting))
        return {
            "word": next(iter(words), None), "overlaid": words[1:],
            "sorted_by": next(iter(sorted_by), None), "missing": _missing(target, self._texts),
        }  # fmt: skip

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


def _split(state: ExplorerState) -> tuple[str, ...]:
    """The text that a pane's model was recorded on."""
    return tuple(
        str(state.facts.model[name]) for name in ("dataset", "recorded_split", "num_tokens")
    )


def _texts(state: ExplorerState, words: Sequence[int]) -> list[str]:
    return [state.vocabulary.words[word] for word in words]


def _missing(state: ExplorerState, texts: Sequence[str]) -> list[str]:
    """Those of the words that do not occur in the state's recorded text."""
    if state.problem:
        return []
    return [text for text in texts if not state.vocabulary.occurring([text])]


def missing_text(state: ExplorerState, where: str = "") -> str:
    """Which words of the other pane do not occur in this one, as a sentence, or ""; ``where``, in
    place of the text of the model."""
    words = ", ".join(f"“{word}”" for word in state.missing)
    verb = "does" if len(state.missing) == 1 else "do"
    return f"{words} {verb} not occur {where or f'in the text of {state.model}'}" if words else ""
