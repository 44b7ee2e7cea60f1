"""The address of one pane or two: what it restores, and what it says where it cannot."""

from urllib.parse import parse_qsl, urlencode

import param
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.viewer.conftest import LEFT, OTHER, TWIN
from viewer.data import release_store
from viewer.state.explorer_state import ExplorerState
from viewer.state.page_address import (
    LONGEST,
    RIGHT,
    query_of_session,
    restore_session,
    show_tour_step,
)
from viewer.state.sentence_choice import MOST_CHARACTERS, MOST_SENTENCES
from viewer.state.session import SHARED, Session
from viewer.state.url_parameters import NAMES, URL_PARAMETERS
from warehouse.storage import Storage

pytestmark = pytest.mark.slow

NASTY = (
    "<script>alert(1)</script>",
    "'; drop table model; --",
    "%00\0",
    "x" * 100_000,
    "\u202eעברית 🙂",
)
NOT_IN_ADDRESSES = {
    "name", "missing", "pending", "problem", "partner", "partner_units", "renamed",
    "room",
}  # fmt: skip
"""Parameters of the state that follow from the others."""


def restored(storage: Storage, query: str) -> Session:
    """A new session that restored an address, and found nothing wrong with it."""
    made = Session(storage)
    assert restore_session(made, dict(parse_qsl(query, keep_blank_values=True))) == []
    return made


def shown(session: Session) -> list[dict[str, object]]:
    """Everything that the panes show."""
    names = [*NAMES, "missing"]
    return [{name: getattr(state, name) for name in names} for state in session.panes]


def test_every_parameter_of_the_state_is_declared_once() -> None:
    assert set(ExplorerState.param) - NOT_IN_ADDRESSES == set(NAMES)
    keys = [parameter.key for parameter in URL_PARAMETERS]
    assert len(set(NAMES)) == len(NAMES) == len(set(keys))


def any_value(parameter: param.Parameter) -> st.SearchStrategy[object]:
    """Any value of a parameter that is the same in both panes."""
    match parameter:
        case param.ListSelector():
            return st.lists(st.sampled_from(parameter.objects), unique=True)
        case param.Selector():
            return st.sampled_from(parameter.objects)
        case param.Boolean():
            return st.booleans()
        case param.Range():
            return st.tuples(st.floats(0, 1), st.floats(0, 1)).map(sorted).map(tuple)
        case param.Integer():
            low, high = parameter.bounds
            return st.integers(low, high or 10_000)
        case param.Number():
            return st.none() | st.floats(0, 1e9, exclude_min=True)
        case param.List():
            return st.lists(st.sampled_from(["a~0~cell", "b~1~hidden"]), unique=True)
        case param.String():
            return st.sampled_from(["warm", "zero", "3"])
    raise AssertionError(f"no values of {parameter.name} are tried")


words = st.lists(st.sampled_from(["she", "her", "him", "for"]), unique=True, max_size=3)
units = st.lists(st.integers(0, LEFT.num_units - 1), unique=True, max_size=4)
sentences = st.lists(
    st.integers(0, 50) | st.text(min_size=1, max_size=60).filter(str.strip),
    max_size=MOST_SENTENCES, unique=True,
)  # fmt: skip


@settings(
    deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_an_address_restores_any_state_of_both_panes(
    compared: Storage, data: st.DataObject
) -> None:
    session = Session(compared)
    session.left.model = LEFT.name
    if data.draw(st.booleans()):
        session.compare()
        session.right.model = data.draw(st.sampled_from([LEFT.name, OTHER.name, TWIN.name]))
    for pane in session.panes:
        for name in ("layer", "state", "affinity"):
            setattr(pane, name, data.draw(st.sampled_from(pane.param[name].objects)))
        pane.num_clusters = data.draw(st.sampled_from(pane.facts.cluster_counts))
        pane.select_units(data.draw(units))
        chip = data.draw(st.integers(1, pane.num_clusters))
        pane.pinned = data.draw(st.sampled_from(["", f"chip~{chip}", f"cloud~{chip}"]))
        pane.silenced = data.draw(st.sampled_from([None, chip - 1]))
    left = session.left
    left.select_words(left.vocabulary.occurring(data.draw(words)))
    left.sorted_by = data.draw(st.sampled_from([None, *left.words]))
    left.sentences = data.draw(sentences)
    left.param.update({name: data.draw(any_value(left.param[name])) for name in SHARED})
    again = restored(compared, query_of_session(session))
    assert shown(again) == shown(session)
    assert query_of_session(again) == query_of_session(session)


def test_a_chip_is_silenced_by_a_word_of_its_cloud_or_refused(compared: Storage) -> None:
    session = Session(compared)
    session.left.model = LEFT.name
    found = release_store.co_clustering(session.left.release, session.left.analysis)
    word, cluster = found.word_ids[-1], int(found.word_clusters[-1])
    text = session.left.vocabulary.words[word]
    again = restored(compared, urlencode({"model": LEFT.name, "silence": text}))
    assert again.left.silenced == cluster
    assert f"silence={cluster + 1}" in query_of_session(again)
    problems = restore_session(session, {"model": LEFT.name, "silence": "no such word"})
    assert len(problems) == 1
    assert "a word in a cloud" in problems[0]


@settings(
    deadline=None, max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    prefix=st.sampled_from(["", RIGHT]),
    key=st.sampled_from([parameter.key for parameter in URL_PARAMETERS]),
    text=st.sampled_from(NASTY) | st.text(max_size=30),
)
def test_any_text_in_any_value_is_restored_or_reported(
    compared: Storage, prefix: str, key: str, text: str
) -> None:
    good = {"model": LEFT.name, "right.model": TWIN.name, "dark": "1"}
    session = Session(compared)
    problems = restore_session(session, good | {f"{prefix}{key}": text})
    assert len(problems) <= 1
    assert all(problem.startswith(f"{prefix}{key} in this address: ") for problem in problems)
    assert all(len(problem) < LONGEST + 500 for problem in problems)
    assert all(state.problem == "" for state in session.panes)
    if problems:
        assert session.left.dark == (f"{prefix}{key}" not in {"dark", "model"})
    assert shown(restored(compared, query_of_session(session))) == shown(session)


@pytest.mark.parametrize("text", NASTY)
def test_nonsense_is_reported_and_nothing_else_changes(compared: Storage, text: str) -> None:
    good = {"model": LEFT.name, "dark": "1"}
    for parameter in URL_PARAMETERS:
        session = Session(compared)
        (problem,) = restore_session(session, good | {parameter.key: text})
        assert problem.startswith(f"{parameter.key} in this address: ")
        assert session.left.dark == (parameter.key not in {"dark", "model"})


def test_a_word_that_only_the_right_pane_has_is_restored(compared: Storage) -> None:
    session = restored(compared, f"model={LEFT.name}&right.model={OTHER.name}&right.word=zebra")
    assert session.left.missing == ["zebra"]
    assert shown(restored(compared, query_of_session(session))) == shown(session)


def test_an_older_release_is_restored(compared: Storage) -> None:
    session = Session(compared)
    session.left.model = LEFT.name
    session.compare()
    older = session.left.kept_releases()[-1]
    session.right.take_release(older)
    again = restored(compared, query_of_session(session))
    assert again.right.release_id == older
    assert again.left.release_id == session.left.release_id


def test_a_release_that_is_gone_is_said_and_the_current_one_shown(compared: Storage) -> None:
    session = Session(compared)
    (problem,) = restore_session(session, {"model": LEFT.name, "release": "../../secret"})
    assert problem.startswith("release in this address: found “../../secret”, expected one of 20")
    assert session.left.release_id == session.left.kept_releases()[0]


def test_an_address_without_a_right_pane_ends_the_comparison(compared: Storage) -> None:
    session = restored(compared, f"model={LEFT.name}&right.model={TWIN.name}")
    assert len(session.panes) == 2
    assert restore_session(session, {"model": LEFT.name}) == []
    assert len(session.panes) == 1


@pytest.mark.parametrize("layer", [0, 1])
def test_what_is_left_out_of_the_right_view_is_as_on_the_left(
    compared: Storage, layer: int
) -> None:
    left = f"model={LEFT.name}&layer={layer}&state=hidden&k=10"
    right = restored(compared, f"{left}&right.state=cell").right
    assert (right.model, right.layer, right.state, right.num_clusters) == (
        LEFT.name, layer, "cell", 10,
    )  # fmt: skip


def test_too_long_a_sentence_is_said(compared: Storage) -> None:
    session = Session(compared)
    text = '["' + "word " * MOST_CHARACTERS + '"]'
    (problem,) = restore_session(session, {"model": LEFT.name, "sentence": text})
    assert f"expected {MOST_CHARACTERS:,} at most" in problem


def test_steps_of_the_tour_start_from_what_was_shown_and_its_end_restores_that(
    compared: Storage,
) -> None:
    query = f"model={LEFT.name}&word=her&pin=chip~1&present=memory&right.model={TWIN.name}"
    session = restored(compared, query)
    before = shown(session)
    show_tour_step(session, "word=she&show=units")
    assert session.right is None
    state = session.left
    assert state.words == state.vocabulary.occurring(["she"])
    assert (state.section, state.pinned, state.presentation) == ("units", "", [])
    show_tour_step(session, "right.k=2&pin=cloud~1")
    assert session.right is not None
    assert session.left.words == session.left.vocabulary.occurring(["her"])
    show_tour_step(session, None)
    assert shown(session) == before
    assert session.before_tour == ""
