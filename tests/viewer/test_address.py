from urllib.parse import parse_qsl

import pytest

from tests.viewer.conftest import SPEC, TOY
from viewer.state.explorer_state import ExplorerState
from viewer.state.page_address import query_of, restore, restore_session
from viewer.state.session import Session
from warehouse.reader import Release
from warehouse.storage import Storage


@pytest.fixture
def fresh(storage: Storage) -> ExplorerState:
    return ExplorerState(storage)


def test_a_link_restores_everything(
    fresh: ExplorerState, storage: Storage, release: Release
) -> None:
    query = {
        "model": SPEC.name, "release": release.release_id, "layer": "0", "state": "hidden",
        "affinity": "positive", "k": "5",
        "word": "her", "also": "she,for", "unit": "7", "units": "9~11", "sort": "for", "top": "6",
        "min": "2", "show": "units", "sentence": "[3,4]", "step": "0~1", "steps": "1~0",
        "several": "ptb-lstm~0~hidden~~toy-gru~0~hidden", "pin": "chip~5",
        "sentences": "stacked", "bars": "changes", "by": "integrated gradients",
        "cells": "half-life", "keep": "1", "tags": "1",
        "layout": "equal widths", "size": "count", "words": "12", "links": "0.3~0.9",
        "clip": "0.25", "from": "zero",
        "present": "memory~detail", "own": "1", "dark": "1",
    }  # fmt: skip
    assert restore(fresh, query) == []
    assert dict(parse_qsl(query_of(fresh))) == query
    again = ExplorerState(storage)
    assert restore(again, dict(parse_qsl(query_of(fresh)))) == []
    assert query_of(again) == query_of(fresh)


def test_nothing_selected_is_restored_too(fresh: ExplorerState) -> None:
    assert restore(fresh, {"word": "", "unit": "", "sentence": ""}) == []
    assert (fresh.word, fresh.unit, fresh.sentences) == (None, None, [])


@pytest.mark.parametrize(
    ("short", "text", "expected"),
    [
        ("layer", "7", "expected one of 0, 1"),
        ("state", "memory", "expected one of cell, hidden"),
        ("affinity", "positve", "expected one of positive"),
        ("k", "33", "expected one of 2, 5"),
        ("k", "ten", "expected one of 2, 5"),
        ("word", "zzzz", "is not in the vocabulary"),
        ("unit", "-1", "expected a number"),
        ("unit", "600", "expected one from 0 to 59"),
        ("also", "her,zzzz", "is not in the vocabulary"),
        ("also", "her,she,for", "expected 3 at most"),
        ("units", "8~600", "expected one from 0 to 59"),
        ("units", "1~2~3~4", "expected 4 at most"),
        ("sort", "zzzz", "is not in the vocabulary"),
        ("pin", "chip~11", "a number from 1 to 10"),
        ("pin", "cloud~0", "a number from 1 to 10"),
        ("pin", "<b>", "expected chip or cloud"),
        ("top", "1", "from 2 to 40"),
        ("min", "0", "1 or more"),
        ("show", "cellar", "expected one of responses, units"),
        ("sentence", "[99999]", "expected one below"),
        ("sentence", "nonsense", "expected a list"),
        ("step", "7~1", "expected one below 1"),
        ("step", "first", "as 0~5"),
        ("dark", "maybe", "expected one of 0, 1"),
        ("layout", "round", "expected one of equal heights, equal widths"),
        ("words", "-1", "expected a number of words"),
        ("links", "0.2", "expected two rising fractions"),
        ("links", "0.9~0.2", "expected two rising fractions"),
        ("links", "0.2~7", "expected two rising fractions"),
        ("links", "nan~1", "expected two rising fractions"),
        ("clip", "-1", "expected a number above 0"),
        ("clip", "inf", "expected a number above 0"),
        ("present", "cellar", "expected some of sentence~memory~detail"),
        ("word", "<script>", "is not in the vocabulary"),
    ],
)
def test_a_bad_value_is_said_and_the_others_hold(
    fresh: ExplorerState, short: str, text: str, expected: str
) -> None:
    good = {"model": SPEC.name, "unit": "7", "tags": "1"}
    (problem,) = restore(fresh, good | {short: text})
    assert problem.startswith(f"{short} in this address")
    assert expected in problem
    assert (fresh.model, fresh.by_tag) == (SPEC.name, True)


def test_an_unknown_model_is_said_and_the_first_one_shown(fresh: ExplorerState) -> None:
    (problem,) = restore(fresh, {"model": "nope", "k": "33"})
    assert f"expected one of {SPEC.name}, {TOY.name}" in problem
    assert fresh.model == SPEC.name
    assert fresh.problem == ""


def test_a_name_that_no_value_has_is_said(storage: Storage) -> None:
    session = Session(storage)
    assert restore_session(session, {"layr": "1", "right.k": "2"}) == [
        "layr in this address: no such value; did you mean 'layer' or 'layout'?"
    ]
    assert restore_session(session, {"model": "nobody"})[0].endswith(
        "`rnnvis list` shows the models that can be made"
    )
