"""What a network did at every word of a sentence: states, glyphs, and a step's actual response.

A typed sentence is read by the network, from a start of ``first_states``; a recorded one stands in
the recording, its memory full of what came before. Both are summed up by the pipeline's own
functions.
"""

from dataclasses import dataclass, replace
from typing import Any

from rnnvis_assets.glyphs.aggregate_information import Glyphs, SplitChanges, sentence_glyphs
from viewer.data import detail_data, release_store
from viewer.data.first_states import ZERO
from viewer.data.release_cache import cached_by_release
from viewer.data.release_store import Analysis
from viewer.data.tokenized_sentence import text_of
from viewer.state.explorer_state import ExplorerState
from warehouse.arrays import Float32Array
from warehouse.reader import Release
from warehouse.recording_schema import CHANGE_PARTS


@dataclass(frozen=True, eq=False)
class SentenceStates:
    """One state of one layer over a sentence: ``values``, ``changes`` and ``keep_gate`` (None where
    no gate acts on it) float32[words, units]; ``before`` float32[units], the state before the first
    word (of a layer that reads backward, the last one); ``split``, the parts of the changes of a
    matrix memory."""

    values: Float32Array
    changes: Float32Array
    keep_gate: Float32Array | None
    before: Float32Array
    split: SplitChanges | None = None


def step_response(state: ExplorerState) -> tuple[str, Float32Array] | None:
    """The word of the selected step, and its change of every unit of the layer, float32[units].

    None where no step is selected, or none that exists. Raises RnnvisError as ``states_of`` does.
    """
    if state.step is None or state.problem:
        return None
    index, position = state.step
    if not 0 <= index < len(state.sentences):
        return None
    sentence = state.sentences[index]
    words = text_of(state.release, sentence).words
    if not 0 <= position < len(words):
        return None
    states = states_of(state.release, sentence, state.layer, state.state, state.read_from)
    return words[position], states.changes[position]


def states_of(
    release: Release, sentence: int | str, layer: int, state: str, start: str = ZERO
) -> SentenceStates:
    """A sentence's states at one layer; ``start`` of a typed one, see ``first_states``.

    Raises CheckpointError for a typed sentence whose network is missing, RecordingError for a
    recorded one whose recording is, and as ``text_of`` does.
    """
    if isinstance(sentence, str):
        return _typed_states(release, sentence, layer, state, start)
    return _recorded_states(release, sentence, layer, state)


@cached_by_release
def glyphs_of(
    release: Release, sentence: int | str, analysis: Analysis, start: str = ZERO
) -> Glyphs:
    """A sentence's glyphs for any co-clustering: those that the release holds, else computed.
    Raises as ``states_of`` does."""
    if analysis.order:
        glyphs = glyphs_of(release, sentence, analysis.released, start)
        return _taken(glyphs, (slice(None), list(analysis.order)))
    own = release_store.facts_of(release).default
    layer, state = analysis.layer, analysis.state
    stored = replace(own, layer=layer, state=state) == analysis
    if isinstance(sentence, int) and stored:
        found = vars(release.sentences.glyphs(sentence, layer=layer, state=state))
        return Glyphs(**{name: found[name] for name in Glyphs.__dataclass_fields__})
    chips = release_store.co_clustering(release, analysis).chips
    states = states_of(release, sentence, layer, state, start)
    order = _reading_order(release, layer)
    gate = None if states.keep_gate is None else states.keep_gate[order]
    glyphs = sentence_glyphs(states.values[order], gate, chips, states.before, states.split)
    return _taken(glyphs, order)


def _taken(glyphs: Glyphs, index: Any) -> Glyphs:
    """``index`` of each of the glyphs' arrays [words, clusters]."""
    lists = {name: values for name, values in vars(glyphs).items() if values is not None}
    return replace(glyphs, **{name: values[index] for name, values in lists.items()})


def _reading_order(release: Release, layer: int) -> slice:
    """The words of a sentence in the order in which a layer reads them."""
    return slice(None, None, -1 if release.layers[layer].direction == "backward" else 1)


def _typed_states(
    release: Release, text: str, layer: int, state: str, start: str
) -> SentenceStates:
    from viewer.data.typed_sentences import read_typed  # imports PyTorch

    found = read_typed(release, text, start)[layer]
    values, changes = getattr(found, state), getattr(found, f"{state}_delta")
    gate = found.keep_gate if is_gated(release, layer, state) else None
    split = _split(found.cell_written, found.cell_lost) if state == "cell" else None
    before = _before(release, layer, values, changes)
    return SentenceStates(values, changes, gate, before, split)


def _split(written: Float32Array | None, lost: Float32Array | None) -> SplitChanges | None:
    return None if written is None or lost is None else SplitChanges(written, lost)


def _before(
    release: Release, layer: int, values: Float32Array, changes: Float32Array
) -> Float32Array:
    """The state before the first word that a layer reads."""
    first = _reading_order(release, layer).indices(len(values))[0]
    before: Float32Array = values[first] - changes[first]
    return before


def unusual_share(release: Release, values: Float32Array, layer: int, state: str) -> float:
    """The fraction of states float32[words, units] outside the band, from 9 % to 91 %, in which
    each unit is at 82 % of all recorded steps."""
    summary = detail_data.unit_summary(release, layer, state)
    outside = (values < summary["q09"]) | (values > summary["q91"])
    return float(outside.mean())


def is_gated(release: Release, layer: int, state: str) -> bool:
    """Whether the keep gate acts on a layer's state: an LSTM's on c, a GRU's on h."""
    return release.layers[layer].gated_state == state


@cached_by_release
def _recorded_states(release: Release, sentence_id: int, layer: int, state: str) -> SentenceStates:
    tokens = release.sentences.tokens(sentence_id)["token"].to_numpy()
    gate = ("keep_gate",) if is_gated(release, layer, state) else ()
    recording = release.recording()
    is_split = recording.layers[layer].is_matrix_memory and state == "cell"
    parts = CHANGE_PARTS if is_split else ()
    columns = (state, f"{state}_delta", *parts, *gate)
    rows = recording.rows(layer, columns, int(tokens[0]), int(tokens[-1]) + 1)
    values, changes = rows[state], rows[f"{state}_delta"]
    before = _before(release, layer, values, changes)
    split = _split(*map(rows.get, CHANGE_PARTS))
    return SentenceStates(values, changes, rows.get("keep_gate"), before, split)
