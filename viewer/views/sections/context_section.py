"""The page of occurrences: where the selected word or unit changed most, in their sentences."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import panel as pn

from viewer.data import detail_data
from viewer.data.detail_data import Occurrence, strongest_occurrences
from viewer.state.explorer_state import ExplorerState
from viewer.state.sentence_choice import add_sentence
from viewer.views.messages import listen
from viewer.views.sections.section import LatestQuestion, Section, TextLine
from viewer.views.selection_chips import OccurrenceList, listed
from viewer.views.widgets import WIDE, View

NOTHING = "Click a word or a memory cell to see the sentences in which it moved most."
LOOKING = "Searching the recording …"


class Occurrences(View):
    """A heading and a list, which ``find`` fills in the background; ``show`` is called with a
    sentence and a position that were clicked."""

    def __init__(
        self,
        state: ExplorerState,
        find: Callable[..., tuple[Occurrence, ...]],
        show: Callable[[int, int], object],
    ) -> None:
        super().__init__()
        self.state, self._find, self._show = state, find, show
        self.latest, self._signed = LatestQuestion(self._take), ""
        self.heading, self.text = TextLine(), TextLine()
        self.list = OccurrenceList(**WIDE, margin=(0, 6, 12, 10))
        listen(self.list, self._receive)
        self.root = pn.Column(self.heading, self.text, self.list, **WIDE, margin=0)

    def clear(self) -> None:
        """Shows nothing, and ignores a pending answer."""
        self.latest.question = None
        self.heading.say("")
        self.text.say("")
        self.list.items = []

    def look_for(self, question: tuple[Any, ...], heading: str, signed: str = "") -> None:
        """Shows what ``find`` finds for a question as soon as it is there; ``signed`` as of
        ``listed``."""
        self.heading.say(heading)
        if question == self.latest.question:
            return
        self.list.items, self._signed = [], signed
        self.text.say(LOOKING)
        self.latest.ask(question, partial(self._find, *question))

    def _take(self, found: tuple[Occurrence, ...] | str) -> None:
        if isinstance(found, str):
            self.latest.question = None  # asked again when the page is opened: may be repaired
            self.text.say(found)
            return
        self.text.say("")
        self.list.items = listed(found, self._signed)

    def _receive(self, message: Mapping[str, Any]) -> None:
        match message:
            case {"type": "show", "sentence": int(sentence), "position": int(position)}:
                self._show(sentence, position)
            case {"type": "add", "sentence": int(sentence)}:
                self.text.say(add_sentence(self.state, sentence))


class ContextSection(Section):
    """Occurrences of the selected word, over those of the selected unit among all words."""

    depends = ("word", "unit")

    def __init__(self, state: ExplorerState) -> None:
        super().__init__(state)
        self.text = TextLine()
        self.of_word, self.of_unit = (
            Occurrences(state, strongest_occurrences, self._show) for _ in range(2)
        )
        self.column[:] = [self.text, self.of_word, self.of_unit]

    def draw(self) -> None:
        state = self.state
        self.text.say(NOTHING if state.word is None and state.unit is None else "")
        if state.word is None:
            self.of_word.clear()
        else:
            signed = "" if state.unit is None else "+"
            question = self._question(state.word, state.unit)
            self.of_word.look_for(question, self._word_heading(state.word), signed)
        if state.unit is None:
            self.of_unit.clear()
        else:
            heading = f"Any word: where unit {state.unit} changed most"
            self.of_unit.look_for(self._question(None, state.unit), heading, "+")

    def _show(self, sentence: int, position: int) -> None:
        self.state.param.update(sentences=[sentence], step=(0, position))

    def _question(self, word: int | None, unit: int | None) -> tuple[Any, ...]:
        return self.state.release, self.state.layer, self.state.state, word, unit

    def _word_heading(self, word: int) -> str:
        name, count = self.state.vocabulary.words[word], int(self.state.vocabulary.counts[word])
        shown = min(count, detail_data.LISTED)
        unit = self.state.unit
        what = "the whole state (length of the change)" if unit is None else f"unit {unit}"
        of = detail_data.occurrences(count)
        return f"“{name}”: {shown:,} of {of}, those that changed {what} most"
