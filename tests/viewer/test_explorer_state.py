from dataclasses import replace
from pathlib import Path

import pytest

from tests.viewer.conftest import TOY
from tests.viewer.made_up_release import NEVER, publish_made_up
from viewer.state.explorer_state import ANALYSED, ExplorerState
from warehouse.reader import Release
from warehouse.storage import Storage


def test_begins_with_the_analysis_of_the_glyphs_on_the_top_layer(state: ExplorerState) -> None:
    analysis = state.analysis
    assert (analysis.layer, analysis.state, analysis.affinity) == (1, "cell", "positive")
    assert analysis.num_clusters == 10
    assert state.problem == ""


def test_begins_with_the_strongest_word_written_in_letters(
    state: ExplorerState, release: Release
) -> None:
    found = release.clusters.get(layer=1, state="cell", affinity="positive", num_clusters=10)
    known = state.vocabulary.words
    strengths = {
        word_id: strength
        for word_id, strength in zip(found.word_ids.tolist(), found.strengths, strict=True)
        if known[word_id].isalpha()
    }
    assert state.word == max(strengths, key=lambda word_id: strengths[word_id])


def test_another_model_brings_its_own_choices_in_one_change(state: ExplorerState) -> None:
    seen: list[tuple[object, ...]] = []
    state.watch(lambda: seen.append((state.release_id, state.layer, state.state)), *ANALYSED)
    state.model = TOY.name
    assert seen == [(state.release.release_id, 0, "hidden")]
    assert state.param.state.objects == ["hidden"]
    assert state.num_clusters == 3


def test_the_selected_word_stays_with_another_model(state: ExplorerState) -> None:
    assert state.find("her") == ""
    state.model = TOY.name
    assert state.vocabulary.words[state.word] == "her"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("compny", "did you mean company"),
        (NEVER, "does not occur in the recorded text"),
        ("unit 60", "expected one from 0 to 59"),
        ("<script>alert(1)</script>", "is not in the vocabulary"),
        ("'; drop table model; --", "is not in the vocabulary"),
    ],
)
def test_what_cannot_be_found_is_said(state: ExplorerState, text: str, problem: str) -> None:
    word, unit = state.word, state.unit
    assert problem in state.find(text)
    assert (state.word, state.unit) == (word, unit)


def test_a_unit_is_found_by_its_number(state: ExplorerState) -> None:
    assert state.find(" Unit 7 ") == ""
    assert state.unit == 7


@pytest.mark.slow
def test_a_session_keeps_its_release_until_it_renews(tmp_path: Path) -> None:
    own = Storage(tmp_path)
    first = publish_made_up(own, TOY).release_id
    state = ExplorerState(own)
    state.model = TOY.name
    state.find("her")
    assert state.newer_release() is None
    second = publish_made_up(own, TOY).release_id
    assert state.newer_release() == second
    assert state.release_id == first
    state.num_clusters = 2
    state.renew()
    assert (state.release_id, state.num_clusters) == (second, 2)
    assert state.vocabulary.words[state.word] == "her"


def test_without_a_release_the_command_that_makes_one_is_named(tmp_path: Path) -> None:
    state = ExplorerState(Storage(tmp_path))
    assert "rnnvis materialize" in state.problem


@pytest.mark.slow
def test_a_damaged_release_is_said_and_another_model_still_opens(tmp_path: Path) -> None:
    own = Storage(tmp_path)
    broken, sound = (publish_made_up(own, replace(TOY, name=name)) for name in ("broken", "sound"))
    broken.path.write_bytes(broken.path.read_bytes()[:5000])
    state = ExplorerState(own)
    state.model = "broken"
    assert "rnnvis materialize" in state.problem
    state.model = "sound"
    assert state.problem == ""
    assert state.release_id == sound.release_id


@pytest.mark.parametrize(
    ("name", "value"), [("num_clusters", 5), ("layer", 0), ("state", "hidden")]
)
def test_another_analysis_ends_a_silence(state: ExplorerState, name: str, value: object) -> None:
    state.silenced = 3
    setattr(state, name, value)
    assert state.silenced is None
