"""Selected words that are in no cloud, and why."""

from typing import Any

from viewer.data import release_store
from viewer.data.detail_data import occurrences
from viewer.state.explorer_state import ExplorerState


def outside_words(state: ExplorerState) -> list[dict[str, Any]]:
    """{word_id, word, reason} of every selected word that the shown analysis does not cluster."""
    clustered = release_store.co_clustering(state.release, state.analysis).word_ids
    known = set(clustered.tolist())
    return [
        {
            "word_id": word,
            "word": state.vocabulary.words[word],
            "reason": f"is in no cloud: {_reason(state, word, len(clustered))}",
        }
        for word in state.words
        if word not in known
    ]


def _reason(state: ExplorerState, word: int, num_clustered: int) -> str:
    count, minimum = int(state.vocabulary.counts[word]), state.facts.minimum_count
    if count < minimum:
        return f"{occurrences(count)}, {minimum:,} needed"
    return f"not among the {num_clustered:,} most frequent words"
