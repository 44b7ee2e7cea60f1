"""Finding words and units by name."""

from typing import Any

import panel as pn
from panel.custom import JSComponent

from viewer.state import ExplorerState
from viewer.style import COMPONENT, WIDTH
from viewer.suggesting import suggestions
from viewer.theme import TAG_NAMES

LONGEST = 200
"""Characters of a name that are looked at; no vocabulary holds longer ones."""


class FindComponent(JSComponent):
    """A line with suggestions; it asks and is answered by messages alone."""

    _bundle = COMPONENT / "find.js"


class FindView(pn.viewable.Viewer):
    """Answers what is typed with names, and what is entered by selecting it or saying why not."""

    def __init__(self, state: ExplorerState) -> None:
        super().__init__()
        self.state = state
        self.component = FindComponent(width=WIDTH, margin=(0, 0, 8, 0))
        self.component.on_msg(lambda event: self._receive(event.data))

    def __panel__(self) -> FindComponent:
        return self.component

    def _receive(self, message: dict[str, Any]) -> None:
        match message:
            case {"type": "typed", "text": str(text)}:
                names = self.names(text[-LONGEST:])
                self.component._send_msg({"type": "names", "text": text, "names": names})
            case {"type": "find", "text": str(text)} if not self.state.problem:
                problem = self.state.find(text.strip()[:LONGEST])
                self.component._send_msg({"type": "answer", "problem": problem})

    def names(self, text: str) -> list[dict[str, Any]]:
        """What to offer for a text that is being written, tags in words."""
        if self.state.problem:
            return []
        found = suggestions(text, self.state.vocabulary, self.state.num_units)
        return [name | {"tag": TAG_NAMES.get(name["tag"])} for name in found]
