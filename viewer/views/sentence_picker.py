"""Adding sentences, typed or of the recorded split, and removing them."""

import re
from functools import partial
from typing import Any

import panel as pn
import param
from panel.custom import JSComponent

from viewer.data.first_states import WARM, ZERO, chooses_start
from viewer.data.picture_defaults import BARS
from viewer.state.explorer_state import ExplorerState
from viewer.state.sentence_choice import add_sentence, remove_sentence
from viewer.style import COMPONENT
from viewer.views.messages import listen
from viewer.views.reader_loading import once_loaded
from viewer.views.sentence_data import recorded_verdict
from viewer.views.widgets import WIDE, TickBox, View, bound, styled
from warehouse.errors import RnnvisError

LISTED = 40
SEARCHED = 400
"""Sentences that hold the text, of which the best are listed."""
SOUGHT = 200
"""Characters of a text by which recorded sentences are searched."""
SHOWN = 60


def best_first(rows: list[dict[str, Any]], text: str) -> list[dict[str, Any]]:
    """Sentences that hold ``text`` as whole words before those that hold it within one, the shorter
    before the longer; as they came, without a text."""
    whole = re.compile(rf"(?<!\S){re.escape(text)}(?!\S)", re.IGNORECASE)
    return sorted(rows, key=lambda row: (not whole.search(row["text"]), len(row["text"]))
                  if text else 0)  # fmt: skip


class SentencesComponent(JSComponent):
    """A line with recorded sentences that hold what is typed, and a list of those shown."""

    shown = param.List(default=[], item_type=str)

    _bundle = COMPONENT / "panels" / "sentence_picker.js"


class SentencePicker(View):
    """Answers what is typed with recorded sentences, and what is entered by showing it or saying
    why not."""

    def __init__(self, state: ExplorerState) -> None:
        super().__init__()
        self.state = state
        self.component = SentencesComponent(**WIDE, margin=(0, 0, 8, 0))
        listen(self.component, self._receive)
        self.start = styled(pn.widgets.Select, "Typed ones are read")
        self.start.param.watch(lambda event: self._take_start(event.new), "value")
        self.bars = bound(
            state, pn.widgets.Select, "bars", "Bars show",
            options={text: name for name, text in BARS.items()},
        )  # fmt: skip
        self.layout = bound(state, pn.widgets.Select, "sentence_layout", "Sentences stand")
        self.attribution = bound(state, pn.widgets.Select, "attribution", "Contributions by")
        self.keep = TickBox(state, "keep_shown", "Keep gate in control charts")
        state.watch(self._show, "release_id", "problem", "sentences", "read_from")
        self._show()
        self.root = pn.Column(
            self.component, self.start, self.layout, self.bars, self.attribution, self.keep,
            margin=0,
        )  # fmt: skip

    def _take_start(self, start: str | None) -> None:
        if start:
            self.state.read_from = start

    def _show(self) -> None:
        state = self.state
        self.component.shown = [] if state.problem else [self._name(s) for s in state.sentences]
        self.layout.visible = len(state.sentences) > 1
        self.bars.visible = bool(state.sentences)
        self._show_start()
        self.attribution.visible = (
            self.bars.visible
            and not state.problem
            and state.facts.model["task"] == "classification"
        )
        self.keep.box.visible = not state.problem and any(
            layer.gated_state for layer in state.facts.layers
        )

    def _show_start(self) -> None:
        """Offers what typed sentences can be read from, where one is shown."""
        state = self.state
        shown = [s for s in state.sentences if isinstance(s, int)]
        numbers = dict.fromkeys([*map(str, shown), *filter(str.isdecimal, [state.read_from])])
        options = {"from the mean state": WARM, "from a zero state": ZERO}
        options |= {f"after sentence {number}": number for number in numbers}
        typed = any(isinstance(s, str) for s in state.sentences)
        self.start.visible = typed and not state.problem and self._chooses_start()
        self.start.param.update(options=options, value=state.read_from)

    def _chooses_start(self) -> bool:
        try:
            return chooses_start(self.state.release)
        except RnnvisError:
            return False  # the sentence says what is missing

    def _name(self, sentence: int | str) -> str:
        if isinstance(sentence, str):
            return sentence[:SHOWN]
        try:
            text = str(self.state.release.sentences.get(sentence)["text"])
        except RnnvisError as error:
            return error.message
        return f"{sentence}  {text[:SHOWN]}"

    def _receive(self, message: dict[str, Any]) -> None:
        match message:
            case {"type": "typed", "text": str(text)}:
                self.component._send_msg({"type": "found", "text": text, "found": self.find(text)})
            case {"type": "add", "sentence": int() | str() as sentence} if not self.state.problem:
                add = partial(self._add, sentence)
                if isinstance(sentence, str):
                    once_loaded(add)
                else:
                    add()
            case {"type": "remove", "index": int(index)}:
                remove_sentence(self.state, index)

    def _add(self, sentence: int | str) -> None:
        problem = add_sentence(self.state, sentence)
        self.component._send_msg({"type": "answer", "problem": problem})

    def find(self, text: str) -> list[dict[str, Any]]:
        """The recorded sentences that hold a text, the best first, with label and prediction; an
        error is listed in their place and cannot be picked."""
        if self.state.problem:
            return []
        part = text.strip()[:SOUGHT]
        try:
            found = self.state.release.sentences.find(part, limit=SEARCHED).to_pylist()
        except RnnvisError as error:
            return [{"name": error.message, "note": "", "text": "", "sentence": ""}]
        return [
            {
                "name": f"sentence {row['sentence_id']}",
                "note": recorded_verdict(row),
                "text": row["text"],
                "sentence": row["sentence_id"],
            }
            for row in best_first(found, part)[:LISTED]
        ]
