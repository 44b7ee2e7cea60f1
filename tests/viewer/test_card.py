from datetime import UTC, datetime, timedelta

import pytest

from viewer.views.model_summary import age_of, short_number


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
