"""Small multiples: what they offer, what they show, their words and colours, and the way back."""

import numpy as np
import panel as pn
import pytest

from tests.viewer.conftest import LEFT, OTHER, TWIN, session_of
from viewer.data import release_store
from viewer.data.multiples import (
    MOST_MULTIPLES,
    Multiple,
    analysis_for,
    kept_releases,
    layers_and_states,
    read_multiple,
    top_layers,
)
from viewer.state.session import Session
from viewer.views.main_view import CoClusterView
from viewer.views.multiples_view import MultiplesControls, MultiplesView
from viewer.views.panes import PaneByPane
from warehouse.storage import Storage

pytestmark = pytest.mark.slow

VIEWS = [f"{LEFT.name}~1~hidden", f"{TWIN.name}~0~hidden", f"{OTHER.name}~0~hidden"]


@pytest.fixture
def session(compared: Storage) -> Session:
    return session_of(compared, LEFT.name)


@pytest.fixture
def view(session: Session, compared: Storage) -> MultiplesView:
    pictures = PaneByPane(session, lambda state, _: CoClusterView(state), pn.Row())
    return MultiplesView(session, compared, pictures)


@pytest.mark.parametrize("text", ["a-model~0~hidden", "a-model~12~cell~20260101T000000Z-abc"])
def test_a_view_is_read_as_it_is_written(text: str) -> None:
    assert str(read_multiple(text)) == text


@pytest.mark.parametrize("text", ["", "a-model", "a-model~0", "~0~cell", "m~one~cell", "m~0~c~r~x"])
def test_another_text_is_no_view(text: str) -> None:
    assert read_multiple(text) is None


def test_layers_states_releases_and_models_are_offered(session: Session, compared: Storage) -> None:
    state = session.left
    found = layers_and_states(compared, LEFT.name, state.release_id)
    assert {(one.layer, one.state) for one in found} == {
        (layer, kind) for layer in (0, 1) for kind in ("hidden", "cell")
    }
    releases = [one.release_id for one in kept_releases(compared, LEFT.name, 1, "cell")]
    assert releases == state.kept_releases()
    assert {one.model for one in top_layers(compared)} == {LEFT.name, TWIN.name, OTHER.name}


@pytest.mark.parametrize(("asked", "shown"), [(2, 2), (3, 2), (4, 4), (10, 4)])
def test_a_model_shows_the_number_of_clusters_nearest_to_the_pictures(
    compared: Storage, asked: int, shown: int
) -> None:
    twin, view = (
        release_store.current_release(compared, TWIN.name),
        Multiple(TWIN.name, 0, "hidden"),
    )
    for affinity in ("positive", "not-there"):
        found = analysis_for(twin, view, affinity, asked)
        assert (found.affinity, found.num_clusters) == ("positive", shown)


def test_the_grid_takes_the_place_of_the_picture(session: Session, view: MultiplesView) -> None:
    assert (view.column.visible, view.pictures.layout.visible) == (False, True)
    session.left.multiples = VIEWS
    assert (view.column.visible, view.pictures.layout.visible) == (True, False)
    assert list(view.cells) == VIEWS
    for text, cell in view.cells.items():
        model = text.split("~")[0]
        assert model in str(cell.heading.object)
        assert cell.component.look["small"]
        assert cell.component.sentences == []
        assert cell.component.clusters["k"] > 1
    first, second = (view.cells[text].component for text in VIEWS[:2])
    assert first.match == {}
    assert np.isfinite(second.match["jaccard"][: TWIN.cluster_counts[0]]).any()
    view._open(VIEWS[1])
    assert (session.left.model, session.left.multiples) == (TWIN.name, [])
    assert not view.column.visible


def test_a_word_of_one_is_selected_in_all_that_have_it(
    session: Session, view: MultiplesView
) -> None:
    session.left.multiples = VIEWS
    cell = view.cells[VIEWS[1]]
    vocabulary = release_store.vocabulary_of(cell.shown[1])
    her = vocabulary.place["her"]
    view._receive(cell, {"type": "word", "word_id": her})
    assert session.left.words == [session.left.vocabulary.place["her"]]
    for shown in view.cells.values():
        place = release_store.vocabulary_of(shown.shown[1]).place
        assert shown.component.selection["words"] == [place["her"]]
        expected = shown.shown[1].words.response(place["her"], layer=shown.shown[2].layer,
                                                 state="hidden").mean  # fmt: skip
        np.testing.assert_array_equal(shown.component.response["values"], expected)
    view._select(["she"])  # which the third does not have
    assert "does not occur" in view.cells[VIEWS[2]].component.response["note"]
    view._receive(cell, {"type": "word", "word_id": None})
    assert session.left.words == []


def test_one_scale_unless_the_states_differ(session: Session, view: MultiplesView) -> None:
    session.left.multiples = VIEWS[:2]
    cell = view.cells[VIEWS[0]]
    assert not cell.component.look["own_scales"]
    session.left.multiples = [*VIEWS[:2], f"{LEFT.name}~1~cell"]
    assert cell.component.look["own_scales"]


def test_what_cannot_be_shown_says_why(session: Session, view: MultiplesView) -> None:
    session.left.multiples = ["no-model~0~hidden", f"{LEFT.name}~7~hidden", "senseless", VIEWS[0]]
    texts = [str(cell.text.pane.object) for cell in view.cells.values()]
    assert "no-model" in texts[0]
    assert "expected a layer of [0, 1]" in texts[1]
    assert "expected model~layer~state" in texts[2]
    assert view.cells[VIEWS[0]].component.visible
    view._remove("senseless")
    assert len(view.cells) == 3


def test_what_can_be_shown_again_says_nothing(session: Session, view: MultiplesView) -> None:
    session.left.multiples = VIEWS[:1]
    cell = view.cells[VIEWS[0]]
    cell.fail(VIEWS[0], "it is missing")
    assert cell.text.pane.visible
    session.left.word_size = "count"
    assert cell.component.visible
    assert not cell.text.pane.visible


def test_views_are_added_by_kind(session: Session, compared: Storage) -> None:
    controls = MultiplesControls(session.left, compared)
    controls.add.value = "this view"
    state = session.left
    own = str(Multiple(LEFT.name, int(state.layer), state.state))
    assert state.multiples == [own]
    controls.add.value = "all layers and states"
    assert len(state.multiples) == 4
    assert not controls.warning.pane.visible
    state.multiples = [f"m~{i}~hidden" for i in range(MOST_MULTIPLES - 1)]
    controls.add.value = "all models"
    assert len(state.multiples) == MOST_MULTIPLES
    assert "2 are left out" in controls.warning.pane.object
