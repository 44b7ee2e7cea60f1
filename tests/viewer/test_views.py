from pathlib import Path

import numpy as np
import pytest

from tests.viewer.conftest import LEFT, OTHER, SPEC, TOY
from tests.viewer.made_up_release import publish_made_up
from viewer.data import release_store
from viewer.state.explorer_state import ExplorerState
from viewer.state.session import Session
from viewer.views.banner import BannerView
from viewer.views.control_panel import ControlView, LookControls, why_untagged
from viewer.views.main_view import CoClusterView
from viewer.views.search_line import FindView
from warehouse.errors import ReleaseError
from warehouse.reader import Release
from warehouse.storage import Storage


def test_component_gets_the_clusters_of_the_release(state: ExplorerState, release: Release) -> None:
    component = CoClusterView(state).component
    found = release.clusters.get(layer=1, state="cell", affinity="positive", num_clusters=10)
    sent = component.clusters
    of_cell = np.repeat(np.arange(10), sent["cells"])
    np.testing.assert_array_equal(of_cell, found.chips.clusters[sent["unit"]])
    np.testing.assert_array_equal(sent["word_cluster"], found.word_clusters)
    np.testing.assert_allclose(sent["weight"].reshape(10, 10), found.weights, rtol=1e-6)
    assert sorted(sent["unit"]) == list(range(SPEC.num_units))
    assert not sent["directed"]
    assert [text.split()[-1] for text in sent["silencing"]["texts"]] == ["words"] * 10
    words = [SPEC.words()[i] for i in component.vocabulary["ids"]]
    assert component.vocabulary["words"] == words


def test_measures_of_units_are_sent_once_the_picture_is_drawn(state: ExplorerState) -> None:
    view = CoClusterView(state)
    assert view.component.measures == {}
    view._receive({"type": "matrix"})
    measures = view.component.measures
    assert measures["key"] == view.component.vocabulary["key"]
    assert len(measures["half-life"]["values"]) == state.num_units
    state.num_clusters = 5
    assert view.component.measures is measures


def test_measures_are_there_at_once_where_cells_show_them(state: ExplorerState) -> None:
    state.cell_colour = "saturation"
    measures = CoClusterView(state).component.measures
    assert len(measures["saturation"]["values"]) == state.num_units


def test_words_are_not_sent_again_when_only_k_changes(state: ExplorerState) -> None:
    component = CoClusterView(state).component
    words = component.vocabulary
    state.num_clusters = 5
    assert component.vocabulary is words
    assert component.clusters["k"] == 5


def test_a_clicked_word_is_coloured_by_its_exact_response(
    state: ExplorerState, release: Release
) -> None:
    view = CoClusterView(state)
    word_id = release.words.id("her")
    view._receive({"type": "word", "word_id": word_id})
    assert state.word == word_id
    exact = release.words.response(word_id, layer=1, state="cell").mean
    np.testing.assert_array_equal(view.component.response["values"], exact)
    view._receive({"type": "word", "word_id": None})
    assert (state.word, view.component.response) == (None, {})


def test_the_first_response_is_sent_in_steps_and_exactly_once_it_is_drawn(
    state: ExplorerState, release: Release
) -> None:
    word_id = release.words.id("her")
    state.select_words([word_id])
    view = CoClusterView(state)
    exact = release.words.response(word_id, layer=1, state="cell").mean
    first = view.component.response
    assert first["values"].dtype == np.int16
    tolerance = np.abs(exact).max() / 2**15
    np.testing.assert_allclose(first["values"] * first["scale"], exact, atol=tolerance)
    view._receive({"type": "matrix"})
    np.testing.assert_array_equal(view.component.response["values"], exact)


@pytest.mark.parametrize(
    "message",
    [
        {"type": "word", "word_id": 10**6}, {"type": "word", "word_id": "her"},
        {"type": "unit", "unit": -1}, {"type": "unit"}, {"type": "other"}, {},
    ],
)  # fmt: skip
def test_a_senseless_message_changes_nothing(state: ExplorerState, message: dict) -> None:
    view = CoClusterView(state)
    before = dict(state.param.values())
    view._receive(message)
    assert dict(state.param.values()) == before


def test_matrix_is_within_a_step_of_the_clip(state: ExplorerState, release: Release) -> None:
    view = CoClusterView(state)
    assert view.component.matrix == {}
    view._receive({"type": "matrix"})
    matrix = view.component.matrix
    shown = matrix["values"].reshape(-1, matrix["units"]) * (matrix["clip"] / 127)
    exact = release.words.response_matrix(layer=1, state="cell").mean[: len(shown)]
    clipped = np.clip(exact, -matrix["clip"], matrix["clip"])
    assert np.abs(shown - clipped).max() <= matrix["clip"] / 127
    assert matrix["clip"] == pytest.approx(np.percentile(np.abs(exact), 95))
    assert matrix["key"] == view.component.vocabulary["key"]


def test_glyphs_are_means_over_the_units_of_a_cluster(
    state: ExplorerState, release: Release
) -> None:
    sent = CoClusterView(state).component.sentences[0]
    glyphs = release.sentences.glyphs(state.sentences[0], layer=1, state="cell")
    found = release.clusters.get(layer=1, state="cell", affinity="positive", num_clusters=10)
    sizes = np.bincount(found.chips.clusters, minlength=10)
    expected = glyphs.positive_change / np.maximum(sizes, 1)
    np.testing.assert_allclose(sent["positive_change"], expected.ravel(), rtol=1e-5)
    assert sent["words"] == release.sentences.get(state.sentences[0])["text"].split()


def test_a_missing_clustering_is_text_in_place_of_the_picture(state: ExplorerState) -> None:
    view = CoClusterView(state)
    state.num_clusters = 3
    assert "expected one of" in view.component.problem
    state.num_clusters = 5
    assert view.component.problem == ""


def test_search_selects_or_says_what_it_did_not_find(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    state = session.left
    find, answers = FindView(session), []
    monkeypatch.setattr(find.component, "_send_msg", answers.append)
    for text in ("compny<b>", "company"):
        find._receive({"type": "find", "text": text})
    refused, found = (answer["problem"] for answer in answers)
    assert "“compny<b>” is not in the vocabulary" in refused
    assert found == ""
    assert state.vocabulary.words[state.word] == "company"
    assert find.names("compan")[0]["tag"] == "noun"


def test_search_goes_on_in_the_other_pane(compared: Storage) -> None:
    session = Session(compared)
    session.left.model = LEFT.name
    session.compare()
    session.right.model = OTHER.name
    find = FindView(session)
    only = next(
        word
        for word in OTHER.words()
        if word not in LEFT.words() and session.right.vocabulary.occurring([word])
    )
    assert session.left.find(only)
    assert [name["name"] for name in find.names(only)][:1] == [only]
    assert find.find(only) == ""
    assert session.right.words == session.right.vocabulary.occurring([only])
    assert session.left.missing == [only]
    assert f"unit {LEFT.num_units}" in find.find(f"unit {max(LEFT.num_units, OTHER.num_units)}")
    assert "is not in the vocabulary" in find.find("compny")


def test_what_is_typed_is_answered_where_a_release_can_no_longer_be_read(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The line would wait for ever, otherwise."""

    def refuse(_: Release) -> None:
        raise ReleaseError("damaged")

    find, answers = FindView(session), []
    monkeypatch.setattr(find.component, "_send_msg", answers.append)
    monkeypatch.setattr(release_store, "vocabulary_of", refuse)
    find._receive({"type": "typed", "text": "he"})
    assert answers == [{"type": "names", "text": "he", "names": []}]


def test_the_look_is_made_when_it_is_unfolded(session: Session) -> None:
    look = ControlView(session).look
    assert len(look) == 0
    for collapsed in (False, True, False):
        look.collapsed = collapsed
    assert len(look) == 1


def test_banner_shows_notices_as_text(state: ExplorerState) -> None:
    banner = BannerView(state, ["found <script>"])
    assert "&lt;script&gt;" in banner.text.object
    banner.say([])
    assert not banner.root.visible


@pytest.mark.slow
def test_banner_offers_a_newer_release(tmp_path: Path) -> None:
    own = Storage(tmp_path)
    publish_made_up(own, TOY)
    state = ExplorerState(own)
    state.model = TOY.name
    banner = BannerView(state, [])
    banner.look_for_newer()
    assert not banner.root.visible
    newer = publish_made_up(own, TOY).release_id
    banner.look_for_newer()
    assert newer in banner.text.object
    assert banner.open.visible
    banner.open.clicks += 1
    assert (state.release_id, banner.root.visible) == (newer, False)


@pytest.mark.slow
def test_an_offer_goes_when_another_model_is_chosen(tmp_path: Path) -> None:
    own = Storage(tmp_path)
    for spec in (TOY, LEFT):
        publish_made_up(own, spec)
    state = ExplorerState(own)
    state.model = TOY.name
    banner = BannerView(state, [])
    publish_made_up(own, TOY)
    banner.look_for_newer()
    assert banner.open.visible
    state.model = LEFT.name
    assert not banner.open.visible
    assert not banner.root.visible


@pytest.mark.parametrize("section", ["training", "findings"])
@pytest.mark.parametrize("message", [{"type": "word", "word_id": 3}, {"type": "unit", "unit": 3}])
def test_a_click_turns_to_a_page_that_shows_what_was_clicked(
    state: ExplorerState, section: str, message: dict
) -> None:
    view = CoClusterView(state)
    state.section = section
    view._receive(message)
    assert state.section == "responses"
    state.section = "units"
    view._receive(message)
    assert state.section == "units"


def test_without_tags_the_switch_says_so(state: ExplorerState) -> None:
    look = LookControls(state)
    state.by_tag = True
    assert not look.no_tags.visible
    state.model = TOY.name
    assert look.no_tags.visible
    assert "rnnvis doctor" in look.no_tags.object


def test_the_colour_range_is_the_data_s_own_until_another_is_chosen(state: ExplorerState) -> None:
    clip = LookControls(state).clip
    own = release_store.responses_of(state.release, state.analysis).clip
    assert (clip.slider.value, clip.reset.visible, state.clip) == (own, False, None)
    clip.slider.value = 2 * own
    assert (state.clip, clip.reset.visible) == (2 * own, True)
    state.state = "hidden"
    assert clip.slider.value == state.clip
    clip.reset.clicks += 1
    assert state.clip is None
    assert clip.slider.value == release_store.responses_of(state.release, state.analysis).clip


def test_releases_are_opened_once_a_process(storage, state: ExplorerState) -> None:
    assert release_store.current_release(storage, SPEC.name) is state.release


def test_a_chip_is_silenced_and_only_one_that_is_there(state: ExplorerState) -> None:
    view = CoClusterView(state)
    for cluster, expected in ((3, 3), (10, 3), (-1, 3), ("4", 3), (0, 0), (None, None)):
        view._receive({"type": "silence", "cluster": cluster})
        assert state.silenced == expected
        assert view.component.selection["silenced"] == expected


def test_the_switch_says_what_tagged_the_words_or_why_nothing_did(state: ExplorerState) -> None:
    look = LookControls(state)
    state.by_tag = True
    words = state.vocabulary
    tagger = state.release.model["versions"].get("tagger", "")
    assert words.tagger == tagger
    assert look.tagger.visible == bool(tagger)
    reason = "none: tags are made for English only, and the language is de"
    assert why_untagged(reason) == (
        "This release has no tags: tags are made for English only, and the language is de."
    )
    assert "rnnvis doctor" in why_untagged("")
