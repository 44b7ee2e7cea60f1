from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from viewer.data import release_store
from viewer.views.model_summary import DAGSTER, age_of, release_html, short_number
from warehouse.reader import Release


@pytest.mark.parametrize(
    ("age", "text"),
    [(5, "just now"), (90, "1 min ago"), (7200, "2 h ago"), (3 * 86400 + 9, "3 d ago")],
)
def test_age(age: int, text: str) -> None:
    now = datetime(2026, 1, 31, tzinfo=UTC)
    assert age_of(now - timedelta(seconds=age), now) == text


@pytest.mark.parametrize(
    ("number", "text"),
    [(1234, "1,234"), (82430, "82.4 k"), (2_088_000, "2.09 M"), (3 * 10**9, "3 G")],
)
def test_short_numbers(number: int, text: str) -> None:
    assert short_number(number) == text


def test_a_release_links_to_its_run_where_dagster_is_known(
    release: Release, monkeypatch: pytest.MonkeyPatch
) -> None:
    facts = release_store.facts_of(release)
    made = {row["stage"]: row["run_id"] for row in release.provenance().to_pylist()}
    assert facts.run_id == made.get("release")
    monkeypatch.delenv(DAGSTER, raising=False)
    assert "href" not in release_html(replace(facts, run_id="a-1"))
    monkeypatch.setenv(DAGSTER, "http://127.0.0.1:3000/")
    assert "href='http://127.0.0.1:3000/runs/a-1'" in release_html(replace(facts, run_id="a-1"))
    assert "href" not in release_html(replace(facts, run_id=None))
    monkeypatch.setenv(DAGSTER, "javascript:alert(1)")
    text = release_html(replace(facts, run_id="a-1"))
    assert "expected an address with http://" in text
    assert "href" not in text
