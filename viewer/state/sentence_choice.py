"""The sentences that a pane shows: adding, removing, and writing them into an address.

A recorded sentence is its number, a typed one its text. Nothing here runs a network (see
``viewer.data.sentence_states``).
"""

import json
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

import param

from viewer.data.tokenized_sentence import text_of
from viewer.state.explorer_state import ExplorerState
from warehouse.errors import RnnvisError

MOST_CHARACTERS = 5_000
"""Longer texts are refused: they would not fit into an address."""
MOST_SENTENCES = 6
LONGEST_WRITTEN = 30_000
"""Characters of an address that all sentences may take, percent-encoded: the server refuses
requests of 64 KiB and more."""

Sentence = int | str


def problem_of(state: ExplorerState, sentence: object) -> str:
    """Why a sentence cannot be shown, or ""."""
    match sentence:
        case bool() | float():
            return f"found {sentence}, expected a sentence's number or its text"
        case int() if not 0 <= sentence < 2**31:
            return f"found sentence {sentence}, expected the number of a recorded one"
        case int():
            return _problem_of_recorded(state, sentence)
        case str() if not sentence.strip():
            return "found no words, expected a sentence"
        case str() if len(sentence) > MOST_CHARACTERS:
            found = f"found a text of {len(sentence):,} characters"
            return f"{found}, expected {MOST_CHARACTERS:,} at most; it is left out"
        case str():
            return ""
    return f"found {sentence!r}, expected a sentence's number or its text"


def _problem_of_recorded(state: ExplorerState, sentence_id: int) -> str:
    try:
        state.release.sentences.get(sentence_id)
    except RnnvisError as error:
        return error.message
    return ""


def add_sentence(state: ExplorerState, sentence: Any) -> str:
    """Shows one more sentence, after the others; returns why it cannot, or ""."""
    problem = problem_of(state, sentence)
    if problem or sentence in state.sentences:
        return problem
    if len(state.sentences) >= MOST_SENTENCES:
        return f"{MOST_SENTENCES} sentences are shown already: remove one first"
    together = [*state.sentences, sentence]
    if len(quote(written(together))) > LONGEST_WRITTEN:
        return "the sentences no longer fit into an address: remove one, or type a shorter one"
    state.sentences = together
    return ""


def remove_sentence(state: ExplorerState, index: int) -> None:
    """Removes one sentence, and deselects a step of it."""
    step = state.step
    if step is not None and step[0] >= index:
        step = None if step[0] == index else (step[0] - 1, step[1])
    kept = [sentence for i, sentence in enumerate(state.sentences) if i != index]
    state.param.update(sentences=kept, step=step)


def select_step(state: ExplorerState, index: int, position: int) -> None:
    """Selects a step of a sentence, and its word; nothing where there is no such step."""
    if _problem_of_step(state, index, position):
        return
    word_id = int(text_of(state.release, state.sentences[index]).word_ids[position])
    with param.parameterized.batch_call_watchers(state):
        if state.vocabulary.counts[word_id]:
            state.select_words([word_id])
        state.step = (index, position)


def _problem_of_step(state: ExplorerState, index: int, position: int) -> str:
    if not 0 <= index < len(state.sentences):
        return f"found sentence {index}, expected one below {len(state.sentences)}"
    try:
        word_ids = text_of(state.release, state.sentences[index]).word_ids
    except RnnvisError as error:
        return error.message
    if not 0 <= position < len(word_ids):
        return f"found word {position} of sentence {index}, expected one below {len(word_ids)}"
    return ""


def written(sentences: Sequence[Sentence]) -> str:
    """Sentences as an address keeps them: a JSON list of numbers and texts; "" for none."""
    return json.dumps(sentences, ensure_ascii=False, separators=(",", ":")) if sentences else ""


def show_written(state: ExplorerState, text: str) -> str:
    """Shows the sentences that ``written`` wrote, in place of the others; returns what is wrong
    with those that cannot be shown, or ""."""
    try:
        asked = json.loads(text) if text else []
    except (ValueError, RecursionError):
        asked = None
    if not isinstance(asked, list):
        return f'found “{text[:80]}”, expected a list as [3,"my own words"]'
    state.param.update(sentences=[], step=None)
    problems = (add_sentence(state, sentence) for sentence in asked)
    return "; ".join(problem for problem in problems if problem)


def show_step(state: ExplorerState, text: str) -> str:
    """Selects the step that an address writes as "sentence~position"; returns what is wrong."""
    if not text:
        state.step = None
        return ""
    places = text.split("~")
    if len(places) != 2 or not all(place.isdecimal() for place in places):
        return f"found “{text}”, expected a sentence's index and a word's, as 0~5"
    index, position = map(int, places)
    problem = _problem_of_step(state, index, position)
    if not problem:
        state.step = (index, position)
    return problem
