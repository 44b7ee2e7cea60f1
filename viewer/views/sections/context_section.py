"""The page of occurrences: where the selected word or unit changed most, in their sentences."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, NamedTuple

import panel as pn

from viewer.data import detail_data
from viewer.data.detail_data import Occurrence
from viewer.state.explorer_state import ExplorerState
from viewer.state.sentence_choice import add_sentence
from viewer.views.messages import listen
from viewer.views.sections.section import WIDE, Section, TextLine, ask
from viewer.views.selection_chips import OccurrenceList, listed
from warehouse.errors import RnnvisError
from warehouse.reader import Release

NOTHING = "Click a word or a memory cell to see the sentences in which it moved most."
LOOKING = "Searching the recording …"


class Question(NamedTuple):
    """Whose strongest occurrences to find: of a word or any, in a unit or the whole state."""

    release: Release
    layer: int
    state: str
    word_id: int | None
    unit: int | None


class Answer(NamedTuple):
    """What was found, how its changes are written ("+": with a sign), or what is wrong."""

    found: tuple[Occurrence, ...]
    problem: str
    signed: str = ""


def answer(question: Question) -> Answer:
    """The strongest occurrences."""
    found = detail_data.strongest_occurrences(*question)
    return Answer(found, "", "" if question.unit is None else "+")


def answered(answer: Callable[[Any], Answer], question: Any) -> Answer:
    """An answer; a problem where the recording cannot be read."""
    try:
        return answer(question)
    except RnnvisError as error:
        return Answer((), str(error))


class Occurrences(pn.viewable.Viewer):
    """A heading and a list, which ``answer`` fills in the background; ``show`` is called with a
    sentence and a position that were clicked."""

    def __init__(
        self,
        state: ExplorerState,
        answer: Callable[[Any], Answer],
        show: Callable[[int, int], object],
    ) -> None:
        super().__init__()
        self.state, self._answer, self._show = state, answer, show
        self.question: Any = None
        self.heading, self.text = TextLine(), TextLine()
        self.list = OccurrenceList(**WIDE, margin=(0, 6, 12, 10))
        listen(self.list, self._receive)

    def __panel__(self) -> pn.Column:
        return pn.Column(self.heading, self.text, self.list, **WIDE, margin=0)

    def clear(self) -> None:
        """Shows nothing, and ignores a pending answer."""
        self.question = None
        self.heading.say("")
        self.text.say("")
        self.list.items = []

    def look_for(self, question: Any, heading: str) -> None:
        """Shows the answer to a question as soon as it is there."""
        self.heading.say(heading)
        if question == self.question:
            return
        self.question = question
        self.list.items = []
        self.text.say(LOOKING)
        ask(
            partial(answered, self._answer, question),
            partial(self._take, question),
            lambda text: self._take(question, Answer((), text)),
        )

    def _take(self, question: Any, answered: Answer) -> None:
        if question != self.question:
            return  # something else was selected meanwhile
        if answered.problem:
            self.question = None  # asked again when the page is opened: it may have been repaired
        self.text.say(answered.problem)
        self.list.items = listed(answered.found, answered.signed)

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
        self.of_word, self.of_unit = (Occurrences(state, answer, self._show) for _ in range(2))
        self.column[:] = [self.text, self.of_word, self.of_unit]

    def draw(self) -> None:
        state = self.state
        self.text.say(NOTHING if state.word is None and state.unit is None else "")
        if state.word is None:
            self.of_word.clear()
        else:
            question = self._question(state.word, state.unit)
            self.of_word.look_for(question, self._word_heading(state.word))
        if state.unit is None:
            self.of_unit.clear()
        else:
            heading = f"Any word: where unit {state.unit} changed most"
            self.of_unit.look_for(self._question(None, state.unit), heading)

    def _show(self, sentence: int, position: int) -> None:
        self.state.param.update(sentences=[sentence], step=(0, position))

    def _question(self, word: int | None, unit: int | None) -> Question:
        state = self.state
        return Question(state.release, state.layer, state.state, word, unit)

    def _word_heading(self, word: int) -> str:
        name, count = self.state.vocabulary.words[word], int(self.state.vocabulary.counts[word])
        shown = min(count, detail_data.LISTED)
        unit = self.state.unit
        what = "the whole state (length of the change)" if unit is None else f"unit {unit}"
        of = detail_data.occurrences(count)
        return f"“{name}”: {shown:,} of {of}, those that changed {what} most"
