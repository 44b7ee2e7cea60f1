"""A box to tick whose text can be clicked and is read out: those of Bokeh's own Checkbox cannot."""

from typing import Any

import panel as pn

from viewer.state.explorer_state import ExplorerState
from viewer.style import styled


class TickBox(pn.viewable.Viewer):
    """Keeps in step with a parameter of the state that is true or false."""

    def __init__(self, state: ExplorerState, name: str, label: str) -> None:
        super().__init__()
        self._state, self._name, self._label = state, name, label
        self.box = styled(pn.widgets.CheckBoxGroup, "", options=[label])
        self.box.param.watch(lambda event: setattr(state, name, bool(event.new)), "value")
        state.watch(self._show, name)
        self._show()

    def __panel__(self) -> Any:
        return self.box

    def _show(self) -> None:
        self.box.value = [self._label] if getattr(self._state, self._name) else []
