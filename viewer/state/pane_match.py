"""How the clusters of the two panes of a comparison match: worked out once for a pair of views."""

from typing import TYPE_CHECKING, Any

from viewer.data.cluster_matching import ClusterMatching, match_analyses
from warehouse.errors import RnnvisError

if TYPE_CHECKING:
    from viewer.state.explorer_state import ExplorerState


class PaneMatch:
    """The matching of two panes' clusters, the left one's first, as they are now."""

    def __init__(self, left: "ExplorerState", right: "ExplorerState") -> None:
        self.panes = left, right
        self._shown: Any = None
        self._found: ClusterMatching | None = None

    def matching(self) -> ClusterMatching | None:
        """None where nothing can be matched: the page says why a pane shows nothing."""
        left, right = self.panes
        if left.problem or right.problem:
            return None
        shown = tuple((pane.model, pane.release_id, pane.released_analysis) for pane in self.panes)
        if shown != self._shown:
            self._shown = shown
            try:
                self._found = match_analyses(
                    left.release, left.released_analysis, right.release, right.released_analysis
                )
            except RnnvisError:
                self._found = None  # the pane that lacks its co-clustering reports it
        return self._found

    def side(self, pane: "ExplorerState") -> int:
        """0 for the left pane, 1 for the right one."""
        return 0 if pane is self.panes[0] else 1

    def other(self, pane: "ExplorerState") -> "ExplorerState":
        return self.panes[1 - self.side(pane)]

    def order(self, pane: "ExplorerState") -> tuple[int, ...]:
        """``ClusterMatching.order`` of a pane; empty without a matching."""
        found = self.matching()
        return () if found is None else found.order(self.side(pane))
