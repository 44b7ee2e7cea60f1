import re
from pathlib import Path

import panel as pn
import pytest

from tests.viewer.conftest import LEFT, OTHER, TOY, TWIN
from tests.viewer.made_up_release import publish_made_up
from viewer.percentages import spaced
from viewer.state.explorer_state import ExplorerState
from viewer.state.session import Session
from viewer.views.model_summary import clustered_words_rows, quality_rows, saturation_rows
from viewer.views.pane_controls import PaneCard, PaneControls, folded
from viewer.views.panes import CompareSwitch, PaneByPane, PaneName, view_of
from warehouse.storage import Storage


@pytest.fixture
def compared_session(compared: Storage) -> Session:
    made = Session(compared)
    made.left.model = LEFT.name
    return made


def test_card_tells_model_and_quality(state: ExplorerState) -> None:
    card = PaneCard(state)
    for text in ("LSTM", "2 × 60", "test", "54.6", state.release_id):
        assert text in card.model.object
    assert "3.10 / 6.20" in card.quality.object
    assert "Sign invariance" not in card.quality.object
    assert spaced("<dt>Saturated</dt><dd title='30%'>") in card.quality.object
    state.model = TOY.name
    assert "1 cluster<" in card.quality.object


def test_a_saturated_state_is_said() -> None:
    assert saturation_rows(None) == []
    assert saturation_rows(0.5) == [("Saturated", spaced("50%"))]
    assert saturation_rows(0.95) == [("Saturated", spaced("95%: little but signs is read of it"))]


def test_the_clustered_words_are_named() -> None:
    words = ["the", "N", "<unk>", "of"]
    (row,) = clustered_words_rows(words, 5)
    assert row == ("Clustered words", "top 4, count ≥ 5, with <unk>, N")
    ((_, plain),) = clustered_words_rows(["the"], 2)
    assert plain == "top 1, count ≥ 2"


def test_groups_that_depend_on_signs_are_said() -> None:
    quality = {
        "normalized_cut": 1.0, "chance_cut": 2.0, "stability": 0.9, "chance_stability": 0.1,
        "sign_coherence": 0.8, "chance_coherence": 0.3, "invariance": 0.11,
        "empty_word_clusters": 0, "head_agreement": 0.25,
    }  # fmt: skip
    assert ("Sign invariance", "0.11") in quality_rows(quality)
    assert ("Stability", "0.90 / 0.10") in quality_rows(quality)
    assert ("Like heads", "0.25 (1: each cluster is a head)") in quality_rows(quality)


def test_further_seeds_are_folded_until_their_family_is_chosen() -> None:
    models = ["a", "a-b", "a.seed-2", "a.seed-3", "c"]
    assert folded(models, "c") == {"a +2 seeds": "a", "a-b": "a-b", "c": "c"}
    unfolded = {name: name for name in ("a", "a.seed-2", "a.seed-3", "a-b", "c")}
    assert folded(models, "a.seed-3") == unfolded == folded(models, "a")
    assert folded(["a.seed-2"], None) == {"a.seed-2": "a.seed-2"}


def test_a_model_is_chosen_from_the_list(compared_session: Session) -> None:
    state = compared_session.left
    controls = PaneControls(state)
    assert list(controls.model.options) == state.param.model.objects
    controls.model.value = TWIN.name
    assert state.model == TWIN.name
    state.model = OTHER.name
    assert controls.model.value == OTHER.name


def test_releases_are_offered_where_there_is_a_choice(compared_session: Session) -> None:
    controls = PaneControls(compared_session.left)
    newer, older = controls.release.options.values()
    assert (controls.release.visible, controls.release.value) == (True, newer)
    assert all(
        re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", made) for made in controls.release.options
    )
    controls.release.value = older
    assert compared_session.left.release_id == older
    compared_session.left.model = TWIN.name
    assert not controls.release.visible
    assert controls.release.value == compared_session.left.release_id


@pytest.mark.slow
def test_a_damaged_release_is_said_and_the_one_at_hand_kept(tmp_path: Path) -> None:
    own = Storage(tmp_path)
    older, newer = (publish_made_up(own, TWIN) for _ in range(2))
    state = ExplorerState(own)
    state.model = TWIN.name
    controls = PaneControls(state)
    older.path.write_bytes(older.path.read_bytes()[:5000])
    controls.release.value = older.release_id
    assert state.release_id == controls.release.value == newer.release_id
    assert state.problem == ""
    assert "class=warning" in controls.warning.pane.object
    assert controls.warning.pane.visible


def test_a_missing_word_is_said(compared_session: Session) -> None:
    compared_session.compare()
    compared_session.right.model = OTHER.name
    controls = PaneControls(compared_session.right)
    assert not controls.warning.pane.visible
    compared_session.left.find("she")
    assert f"“she” does not occur in the text of {OTHER.name}" in controls.warning.pane.object
    compared_session.left.find("her")
    assert not controls.warning.pane.visible


def test_there_is_one_view_a_pane(compared_session: Session) -> None:
    made: list[tuple[str, str]] = []

    def make(state: ExplorerState, side: str) -> pn.pane.Str:
        made.append((state.model, side))
        return pn.pane.Str(side)

    panes = PaneByPane(compared_session, make, pn.Row())
    assert (made, panes.layout.css_classes) == ([(LEFT.name, "Left")], [])
    compared_session.compare()
    assert made[1:] == [(LEFT.name, "Right")]
    assert [view.object for view in panes.layout] == ["Left", "Right"]
    assert panes.layout.css_classes == ["comparing"]
    compared_session.close()
    assert (len(panes.layout), panes.layout.css_classes) == (1, [])


def test_switch_opens_and_ends_a_comparison(compared_session: Session) -> None:
    switch = CompareSwitch(compared_session)
    name = PaneName(compared_session, compared_session.left, "Left", view_of)
    assert (switch.button.label, switch.own_scales.root.visible) == ("Compare", False)
    assert not name.pane.visible
    switch.button.clicks += 1
    assert len(compared_session.panes) == 2
    assert (switch.button.label, switch.own_scales.root.visible) == ("End the comparison", True)
    assert f"Left <span>{LEFT.name}, layer 1, cell</span>" in name.pane.object
    assert name.pane.visible
    switch.button.clicks += 1
    assert len(compared_session.panes) == 1
    assert switch.button.label == "Compare"
