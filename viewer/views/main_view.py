"""The main view: draws the state in the browser component, and changes it by what is clicked."""

from typing import Any

from viewer.data import release_store
from viewer.data.annotation_colours import Colouring, colouring_of
from viewer.data.cluster_moves import cluster_moves
from viewer.data.detail_data import occurrences
from viewer.data.memory_heads import heads_of, pieces_of
from viewer.data.name_search import pin_problem
from viewer.data.named_clusters import names_of
from viewer.data.picture_defaults import chip_means, varying_bars
from viewer.data.release_store import Analysis
from viewer.data.sentence_states import step_response
from viewer.data.silencing_costs import silencing_costs
from viewer.export.export_forms import FILES, answer_export, exports_data
from viewer.state.explorer_state import ANALYSED, CELL_COLOURS, PANES, ExplorerState
from viewer.state.sentence_choice import add_step, remove_sentence, select_step
from viewer.state.session import missing_text
from viewer.state.url_parameters import DRAWN
from viewer.views.component_data import (
    CoClusterComponent,
    analysis_data,
    clusters_data,
    in_steps,
    look_data,
    matrix_data,
    measures_data,
    pieces_data,
    response_data,
    step_data,
    vocabulary_data,
)
from viewer.views.match_data import match_data, renumbered, shown_silenced
from viewer.views.messages import listen
from viewer.views.reader_loading import once_loaded
from viewer.views.sentence_data import sentences_data
from viewer.views.shared_scales import shared_bars
from viewer.views.widgets import View
from warehouse.errors import RnnvisError

LARGER = range(100, 401)
"""Percent of the usual size, in a large window."""
UNREADABLE = "this word’s response cannot be read"


class CoClusterView(View):
    """Memory chips, word clouds and their links for the analysis that the state names."""

    def __init__(self, state: ExplorerState, *, mirrored: bool = False) -> None:
        super().__init__()
        self.state = state
        self.root = self.component = CoClusterComponent(sizing_mode="stretch_both", mirror=mirrored)
        listen(self.component, self._receive)
        self._pinned_there = ""
        self._drawn: Analysis | None = None
        state.watch(self._draw_pinned, "pinned")
        state.watch(self._draw_look, *ANALYSED, "partner", "dark", "track", *DRAWN)
        state.watch(
            self._draw_clusters, *ANALYSED, "num_clusters", "word_size", "sentences", "read_from",
            "track", "renamed",
        )  # fmt: skip
        state.watch(self._draw_sentences, "silenced", "attribution")
        state.watch(self._heed_partner, "partner")
        state.watch(
            self._draw_selection,
            "word",
            "overlaid",
            "unit",
            "beside",
            "missing",
            "step",
            "other_steps",
        )
        self._draw_look()
        self._draw_pinned()
        self._draw_clusters()
        self.component.response = in_steps(self.component.response)

    def _receive(self, message: dict[str, Any]) -> None:
        """Takes a message of the browser; one that makes no sense is ignored."""
        state = self.state
        match message:
            case {"type": "word", "word_id": None}:
                state.select_words([])
            case {"type": "word", "word_id": int(word)} if word in range(state.num_words):
                state.select_words([word])
                self._turn_to_selection()
            case {"type": "add_word", "word_id": int(word)} if word in range(state.num_words):
                state.toggle_word(word)
            case {"type": "presentation", "panes": [*panes]} if set(panes) <= set(PANES):
                state.presentation = panes
            case {"type": "unit", "unit": None}:
                state.select_units([])
            case {"type": "unit", "unit": int(unit)} if unit in range(state.num_units):
                state.select_units([unit])
                self._turn_to_selection()
            case {"type": "add_unit", "unit": int(unit)} if unit in range(state.num_units):
                state.toggle_unit(unit)
            case {"type": "pin", "pinned": str(text)} if not pin_problem(text, state.num_clusters):
                self._pinned_there = text
                state.pinned = renumbered(text, state.analysis.to_released)
            case {"type": "step" | "add_step" | "remove_sentence" | "silence"}:
                self._receive_of_sentence(message)
            case _:
                self._answer(message)

    def _turn_to_selection(self) -> None:
        """Leaves a page of the detail view that shows nothing of the selection."""
        if self.state.section in ("training", "findings"):
            self.state.section = "responses"

    def _receive_of_sentence(self, message: dict[str, Any]) -> None:
        state = self.state
        match message:
            case {"type": "step", "sentence": None}:
                state.step = None
            case {"type": "step", "sentence": int(index), "position": int(position)}:
                select_step(state, index, position)
            case {"type": "add_step", "sentence": int(index), "position": int(position)}:
                add_step(state, index, position)
            case {"type": "remove_sentence", "sentence": int(index)}:
                remove_sentence(state, index)
            case {"type": "silence", "cluster": None}:
                state.silenced = None
            case {"type": "silence", "cluster": int(chip)} if chip in range(state.num_clusters):
                silenced = state.analysis.to_released(chip)
                once_loaded(lambda: setattr(state, "silenced", silenced))

    def _answer(self, message: dict[str, Any]) -> None:
        """Sends what the browser asks for."""
        state = self.state
        match message:
            case {"type": "export", "form": str(form)} if form in FILES:
                self.component._send_msg(answer_export(form, state, self.component))
            case {"type": "room", "percent": int(percent)} if percent in LARGER:
                state.room = percent / 100
            case {"type": "matrix"}:
                responses = release_store.responses_of(state.release, state.analysis)
                matrix = matrix_data(self._words_key(), responses)
                self.component.param.update(
                    matrix=matrix, measures=self._measures(), response=self._response()
                )

    def _words_key(self) -> str:
        """Identifies the words and units that are shown; the same while only k changes."""
        state = self.state
        return f"{state.model}/{state.release_id}/{state.layer}/{state.state}/{state.affinity}"

    def _draw_look(self) -> None:
        state = self.state
        choices = {name: getattr(state, name) for name in DRAWN}
        choices |= {"own_scales": state.has_own_scales, "bars": shared_bars(state)}
        self.component.look = look_data(state.theme, choices, self._colouring())

    def _draw_pinned(self) -> None:
        """Pins what an address names; what was clicked is pinned in the browser already."""
        name = renumbered(self.state.pinned, self.state.analysis.to_shown)
        before = self.component.pinned.get("asked", 0)
        if name != self._pinned_there:
            self._pinned_there = name
            self.component.pinned = {"name": name, "asked": before + 1}

    def _colouring(self) -> Colouring | None:
        """By the chosen annotation; None where words keep the colours of their parts of speech."""
        state = self.state
        return colouring_of(state.release, state.track) if state.track else None

    def _draw_clusters(self) -> None:
        if self.state.problem:
            self.component.problem = self.state.problem
            return
        try:
            changes = self._clusters()
        except RnnvisError as error:
            self.component.problem = str(error)
            return
        self.component.param.update(problem="", match=match_data(self.state), **changes)

    def _heed_partner(self) -> None:
        """Draws how the clusters match those of the other pane, in the order of the matches."""
        if self.state.problem:
            return
        if self.state.analysis == self._drawn:
            self.component.match = match_data(self.state)
            return
        self._draw_clusters()
        self._draw_pinned()

    def _clusters(self) -> dict[str, Any]:
        state, key = self.state, self._words_key()
        self._drawn = state.analysis
        shown = state.release, state.analysis
        clusters_key = f"{key}/{state.num_clusters}"
        changes = {
            "clusters": clusters_data(
                clusters_key, *shown, state.word_size, silencing_costs(*shown)
            )
            | {
                "bars": varying_bars(state.release, state.layer, state.state),
                "means": chip_means(*shown),
                "names": names_of(*shown),
            },
            "sentences": sentences_data(state),
            "response": self._response(),
            "selection": self._selection(),
            "analysis": analysis_data(
                state.facts, state.analysis, len(heads_of(state.release, state.layer)["head"])
            ),
            "exports": exports_data(state),
        }
        if state.cell_colour != CELL_COLOURS[0]:
            changes["measures"] = self._measures()
        known = self.component.vocabulary
        if (key, state.track) != (known.get("key"), known.get("track")):
            colouring = self._colouring()
            tags = colouring.tags if colouring else state.vocabulary.tags
            changes["vocabulary"] = vocabulary_data(key, *shown, tags) | {"track": state.track}
        return changes

    def _measures(self) -> dict[str, Any]:
        release, analysis = self.state.release, self.state.analysis
        words = release_store.co_clustering(release, analysis).word_ids
        pieces = pieces_data(words, pieces_of(release))
        return measures_data(self._words_key(), cluster_moves(release, analysis), pieces)

    def _response(self) -> dict[str, Any]:
        state = self.state
        try:
            step = step_response(state)
        except RnnvisError:
            step = None  # the detail view reports it; the word's mean response stands in
        if step is not None:
            clip = release_store.responses_of(state.release, state.analysis).clip
            return step_data(*step, state.word, clip)
        if state.word is None:
            notes = {"note": missing_text(state), "short_note": missing_text(state, "here")}
            return notes if state.missing else {}
        try:
            return response_data(state.release, state.analysis, state.word)
        except RnnvisError:
            # The detail view reports why, and what repairs it.
            return {"note": UNREADABLE, "word_id": state.word}

    def _selection(self) -> dict[str, Any]:
        state = self.state
        return {
            "words": state.words, "units": state.units, "step": state.step,
            "other_steps": state.other_steps,
            "silenced": shown_silenced(state), "outside": outside_words(state),
        }  # fmt: skip

    def _draw_sentences(self) -> None:
        if not self.state.problem:
            self.component.param.update(
                sentences=sentences_data(self.state), selection=self._selection()
            )

    def _draw_selection(self) -> None:
        if not self.state.problem:
            self.component.param.update(response=self._response(), selection=self._selection())


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
