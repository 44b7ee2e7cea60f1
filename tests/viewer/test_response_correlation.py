"""The similarity of overlaid words, against SciPy's own, and where it stands on the page."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.stats import pearsonr

from viewer.data.response_correlation import correlation, correlations_text
from viewer.state.explorer_state import ExplorerState
from viewer.views.sections.responses_section import ResponsesSection

numbers = st.integers(-50, 50).map(float)


@given(arrays(np.float64, (2, 9), elements=numbers))
def test_is_pearsons_with_fishers_interval(pair: np.ndarray) -> None:
    found = correlation(*pair)
    if np.ptp(pair, axis=1).min() == 0:
        assert np.isnan(found.r)
        return
    expected = pearsonr(*pair)
    assert found.r == pytest.approx(expected.statistic, abs=1e-9)
    if abs(found.r) < 1 - 1e-6:
        ends = expected.confidence_interval()
        assert (found.low, found.high) == pytest.approx((ends.low, ends.high), abs=1e-6)


def test_few_units_have_no_interval() -> None:
    pair = np.array([1.0, 2, 4]), np.array([-1.0, -2, -4])
    found = correlation(*pair)
    assert found.r == pytest.approx(-1)
    assert np.isnan(found.low)
    assert correlations_text(("a", "b"), pair).endswith("over 3 units (95 % interval): a–b −1.00")
    assert correlations_text(("a",), pair[:1]) == ""


@pytest.mark.slow
def test_stands_below_overlaid_words(state: ExplorerState) -> None:
    section = ResponsesSection(state)
    section.appear()
    assert not section.alike.pane.visible
    state.find("he, she, her")
    text = section.alike.pane.object
    assert section.alike.pane.visible
    responses = [
        state.release.words.response(word, layer=state.layer, state=state.state).mean
        for word in state.words
    ]
    for i, j in ((0, 1), (0, 2), (1, 2)):
        r = np.corrcoef(responses[i], responses[j])[0, 1]
        names = "–".join(state.vocabulary.words[state.words[k]] for k in (i, j))
        assert f"{names} {r:+.2f}".replace("-", "−") in text
