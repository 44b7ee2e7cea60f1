"""The scales of two panes: one for both, their own where the quantities differ or it is chosen."""

import numpy as np
import pytest

from tests.viewer.conftest import LEFT, TWIN
from viewer.data.picture_defaults import BARS
from viewer.state.session import Session
from viewer.views.main_view import CoClusterView
from viewer.views.panes import ScalesBox, scales_text
from viewer.views.sections.responses_section import ResponsesSection
from viewer.views.shared_scales import box_ends, response_ends, shared_bars
from warehouse.storage import Storage


@pytest.fixture
def session(compared: Storage) -> Session:
    """The hidden states of two layers."""
    made = Session(compared)
    made.left.model = LEFT.name
    made.left.state = "hidden"
    made.compare()
    made.left.find("she")
    return made


def drawn_ends(session: Session) -> list[tuple[tuple[float, float], ...]]:
    """The ends of the response charts and of the first boxes of both panes."""
    found = []
    for pane in session.panes:
        section = ResponsesSection(pane)
        section.appear()
        ranges = section.response.plot.y_range, section.boxes.charts[0].plot.x_range
        found.append(tuple((ends.start, ends.end) for ends in ranges))
    return found


@pytest.mark.slow
def test_charts_of_both_panes_share_their_scales(session: Session) -> None:
    left, right = session.panes
    left.select_units([3])
    right.select_units([7, 8])
    shared = drawn_ends(session)
    assert shared[0] == shared[1]
    lows, highs = zip(*map(response_ends, session.panes), strict=True)
    (start, end), boxes = shared[0]
    assert start <= min(lows) < max(highs) <= end
    assert all(boxes[0] <= low < high <= boxes[1] for low, high in map(box_ends, session.panes))
    left.own_scales = True
    own = drawn_ends(session)
    assert own[0] != own[1]


def test_a_unit_of_the_other_pane_redraws_the_visible_charts(session: Session) -> None:
    left, right = session.panes
    for pane in session.panes:
        pane.select_units([3])
    section = ResponsesSection(left)
    section.appear()
    before = section.boxes.charts[0].plot.x_range.end
    values = right.release.words.response_matrix(layer=0, state="hidden").mean
    right.select_units([int(np.abs(values).max(axis=0).argmax())])
    assert section.boxes.charts[0].plot.x_range.end != before


def test_different_quantities_have_own_scales_unless_chosen(session: Session) -> None:
    left, right = session.panes
    view, box = CoClusterView(left), ScalesBox(left)
    assert not left.has_own_scales
    assert not scales_text(left)
    right.state = "cell"
    assert left.has_own_scales
    assert right.has_own_scales
    assert view.component.look["own_scales"]
    assert box.box.value
    assert "hidden and cell states are different quantities" in scales_text(left)
    box.box.value = []
    assert (left.own_scales, right.own_scales) == (False, False)
    assert not view.component.look["own_scales"]
    assert "One scale for two different quantities" in scales_text(left)
    left.own_scales = None
    session.close()
    assert not left.has_own_scales


def test_bars_are_of_one_kind_on_one_scale(session: Session) -> None:
    left, right = session.panes
    right.model = TWIN.name
    right.state = left.state
    shown = {shared_bars(pane) for pane in session.panes}
    assert len(shown) == 1
    assert shown <= set(BARS)
    left.bars = "changes"
    assert {shared_bars(pane) for pane in session.panes} == {"changes"}
