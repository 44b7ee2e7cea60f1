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
from viewer.state.selection import toggled
from warehouse.errors import RnnvisError

MOST_CHARACTERS = 5_000
"""Longer texts are refused: they would not fit into an address."""
MOST_SENTENCES = 6
MOST_STEPS = 3
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
    steps = [(i - (i > index), position) for i, position in state.steps if i != index]
    kept = [sentence for i, sentence in enumerate(state.sentences) if i != index]
    with param.parameterized.batch_call_watchers(state):
        state.sentences = kept
        _select_steps(state, steps)


def select_step(state: ExplorerState, index: int, position: int) -> None:
    """Selects a step of a sentence, and its word; nothing where there is no such step."""
    if _problem_of_step(state, index, position):
        return
    word_id = int(text_of(state.release, state.sentences[index]).word_ids[position])
    with param.parameterized.batch_call_watchers(state):
        if state.vocabulary.counts[word_id]:
            state.select_words([word_id])
        state.step = (index, position)


def add_step(state: ExplorerState, index: int, position: int) -> None:
    """Selects a step besides those of other sentences, or deselects it. The first one is shown by
    the cells; of more than ``MOST_STEPS`` the oldest but that one is left out."""
    step = index, position
    if not state.steps:
        select_step(state, index, position)
    elif step in state.steps:
        _select_steps(state, [other for other in state.steps if other != step])
    elif not _problem_of_step(state, index, position):
        kept = [other for other in state.steps if other[0] != index]
        _select_steps(state, toggled(kept, step, MOST_STEPS))


def _select_steps(state: ExplorerState, steps: Sequence[tuple[int, int]]) -> None:
    state.param.update(step=steps[0] if steps else None, other_steps=list(steps[1:]))


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
    found = _steps_in(text)
    if len(found) != 1:
        return f"found “{text}”, expected a sentence's index and a word's, as 0~5"
    problem = _problem_of_step(state, *found[0])
    if not problem:
        state.step = found[0]
    return problem


def show_other_steps(state: ExplorerState, text: str) -> str:
    """Selects the further steps that an address writes as "1~5~2~7"; returns what is wrong."""
    found = _steps_in(text)
    if text and not 0 < len(found) < MOST_STEPS:
        expected = f"a sentence's index and a word's, or {MOST_STEPS - 1} such pairs, as 1~5~2~7"
        return f"found “{text}”, expected {expected}"
    if found and state.step is None:
        return "no other step is selected"
    if len({index for index, _ in [*state.steps[:1], *found]}) <= len(found) and found:
        return f"found “{text}”, expected steps of different sentences"
    problems = [problem for step in found if (problem := _problem_of_step(state, *step))]
    if not problems:
        state.other_steps = found
    return "; ".join(problems)


def _steps_in(text: str) -> list[tuple[int, int]]:
    """The steps of a text of pairs of numbers; none where it is anything else."""
    places = text.split("~")
    if len(places) % 2 or not all(place.isdecimal() for place in places):
        return []
    numbers = list(map(int, places))
    return list(zip(numbers[::2], numbers[1::2], strict=True))
