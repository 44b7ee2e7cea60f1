"""What one page shows: a pane, or two that are compared."""

from typing import Any

import param

from viewer.state.explorer_state import ExplorerState
from viewer.state.linked_panes import Pair, another_view
from warehouse.storage import Storage


class Session(param.Parameterized):
    """``left`` is always there; ``right`` while two panes are compared."""

    right: Any = param.ClassSelector(class_=ExplorerState, doc="state of the second pane, or none")

    def __init__(self, storage: Storage) -> None:
        super().__init__()
        self._storage = storage
        self._pair: Pair | None = None
        self.left = ExplorerState(storage)

    @property
    def panes(self) -> list[ExplorerState]:
        return [self.left] if self.right is None else [self.left, self.right]

    def compare(self) -> None:
        """Opens the second pane, at another view than the first."""
        if self.right is None:
            right = ExplorerState(self._storage)
            another_view(self.left, right)
            self._pair = Pair(self.left, right)
            self.right = right

    def close(self) -> None:
        """Ends the comparison; the left pane stays as it is."""
        if self._pair:
            self._pair.part()
        self._pair = self.right = None

    def look_for_models(self) -> list[str]:
        """Models published since the last look; both panes can choose them from then on."""
        published = self.left.look_for_models()
        if self.right is not None:
            self.right.look_for_models()
        return published
