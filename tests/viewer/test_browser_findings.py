"""The page of findings in a real browser."""

import pytest
from playwright.sync_api import expect

from tests.viewer.conftest import SPEC, Open
from tests.viewer.reading import view

pytestmark = [pytest.mark.browser, pytest.mark.end_to_end]


def test_findings_are_read_and_explained(open_page: Open, address: str) -> None:
    page = open_page(f"{address}?model={SPEC.name}")
    view(page)
    page.get_by_role("button", name="Findings").click()
    claims = page.locator(".detail article.claim")
    expect(claims).to_have_count(3)
    expect(claims.nth(0)).to_contain_text("✓ supported Units oppose. Fig. 8C")
    expect(claims.nth(1)).to_contain_text("✕ not supported")
    expect(claims.nth(2)).to_contain_text("? inconclusive")
    explanation = claims.nth(0).get_by_text("Units 1 and 2.")
    expect(explanation).not_to_be_visible()
    summary = claims.nth(0).locator("summary")
    expect(summary).to_contain_text("opposition")
    told = "0.8, from 0.7 to 0.9; threshold 0.5"
    expect(summary.get_by_role("img")).to_have_attribute("aria-label", told)
    summary.press("Enter")
    expect(explanation).to_be_visible()
    page.wait_for_function("location.search.includes('show=findings')")
    page.reload()
    expect(claims).to_have_count(3)
