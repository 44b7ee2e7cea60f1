"""Selected words that are in no cloud say why."""

from types import SimpleNamespace

import numpy as np
import pytest

from tests.viewer.made_up_release import MINIMUM_COUNT
from viewer.data import release_store
from viewer.state.explorer_state import ExplorerState
from viewer.views.main_view import outside_words


def test_a_word_outside_the_clouds_gives_the_reason(
    state: ExplorerState, monkeypatch: pytest.MonkeyPatch
) -> None:
    counts = state.vocabulary.counts
    rare = int(np.flatnonzero(counts == 1)[0])
    frequent, clustered = np.flatnonzero(counts >= MINIMUM_COUNT)[:2].tolist()
    state.select_words([clustered, rare, frequent])
    assert outside_words(state) == []
    found = SimpleNamespace(word_ids=np.array([clustered]))
    monkeypatch.setattr(release_store, "co_clustering", lambda *_: found)
    one, other = outside_words(state)
    assert one["word_id"] == rare
    assert one["word"] == state.vocabulary.words[rare]
    assert one["reason"] == f"is in no cloud: 1 occurrence, {MINIMUM_COUNT} needed"
    assert other["reason"] == "is in no cloud: not among the 1 most frequent words"
