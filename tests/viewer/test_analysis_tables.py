"""The tables of words, units and chips over a real release, against its own queries."""

import json
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from tests.viewer.conftest import SPEC
from tests.viewer.made_up_release import MadeUp, publish_made_up
from viewer.data import release_store
from viewer.data.analysis_tables import (
    AnalysisTable,
    agreement,
    chips_table,
    rows_problem,
    units_table,
    words_table,
)
from viewer.data.release_store import Analysis
from viewer.state.explorer_state import ExplorerState
from viewer.views.detail_view import DetailView
from viewer.views.main_view import CoClusterView
from warehouse.chips import Chips
from warehouse.reader import Release
from warehouse.storage import Storage

SHOWN = Analysis(1, "cell", "positive", 10)
AT: dict[str, Any] = {"layer": 1, "state": "cell"}


def rows_of(table: AnalysisTable) -> list[Mapping[str, Any]]:
    """A mapping a row, by the columns' titles."""
    assert all(len(column.values) == len(table.ids) for column in table.columns)
    return [
        {column.title: column.values[row] for column in table.columns}
        for row in range(len(table.ids))
    ]


@pytest.fixture(scope="module")
def own(storage: Storage) -> Release:
    """The release as the viewer opens it: what it derives is kept with it."""
    return release_store.current_release(storage, SPEC.name)


def test_all_recorded_words(own: Release) -> None:
    table = words_table(own, SHOWN)
    known = own.words.vocabulary().to_pylist()
    recorded = [row for row in known if row["recorded_count"]]
    assert sorted(table.ids) == [row["word_id"] for row in recorded]
    counts = [row["count"] for row in rows_of(table)]
    assert counts == sorted(counts, reverse=True)
    found = dict(zip(table.ids, rows_of(table), strict=True))
    for row in own.sql(
        "SELECT * FROM word_cluster WHERE layer = 1 AND state = 'cell' "
        "AND affinity = 'positive' AND num_clusters = 10"
    ).to_pylist():
        assert found[row["word_id"]]["cluster"] == row["cluster"] + 1
        assert found[row["word_id"]]["strength"] == pytest.approx(row["strength"])
    minimum = own.model["spec"]["analysis"]["co_clusters"]["minimum_count"]
    for word_id in table.ids[:5]:
        nearest = own.words.nearest(word_id, **AT, limit=4, minimum_count=minimum)
        assert found[word_id]["nearest"] == " ".join(nearest["word"].to_pylist())
        assert found[word_id]["tag"]


def test_stability_counts_the_cells_that_three_quarters_of_occurrences_drive(own: Release) -> None:
    table, chips = words_table(own, SHOWN), release_store.co_clustering(own, SHOWN).chips
    for word_id, row in list(zip(table.ids, rows_of(table), strict=True))[:8]:
        response = own.words.response(word_id, **AT)
        units = chips.units[chips.clusters == row["cluster"] - 1]
        moved = [response.q25[unit] > 0 or response.q75[unit] < 0 for unit in units]
        assert row["stability"] == pytest.approx(np.mean(moved) if len(units) else None)


def test_a_direction_is_driven_on_its_own_side_only() -> None:
    cells = (np.array(column, np.int32) for column in ([0, 1, 0, 1], [1, 1, -1, -1], [0, 0, 0, 1]))
    found: Any = SimpleNamespace(chips=Chips(3, *cells))
    low, high = np.array([[0.1, -0.2], [-0.3, 0.1]]), np.array([[0.2, 0.1], [-0.1, 0.3]])
    fractions = agreement(low, high, found, np.array([0, 0]))
    np.testing.assert_allclose(fractions, [1 / 3, 2 / 3])
    np.testing.assert_allclose(agreement(low, high, found, np.array([1, 2])), [0, np.nan])


@pytest.mark.slow
def test_all_units_with_the_words_that_change_them(own: Release) -> None:
    table = units_table(own, SHOWN)
    minimum = own.model["spec"]["analysis"]["co_clusters"]["minimum_count"]
    chips = release_store.co_clustering(own, SHOWN).chips
    summary = own.units.summary(**AT).to_pylist()
    assert list(table.ids) == list(range(SPEC.num_units))
    for unit, row in zip(table.ids, rows_of(table), strict=True):
        assert row["cluster"] == chips.clusters[list(chips.units).index(unit)] + 1
        assert row["half-life"] == pytest.approx(summary[unit]["half_life"])
        assert row["saturated"] == pytest.approx(summary[unit]["saturated"])
        top = own.units.top_words(unit, **AT, limit=4, minimum_count=minimum)
        assert row["top words"] == " ".join(top["word"].to_pylist())


@pytest.mark.slow
def test_both_directions_of_a_unit_have_a_row(tmp_path: Path) -> None:
    spec = MadeUp(name="both", num_layers=1, cluster_counts=(4,), affinities=("signed",))
    storage = Storage(tmp_path)
    publish_made_up(storage, spec)
    release = release_store.current_release(storage, "both")
    shown = release_store.facts_of(release).default
    rows = rows_of(units_table(release, shown))
    assert [(row["unit"], row["direction"]) for row in rows[:4]] == [
        (0, "▲"), (0, "▼"), (1, "▲"), (1, "▼"),
    ]  # fmt: skip
    matrix = release.words.response_matrix(layer=0, state=shown.state, minimum_count=5)
    known = release.words.vocabulary()["word"].to_pylist()
    falling = matrix.word_ids[np.argsort(matrix.mean[:, 1], kind="stable")[:4]]
    assert rows[3]["top words"] == " ".join(known[i] for i in falling)
    cost = release.units.ablation(layer=0, state=shown.state).to_pylist()[0]
    assert rows[0]["silenced, nats"] == pytest.approx(cost["cost"])


def test_all_chips(own: Release) -> None:
    shown = release_store.facts_of(own).default
    rows = rows_of(chips_table(own, shown))
    assert [row["chip"] for row in rows] == list(range(1, shown.num_clusters + 1))
    at = {"affinity": shown.affinity, "num_clusters": shown.num_clusters}
    for moves in own.clusters.dynamics(layer=shown.layer, state=shown.state, **at).to_pylist():
        row = rows[moves["cluster"]]
        assert (row["cells"], row["half-life"]) == (moves["cells"], moves["half_life"])
        assert row["saturated"] == pytest.approx(moves["saturated"])
    costs = own.clusters.ablation(layer=shown.layer, state=shown.state, **at).to_pylist()
    for cost in (row for row in costs if row["scope"] == "own_words"):
        row = rows[cost["cluster"]]
        assert row["loss at its cloud’s words"] == cost["cost"]
        assert (row["random, least"], row["random, most"]) == (
            cost["random_lower"], cost["random_upper"]
        )  # fmt: skip
        assert (row["rank"], row["of"]) == (cost["rank"], cost["num_sets"] + 1)


def test_a_row_selects_what_it_stands_for(detail: DetailView, state: ExplorerState) -> None:
    state.section = "tables"
    page = detail.sections["tables"]
    assert page.shown.table["kind"] == "words"
    word = state.vocabulary.occurring(["her"])[0]
    page._receive({"type": "word", "word_id": word})
    page._receive({"type": "add_word", "word_id": word + 1})
    assert state.words == page.shown.chosen == [word, word + 1]
    page._receive({"type": "word", "word_id": 10**6})
    state.table = "units"
    page._receive({"type": "unit", "unit": 5})
    assert (state.units, page.shown.chosen, page.shown.table["kind"]) == ([5], [5], "units")
    state.table = "chips"
    page._receive({"type": "pin", "pinned": "chip~3"})
    page._receive({"type": "pin", "pinned": "chip~99"})
    assert (state.pinned, page.shown.chosen) == ("chip~3", [2])
    page._receive({"type": "presentation", "panes": ["detail"]})
    assert state.presentation == ["detail"]
    page._receive({"type": "presentation", "panes": ["detail"]})
    assert state.presentation == []


def test_how_rows_are_arranged_is_kept_until_another_table_is_shown(
    detail: DetailView, state: ExplorerState
) -> None:
    state.section = "tables"
    asked = json.dumps({"sort": ["count", "desc"], "filter": {"tag": "verb"}})
    detail.sections["tables"]._receive({"type": "arrange", "text": asked})
    assert state.table_rows == asked
    detail.sections["tables"]._receive({"type": "arrange", "text": "{"})
    assert state.table_rows == asked
    state.table = "chips"
    assert state.table_rows == ""


@pytest.mark.parametrize(
    "text",
    [
        "{", "[]", "1", '{"sort":"count"}', '{"sort":["count","up"]}', '{"filter":{"tag":1}}',
        '{"filter":[]}', '{"other":1}', "[" * 5_000, '{"filter":{"tag":"' + "x" * 800 + '"}}',
    ],
)  # fmt: skip
def test_an_arrangement_that_makes_no_sense_is_refused(text: str) -> None:
    assert "expected nothing, or as" in rows_problem(text)


@pytest.mark.slow
def test_a_clusters_name_is_shown_wherever_the_cluster_is(tmp_path: Path) -> None:
    storage = Storage(tmp_path)
    publish_made_up(storage, MadeUp(num_layers=1, cluster_counts=(4, 6)))
    state = ExplorerState(storage)
    state.param.update(model="ptb-lstm")
    state.param.update(num_clusters=4, section="tables", table="chips")
    picture, detail = CoClusterView(state), DetailView(state)
    page = detail.sections["tables"]
    page._receive({"type": "name_cluster", "cluster": 2, "text": "<nouns>"})
    page._receive({"type": "name_cluster", "cluster": 9, "text": "none"})
    assert picture.component.clusters["names"] == ["", "", "<nouns>", ""]
    chips = release_store.co_clustering(state.release, state.analysis).chips
    unit = int(chips.units[chips.clusters == 2][0])
    for table in ("units", "words"):
        state.table = table
        named = {c["title"]: c["values"] for c in page.shown.table["columns"]}
        rows = zip(named["cluster"], named["name"], strict=True)
        assert {name for cluster, name in rows if cluster == 3} == {"<nouns>"}
    state.select_units([unit])
    state.section = "units"
    assert "3 &lt;nouns&gt;" in detail.sections["units"].cells.object
    assert "3 <nouns>" in detail.sections["units"].units.items[0]["count"]
    # It belongs to the cluster, and not to the number.
    state.num_clusters = 6
    assert picture.component.clusters["names"] == [""] * 6
    publish_made_up(storage, MadeUp(num_layers=1, cluster_counts=(6, 4)))
    state.renew()
    state.num_clusters = 4
    assert picture.component.clusters["names"] == ["", "", "<nouns>", ""]
