"""Words take the colours of an annotation that came with a recording."""

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest

from tests.pipelines.external_project import WORDS
from tests.viewer.analysed import FOREIGN
from viewer.data.annotation_colours import (
    OTHER,
    Colouring,
    _by_category,
    _by_number,
    colouring_of,
    palette,
    token_names,
)
from viewer.export.export_command import write_page
from viewer.state.explorer_state import ExplorerState
from viewer.state.page_address import query_of, restore
from viewer.theme_colours import DARK, LIGHT, TAG_NAMES, Theme
from viewer.views.control_panel import LookControls
from viewer.views.main_view import CoClusterView
from warehouse.errors import ReleaseError
from warehouse.reader import Release, open_release
from warehouse.storage import Storage


@pytest.fixture(scope="module")
def their_release(foreign: Storage) -> Iterator[Release]:
    with open_release(FOREIGN, storage=foreign) as opened:
        yield opened


@pytest.fixture
def their_state(foreign: Storage) -> ExplorerState:
    state = ExplorerState(foreign)
    state.model = FOREIGN
    return state


def test_a_category_is_the_word_s_most_frequent_one(their_release: Release) -> None:
    colouring = colouring_of(their_release, "tag")
    by_word = dict(zip(WORDS, colouring.tags, strict=True))
    assert (by_word["cat"], by_word["the"], by_word["new"]) == ("NOUN", "DET", None)
    assert set(colouring.names) == {"END", "DET", "NOUN", "VERB", "ADJ"}


def test_numbers_are_put_into_classes_from_low_to_high(their_release: Release) -> None:
    colouring = colouring_of(their_release, "depth")
    lows = [float(name.split(" to ")[0]) for name in colouring.names]
    assert lows == sorted(lows)
    assert None not in colouring.tags
    assert colouring.tags.index(colouring.names[-1]) > colouring.tags.index(colouring.names[0])


def test_classes_of_numbers_are_about_equal_and_begin_at_a_word_s_number() -> None:
    rows = pa.table({"word_id": range(8), "mean": [7.0, 6, 5, 4, 3, 2, 1, 0]})
    colouring = _by_number(rows, 8)
    assert colouring.edges == (2, 3, 5, 6)
    assert colouring.names == ("0 to 1", "2 to 2", "3 to 4", "5 to 5", "6 to 7")
    assert [colouring.names.index(str(tag)) for tag in colouring.tags] == [4, 4, 3, 2, 2, 1, 0, 0]


def test_words_of_one_number_are_of_one_class() -> None:
    rows = pa.table({"word_id": [0, 2], "mean": [3.0, 3.0]})
    assert _by_number(rows, 3) == Colouring(("3 to 3", None, "3 to 3"), ("3 to 3",), ())


def test_edges_of_classes_are_numbers_that_occur_the_higher_one_between_two() -> None:
    """Fifths of 0 to 6 lie at 1.2, 2.4, 3.6 and 4.8."""
    rows = pa.table({"word_id": list(range(7)), "mean": [float(i) for i in range(7)]})
    colouring = _by_number(rows, 7)
    assert colouring.edges == (2.0, 3.0, 4.0, 5.0)
    assert colouring.names == ("0 to 1", "2 to 2", "3 to 3", "4 to 4", "5 to 6")


def test_more_categories_than_colours_share_the_last_one() -> None:
    rows = pa.table({
        "word_id": list(range(30)), "count": list(range(30, 0, -1)),
        "category": [f"c{i:02d}" for i in range(30)],
    })  # fmt: skip
    colouring = _by_category(rows, 30)
    assert colouring.names == (*(f"c{i:02d}" for i in range(9)), OTHER)
    assert colouring.tags[8:10] == ("c08", OTHER)


@pytest.mark.parametrize("theme", [LIGHT, DARK])
@pytest.mark.parametrize("edges", [(), None])
@pytest.mark.parametrize("count", [1, 2, 5])
def test_every_name_has_a_colour_of_its_own(
    theme: Theme, edges: tuple[float, ...] | None, count: int
) -> None:
    names = tuple(f"n{i}" for i in range(count))
    colours = palette(Colouring((), names, edges), theme)
    assert list(colours) == list(names)
    assert len(set(colours.values())) == count


def test_a_token_is_called_by_what_it_carries_itself(their_release: Release) -> None:
    ids = their_release.sentences.tokens(0)["word_id"].to_pylist()
    expected = [colouring_of(their_release, "tag").tags[word] for word in ids]
    assert token_names(their_release, 0, "tag") == expected
    edges = colouring_of(their_release, "depth").edges or ()
    values = their_release.annotations.tokens(0, "depth")["value"].to_pylist()
    names = colouring_of(their_release, "depth").names
    found = [names.index(name or "") for name in token_names(their_release, 0, "depth")]
    assert found == [sum(value >= edge for edge in edges) for value in values]


def test_an_unknown_annotation(their_release: Release) -> None:
    with pytest.raises(ReleaseError, match="did you mean 'tag'"):
        colouring_of(their_release, "tags")


def test_the_component_draws_an_annotation_as_it_does_tags(their_state: ExplorerState) -> None:
    component = CoClusterView(their_state).component
    assert (component.look["by_tag"], component.vocabulary["tags"]) == (False, [None])
    their_state.track = "tag"
    assert component.look["by_tag"]
    assert component.look["tag_names"]["NOUN"] == "NOUN"
    shown = component.vocabulary
    number = shown["tag"][shown["words"].index("dog")]
    assert shown["tags"][number] == "NOUN"
    assert len(set(shown["tags"])) == len(shown["tags"])
    their_state.track = ""
    assert component.look["tag_names"] == TAG_NAMES
    assert component.vocabulary["tags"] == [None]


def test_the_words_of_a_sentence_carry_their_own_names(their_state: ExplorerState) -> None:
    component = CoClusterView(their_state).component
    assert "tags" not in component.sentences[0]
    their_state.track = "tag"
    shown = component.sentences[0]
    assert len(shown["tags"]) == len(shown["words"])
    assert shown["tags"][-1] == "END"


def test_annotations_are_offered_where_there_are_any(
    their_state: ExplorerState, state: ExplorerState
) -> None:
    offered = LookControls(their_state).track
    assert offered.visible
    assert list(offered.options) == ["none", "depth", "tag"]
    assert not LookControls(state).track.visible


def test_the_address_keeps_the_annotation(their_state: ExplorerState, foreign: Storage) -> None:
    their_state.track = "depth"
    assert "annotation=depth" in query_of(their_state)
    fresh = ExplorerState(foreign)
    assert restore(fresh, {"model": FOREIGN, "annotation": "depth"}) == []
    assert fresh.track == "depth"
    (problem,) = restore(fresh, {"model": FOREIGN, "annotation": "mood"})
    assert "expected one of" in problem


def test_an_exported_page_has_the_colours_too(foreign: Storage, tmp_path: Path) -> None:
    write_page(foreign, FOREIGN, tmp_path / "theirs.html", "annotation=tag")
    assert '"NOUN":"NOUN"' in (tmp_path / "theirs.html").read_text("utf-8").replace(": ", ":")
