"""The scales that two panes of a comparison have in common: of the charts, and what bars show."""

from collections.abc import Callable, Sequence
from contextlib import suppress

import pyarrow as pa
import pyarrow.compute as pc

from viewer.data import detail_data, release_store
from viewer.data.picture_defaults import AUTOMATIC, BARS, varying_bars
from viewer.data.sentence_states import step_response
from viewer.state.explorer_state import ExplorerState
from warehouse.errors import RnnvisError

Ends = tuple[float, float]


def _around(ends: Sequence[Ends]) -> Ends | None:
    """The lowest and the highest of some ends."""
    return (min(low for low, _ in ends), max(high for _, high in ends)) if ends else None


def shared_ends(
    state: ExplorerState, ends_of: Callable[[ExplorerState], Ends | None]
) -> Ends | None:
    """The lowest and highest value of a pane's chart, or of both panes' where they share scales;
    None where there is nothing to show. Raises as ``ends_of`` does for the pane itself."""
    found = [ends_of(state)]
    other = state.other_pane
    if other is not None and not state.has_own_scales:
        with suppress(RnnvisError):  # that pane reports it
            found.append(ends_of(other))
    return _around([ends for ends in found if ends is not None])


def response_ends(state: ExplorerState) -> Ends | None:
    """Of the responses to the selected words, and of the change at the selected step."""
    at = state.release, state.layer, state.state
    found = [release_store.word_response(*at, word) for word in state.words]
    ends = [(float(one.q09.min()), float(one.q91.max())) for one in found]
    try:
        step = step_response(state)
    except RnnvisError:
        step = None  # reported below the chart
    if step is not None:
        ends.append((float(step[1].min()), float(step[1].max())))
    return _around(ends)


def boxes_of(state: ExplorerState) -> list[pa.Table]:
    """``detail_data.unit_boxes`` of every selected unit."""
    at = state.release, state.layer, state.state
    limits = state.top_words, state.minimum_count
    return [detail_data.unit_boxes(*at, unit, *limits) for unit in state.units]


def box_ends(state: ExplorerState) -> Ends | None:
    """Of the box plots of the selected units."""
    filled = [table for table in boxes_of(state) if table.num_rows]
    return _around([
        (pc.min(table["q09"]).as_py(), pc.max(table["q91"]).as_py()) for table in filled
    ])  # fmt: skip


def shared_bars(state: ExplorerState) -> str:
    """What the sentences' bars show; where nothing is chosen, in panes with one scale the same in
    both: what shows most of either."""
    other = state.other_pane
    if state.bars != AUTOMATIC or state.problem or other is None or state.has_own_scales:
        return str(state.bars)
    shown = (varying_bars(pane.release, pane.layer, pane.state) for pane in (state, other))
    return max(shown, key=list(BARS).index)
