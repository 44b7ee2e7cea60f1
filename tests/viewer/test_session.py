from collections.abc import Iterable

import param
import pytest

from tests.viewer.conftest import LEFT, OTHER, TWIN
from viewer.state.explorer_state import ExplorerState
from viewer.state.session import SHARED, Session, missing_text
from warehouse.storage import Storage


@pytest.fixture
def session(compared: Storage) -> Session:
    """The first model in both panes: the cell state of its top layer, and of its lower one."""
    made = Session(compared)
    made.left.model = LEFT.name
    made.compare()
    return made


@pytest.fixture
def strangers(session: Session) -> Session:
    """Two models of different texts."""
    session.right.model = OTHER.name
    return session


def texts(state: ExplorerState, words: Iterable[int]) -> list[str]:
    return [state.vocabulary.words[word] for word in words]


def test_begins_with_another_layer_of_the_same_release(session: Session) -> None:
    left, right = session.panes
    assert (left.layer, left.state) == (1, "cell")
    assert (right.layer, right.state) == (0, "cell")
    assert (right.model, right.release_id) == (left.model, left.release_id)
    assert right.num_clusters == left.num_clusters


def test_a_model_of_one_state_and_layer_begins_beside_another_model(compared: Storage) -> None:
    session = Session(compared)
    session.left.model = OTHER.name
    session.compare()
    assert session.right.model == LEFT.name


def test_what_is_a_panes_own_stays_its_own(session: Session) -> None:
    left, right = session.panes
    left.param.update(state="hidden", num_clusters=2, unit=7)
    assert (right.state, right.num_clusters, right.unit) == ("cell", 10, None)
    right.model = TWIN.name
    assert left.model == LEFT.name


def _another(parameter: param.Parameter) -> object:
    """A value of a parameter that is not its default."""
    match parameter:
        case param.ListSelector():
            return parameter.objects[:1]
        case param.Selector():
            return parameter.objects[-1]
        case param.Boolean():
            return not parameter.default
        case param.Range():
            return (0.3, 0.9)
        case param.List():
            return ["model~0~hidden"]
        case param.Integer():
            return parameter.default + 1
        case param.String():
            return "zero"
    return 0.25


@pytest.mark.parametrize("name", [*SHARED])
def test_the_look_is_common(session: Session, name: str) -> None:
    parameter = session.left.param[name]
    for source, target, value in (
        (*session.panes, _another(parameter)),
        (*reversed(session.panes), parameter.default),
    ):
        setattr(source, name, value)
        assert getattr(target, name) == value


def test_words_cross_by_their_text(strangers: Session) -> None:
    left, right = strangers.panes
    left.select_words([left.vocabulary.place[word] for word in ("her", "him")])
    assert texts(right, right.words) == ["her", "him"]
    assert right.word != left.word
    right.toggle_word(right.vocabulary.place["them"])
    assert texts(left, left.words) == ["her", "him", "them"]
    right.sorted_by = right.vocabulary.place["him"]
    assert texts(left, [left.sorted_by]) == ["him"]
    left.select_words([])
    assert right.words == []


def test_a_word_that_the_other_pane_lacks_is_said(strangers: Session) -> None:
    left, right = strangers.panes
    left.find("she, her")
    assert texts(right, right.words) == ["her"]
    assert missing_text(right) == f"“she” does not occur in the text of {OTHER.name}"
    right.find("zebra")
    assert (left.words, left.missing, right.missing) == ([], ["zebra"], [])
    left.find("her")
    assert (left.missing, missing_text(left)) == ([], "")


def test_a_word_lacked_for_a_while_is_still_chosen(session: Session) -> None:
    left, right = session.panes
    left.find("she")
    right.model = OTHER.name
    assert (right.words, right.missing) == ([], ["she"])
    assert texts(left, left.words) == ["she"]
    right.model = TWIN.name
    assert (texts(right, right.words), right.missing) == (["she"], [])


def test_recorded_sentences_of_one_text_cross_by_number(session: Session) -> None:
    left, right = session.panes
    right.model = TWIN.name
    left.param.update(sentences=[5, "typed by hand"], step=(0, 3))
    assert (right.sentences, right.step) == ([5, "typed by hand"], (0, 3))


def test_recorded_sentences_of_another_text_cross_by_text_and_back(strangers: Session) -> None:
    left, right = strangers.panes
    left.sentences = [5, "typed by hand"]
    text = left.release.sentences.get(5)["text"]
    assert right.sentences == [text, "typed by hand"]
    right.sentences = [text, "typed by hand", 2]
    assert left.sentences == [5, "typed by hand", right.release.sentences.get(2)["text"]]


def test_another_model_takes_what_its_partner_shows(session: Session) -> None:
    left, right = session.panes
    left.find("her")
    left.sentences = ["typed by hand"]
    left.dark = True
    before = dict(left.param.values())
    right.model = OTHER.name
    assert {**left.param.values(), "partner": before["partner"]} == before
    assert texts(right, right.words) == ["her"]
    assert (right.sentences, right.dark) == (["typed by hand"], True)


def test_two_releases_of_one_model(session: Session) -> None:
    left, right = session.panes
    newer, older = left.kept_releases()
    assert left.release_id == newer
    assert right.take_release(older) == ""
    assert (left.release_id, right.release_id) == (newer, older)
    assert (right.layer, right.state) == (0, "cell")
    assert "has no release nope" in right.take_release("nope")
    assert right.release_id == older


def test_a_model_that_fails_leaves_the_other_pane_alone(session: Session) -> None:
    left, right = session.panes
    right.problem = "broken"
    left.find("her")
    left.dark = True
    assert right.dark
    right.problem = ""
    right.model = TWIN.name
    assert texts(right, right.words) == ["her"]


def test_a_closed_pane_is_linked_no_more(strangers: Session) -> None:
    left, right = strangers.panes
    right.find("zebra")
    strangers.close()
    assert (strangers.panes, left.missing) == ([left], [])
    right.find("her")
    assert left.words == []
    strangers.compare()
    assert strangers.right is not right
