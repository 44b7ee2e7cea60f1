"""The page of named views: a name and a note for what is shown, and the list of all."""

from collections.abc import Mapping
from typing import Any

import panel as pn
import param
from panel.custom import JSComponent

from viewer.state.explorer_state import ExplorerState
from viewer.state.page_address import query_of
from viewer.style import COMPONENT
from viewer.views.messages import listen
from viewer.views.sections.section import Section, TextLine
from viewer.views.widgets import WIDE, styled
from warehouse.errors import StorageError
from warehouse.named_views import (
    LONGEST,
    NamedView,
    named_views,
    read_view,
    remove_view,
    save_view,
)

ABOUT = (
    "A view keeps all that is selected and set, under a short address. Views are kept in the "
    "storage: everybody who uses it sees them."
)


class ViewList(JSComponent):
    """Named views; a click opens one."""

    items = param.List(default=[], doc="dicts: id, name, note, saved, current")

    _bundle = COMPONENT / "panels" / "named_views.js"


class ViewsSection(Section):
    """What is shown gets a name and a note; the view that was opened can be changed."""

    depends = ("view",)

    def __init__(self, state: ExplorerState) -> None:
        super().__init__(state)
        self.title = styled(
            pn.widgets.TextInput, "Name of this view", max_length=LONGEST["name"],
            margin=(4, 12, 4, 10),
        )  # fmt: skip
        self.note = styled(
            pn.widgets.TextAreaInput, "Note", max_length=LONGEST["note"], height=84,
            margin=(0, 12, 6, 10),
        )  # fmt: skip
        self.change = styled(pn.widgets.Button, "Change the view", margin=(0, 4, 6, 4))
        self.save = styled(pn.widgets.Button, "Save as new", margin=(0, 4, 6, 4))
        self.change.on_click(lambda _: self._save(self.state.view))
        self.save.on_click(lambda _: self._save(""))
        self.text, self.about = TextLine(), TextLine()
        self.list = ViewList(**WIDE, margin=(0, 6, 12, 10))
        listen(self.list, self._receive)
        buttons = pn.Row(self.change, self.save, **WIDE, margin=(0, 8, 0, 6))
        self.column[:] = [self.title, self.note, buttons, self.text, self.list, self.about]
        self.about.say(ABOUT)

    def appear(self) -> None:
        self._stale = True  # others name views too
        super().appear()

    def draw(self) -> None:
        shown, problem = self._opened()
        if shown is not None:
            self.title.value, self.note.value = shown.name, shown.note
        self.change.visible = shown is not None
        self._list(problem)

    def _opened(self) -> tuple[NamedView | None, str]:
        """The view that was opened, if any, and why it cannot be read."""
        if not self.state.view:
            return None, ""
        try:
            return read_view(self.state.release.storage, self.state.view), ""
        except StorageError as error:
            return None, str(error)

    def _list(self, problem: str = "") -> None:
        views, problems = named_views(self.state.release.storage)
        self.list.items = [
            {
                "id": view.id, "name": view.name, "note": view.note,
                "saved": view.saved_at[:10], "current": view.id == self.state.view,
            }
            for view in views
        ]  # fmt: skip
        self.text.say("\n".join(filter(None, [problem, *problems])))

    def _save(self, view_id: str) -> None:
        try:
            saved = save_view(
                self.state.release.storage,
                self.title.value or "",
                self.note.value or "",
                self._query(),
                view_id,
            )
        except StorageError as error:
            self.text.say(str(error))
            return
        self.state.view = saved.id
        self._list()

    def _query(self) -> str:
        """Of the page's address, both panes; without one, of this pane."""
        location = pn.state.location
        written = (location.search or "") if location is not None else ""
        whole = "model=" in written  # not the short address of another view
        return (written if whole else query_of(self.state)).removeprefix("?")

    def _receive(self, message: Mapping[str, Any]) -> None:
        match message:
            case {"type": "remove_view", "view": str(view_id)}:
                try:
                    remove_view(self.state.release.storage, view_id)
                except StorageError as error:
                    self.text.say(str(error))
                    return
                if view_id == self.state.view:
                    self.state.view = ""
                self._list()
