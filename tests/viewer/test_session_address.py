"""The address of one pane or two: what it restores, and what it says where it cannot."""

from urllib.parse import parse_qsl

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.viewer.conftest import LEFT, OTHER, TWIN
from viewer.state.sentence_choice import MOST_CHARACTERS, MOST_SENTENCES
from viewer.state.session import Session
from viewer.state.session_address import LONGEST, NAMES, query_of_session, restore_session
from warehouse.storage import Storage

NASTY = [
    "<script>alert(1)</script>",
    "'; drop table model; --",
    "%00\0",
    "x" * 100_000,
    "\u202eעברית 🙂",
]


def restored(storage: Storage, query: str) -> Session:
    """A new session that restored an address, and found nothing wrong with it."""
    made = Session(storage)
    assert restore_session(made, dict(parse_qsl(query, keep_blank_values=True))) == []
    return made


def shown(session: Session) -> list[dict[str, object]]:
    """Everything that the panes show."""
    names = [*NAMES, "missing"]
    return [{name: getattr(state, name) for name in names} for state in session.panes]


sentences = st.lists(
    st.integers(0, 50) | st.text(min_size=1, max_size=60).filter(str.strip),
    max_size=MOST_SENTENCES, unique=True,
)  # fmt: skip


@settings(
    deadline=None, max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    panes=st.sampled_from([1, 2]),
    model=st.sampled_from([LEFT.name, OTHER.name, TWIN.name]),
    words=st.lists(st.sampled_from(["she", "her", "him", "for"]), unique=True, max_size=3),
    sentences=sentences,
    unit=st.none() | st.integers(0, LEFT.num_units - 1),
    switches=st.tuples(*[st.booleans()] * 3),
)
def test_an_address_restores_both_panes(
    compared: Storage, panes, model, words, sentences, unit, switches
) -> None:
    session = Session(compared)
    session.left.model = LEFT.name
    if panes == 2:
        session.compare()
        session.right.model = model
    last = session.panes[-1]
    last.param.update(unit=unit, num_clusters=last.facts.cluster_counts[0])
    session.left.select_words(session.left.occurring(words))
    session.left.param.update(
        sentences=sentences,
        **dict(zip(("dark", "own_scales", "by_tag"), switches, strict=True)),
    )
    again = restored(compared, query_of_session(session))
    assert shown(again) == shown(session)
    assert query_of_session(again) == query_of_session(session)


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


@pytest.mark.parametrize("text", NASTY)
@pytest.mark.parametrize("prefix", ["", "right."])
@pytest.mark.parametrize("name", NAMES.values())
def test_nonsense_in_any_parameter_is_said_and_nothing_else_changes(
    compared: Storage, prefix: str, name: str, text: str
) -> None:
    good = {"model": LEFT.name, "right.model": TWIN.name, "dark": "1"}
    session = Session(compared)
    (problem,) = restore_session(session, good | {f"{prefix}{name}": text})
    assert problem.startswith(f"{prefix}{name} in this address: ")
    assert len(problem) < LONGEST + 500
    assert session.left.dark == (f"{prefix}{name}" not in {"dark", "model"})
    assert all(state.problem == "" for state in session.panes)


def test_an_address_without_a_right_pane_ends_the_comparison(compared: Storage) -> None:
    session = restored(compared, f"model={LEFT.name}&right.model={TWIN.name}")
    assert len(session.panes) == 2
    assert restore_session(session, {"model": LEFT.name}) == []
    assert len(session.panes) == 1


def test_too_long_a_sentence_is_said(compared: Storage) -> None:
    session = Session(compared)
    text = '["' + "word " * MOST_CHARACTERS + '"]'
    (problem,) = restore_session(session, {"model": LEFT.name, "sentence": text})
    assert f"expected {MOST_CHARACTERS:,} at most" in problem
