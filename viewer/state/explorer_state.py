"""What one pane shows. Only scalars and short lists: all else is derived from a release."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import param

from viewer.data import release_store
from viewer.data.analysis_tables import TABLES
from viewer.data.first_states import WARM
from viewer.data.name_search import find_names
from viewer.data.pending_models import pending_models, pending_text
from viewer.data.picture_defaults import AUTOMATIC, BARS
from viewer.data.release_store import Analysis, ReleaseFacts, ReleaseVocabulary
from viewer.data.word_sizes import WORD_SIZES
from viewer.state.pane_match import PaneMatch
from viewer.state.selection import Selection
from viewer.theme_colours import Theme, theme_of
from warehouse.errors import RnnvisError
from warehouse.layer_queries import ReleasedLayer
from warehouse.reader import Release, published_models
from warehouse.release_index import release_ids
from warehouse.storage import Storage

ANALYSED = ("release_id", "problem", "layer", "state", "affinity")
"""What decides which words and units are shown."""
PANES = ("sentence", "memory", "detail")
CELL_COLOURS = ("response", "half-life", "saturation")
"""The response to the selected word, or how a unit moves whatever the word."""
ATTRIBUTIONS = ("state changes", "integrated gradients")
"""What a word adds to a class: by the change of the state (paper, Eq. 3), or by the gradients of
the logit along the way from no words to these."""
NOTHING_YET = (
    "No analysis has been published yet.\n"
    "One that is running opens here by itself. Otherwise run: rnnvis materialize MODEL"
)


class ExplorerState(Selection):
    """The choices of one pane. A model's release is the one that was current when the model was
    first chosen, until ``renew`` opens a newer one.

    What of them the address keeps, see ``viewer.state.url_parameters``.
    """

    model: Any = param.Selector(default=None, objects=[], allow_None=True)
    layer: Any = param.Selector(default=0, objects=[0])
    state: Any = param.Selector(default="hidden", objects=["hidden"])
    affinity: Any = param.Selector(default="signed", objects=["signed"])
    num_clusters = param.Integer(default=10, bounds=(2, 20))
    sentences: Any = param.List(
        default=[], item_type=(int, str),
        doc="shown: recorded sentences by number, typed ones by their text",
    )  # fmt: skip
    read_from = param.String(
        default=WARM, doc="what typed sentences are read from: warm, zero, or a sentence's number"
    )
    step: Any = param.NumericTuple(
        default=None, length=2, allow_None=True, doc="index in ``sentences`` and position, or none"
    )
    other_steps: Any = param.List(
        default=[], item_type=tuple, doc="steps of other sentences, compared with that one"
    )
    sentence_layout: Any = param.Selector(
        default="side by side", objects=["side by side", "stacked"], doc="of several sentences"
    )
    bars: Any = param.Selector(
        default=AUTOMATIC, objects=list(BARS), doc="what the sentences' bars show"
    )
    attribution: Any = param.Selector(
        default=ATTRIBUTIONS[0],
        objects=list(ATTRIBUTIONS),
        doc="how a classifier’s words contribute",
    )
    keep_shown = param.Boolean(default=False, doc="mark the keep gate in the control charts too")
    pinned = param.String(
        default="", doc="the chip or cloud that is highlighted, as chip~4, counted from 1"
    )
    silenced = param.Integer(
        default=None, allow_None=True, doc="the chip that sentences are read without, from 0"
    )  # fmt: skip
    cell_colour: Any = param.Selector(
        default=CELL_COLOURS[0], objects=list(CELL_COLOURS), doc="what the cells of chips show"
    )
    table: Any = param.Selector(default="words", objects=list(TABLES))
    table_rows = param.String(
        default="", doc="how the table's rows are sorted and filtered, see ``rows_problem``"
    )
    by_tag = param.Boolean(default=False, doc="colour words by part of speech")
    track: Any = param.Selector(
        default="", objects=[""], doc="the annotation that words are coloured by instead, if any"
    )
    layout: Any = param.Selector(default="equal heights", objects=["equal heights", "equal widths"])
    word_size: Any = param.Selector(
        default="strength", objects=list(WORD_SIZES), doc="what sets the size of a word"
    )
    words_per_cloud = param.Integer(default=0, bounds=(0, 200), doc="at most; 0: as many as fit")
    link_range = param.Range(
        default=None, bounds=(0, 1), allow_None=True,
        doc="links shown, as fractions of the strongest; none: a readable number",
    )  # fmt: skip
    clip = param.Number(
        default=None, bounds=(0, None), inclusive_bounds=(False, False), allow_None=True,
        doc="response at the ends of the colours; none: the data's 95th percentile of |response|",
    )  # fmt: skip
    presentation = param.ListSelector(
        default=[],
        objects=list(PANES),
        doc="the panes shown large, without the others; all, without one",
    )
    own_scales = param.Boolean(
        default=None, allow_None=True,
        doc="in a comparison: whether each pane has its own scale; none: of different states",
    )  # fmt: skip
    multiples: Any = param.List(
        default=[], item_type=str, doc="views shown as small multiples, as model~layer~state"
    )
    dark = param.Boolean(default=False)
    room = param.Number(
        default=1, bounds=(1, 4), doc="how much larger type and marks are in a large window"
    )
    missing: Any = param.List(
        default=[], item_type=str, doc="words selected in the other pane that do not occur here"
    )
    pending = param.Dict(
        default={}, doc="how far models without a release and without a running stage are, by name"
    )
    view = param.String(default="", doc="id of the named view that was opened or saved, if any")
    renamed = param.Integer(default=0, doc="how often a cluster was given a name here")
    release_id = param.String(default="", doc="the release that is shown; empty without one")
    partner: Any = param.Parameter(doc="what the other pane of a comparison shows, or none")
    partner_units: Any = param.List(default=[], item_type=int, doc="units selected there")
    problem = param.String(default="", doc="why nothing can be shown, and what repairs it")

    def __init__(self, storage: Storage) -> None:
        super().__init__()
        self.storage = storage
        self._releases: dict[str, Release] = {}
        self.match: PaneMatch | None = None
        self.param.watch(lambda event: self._open(self._words_in(event.old)), "model")
        self.param.watch(self._leave_step, ["word", "step", "other_steps"])
        self.param.watch(self._fit_state, "layer")
        self.param.watch(lambda _: self.param.update(pinned=""), "num_clusters")
        self.param.watch(lambda _: self.param.update(table_rows=""), "table")
        # Chips of another analysis are others.
        self.watch(lambda: self.param.update(silenced=None), *ANALYSED, "num_clusters")
        self.param.model.objects = published_models(storage)
        self.pending = pending_models(storage)
        if not self.param.model.objects:
            pending = pending_text(self.pending)
            self.problem = "\n".join([NOTHING_YET, "", *pending]).strip()

    def watch(self, act: Callable[[], object], *names: str) -> None:
        """Calls ``act`` once whenever any of the named parameters changed."""
        self.param.watch(lambda *_: act(), list(names))

    @property
    def release(self) -> Release:
        """The session's release of the chosen model. Raises KeyError while there is a problem."""
        return self._releases[self.model]

    @property
    def facts(self) -> ReleaseFacts:
        return release_store.facts_of(self.release)

    @property
    def vocabulary(self) -> ReleaseVocabulary:
        return release_store.vocabulary_of(self.release)

    @property
    def num_words(self) -> int:
        return len(self.vocabulary.words)

    @property
    def num_units(self) -> int:
        return self.layer_facts.units

    @property
    def layer_facts(self) -> ReleasedLayer:
        """The chosen layer."""
        chosen: ReleasedLayer = self.facts.layers[self.layer]
        return chosen

    @property
    def steps(self) -> list[tuple[int, int]]:
        """All selected steps, the first one first."""
        return [] if self.step is None else [self.step, *self.other_steps]

    @property
    def theme(self) -> Theme:
        return theme_of(self.dark, self.presentation)

    @property
    def chart_theme(self) -> Theme:
        """The theme of the charts, whose type the browser does not enlarge."""
        return replace(self.theme, enlarged=self.theme.enlarged * self.room)

    @property
    def analysis(self) -> Analysis:
        """What is shown, in a comparison with the clusters in the order of their matches."""
        own = self.released_analysis
        return own if self.match is None else replace(own, order=self.match.order(self))

    @property
    def other_pane(self) -> "ExplorerState | None":
        """The other pane of a comparison, while it shows something."""
        other = None if self.match is None else self.match.other(self)
        return None if other is None or other.problem else other

    @property
    def differs_in_quantity(self) -> bool:
        """Whether the other pane shows another kind of state, as a cell's against a hidden one."""
        other = self.other_pane
        return other is not None and other.state != self.state

    @property
    def has_own_scales(self) -> bool:
        """Whether colours, bars and charts have other scales than those of the other pane."""
        return self.differs_in_quantity if self.own_scales is None else self.own_scales

    @property
    def released_analysis(self) -> Analysis:
        """The same, with the clusters as the release numbers them."""
        return Analysis(self.layer, self.state, self.affinity, self.num_clusters)

    def renew(self) -> None:
        """Opens the model's current release at the same words and analysis."""
        words, analysis = self._words_in(self.model), self.released_analysis
        self._releases.pop(self.model, None)
        self._open(words, analysis)

    def look_for_models(self) -> list[str]:
        """Offers models that were published since the last look, and returns them. A state that had
        none to show opens the first."""
        known, published = self.param.model.objects, published_models(self.storage)
        new = [model for model in published if model not in known]
        self.pending = pending_models(self.storage)
        if new:
            self.param.model.objects = published
        if new and self.model is None:
            self.model = new[0]
        return new

    def kept_releases(self) -> list[str]:
        """The kept releases of the chosen model, the newest first."""
        return release_ids(self.storage, self.model)[::-1] if self.model else []

    def take_release(self, release_id: str) -> str:
        """Opens a kept release of the model at the same words and analysis; returns why it cannot,
        or ""."""
        try:
            taken = release_store.kept_release(self.storage, self.model, release_id)
        except RnnvisError as error:
            return str(error)
        words, analysis = self._words_in(self.model), self.released_analysis
        self._releases[self.model] = taken
        self._open(words, analysis)
        return ""

    def newer_release(self) -> str | None:
        """The id of a release published since the pane opened its own, or None."""
        return self.release.newer() if self.release_id else None

    def find(self, text: str) -> str:
        """Selects the words and units that a text names ("she, for" or "unit 17"); returns what is
        wrong with the text, or ""."""
        found = find_names(text, self.vocabulary, self.num_units)
        if not found.problem and found.words:
            self.select_words(found.words)
        if not found.problem and found.units:
            self.select_units(found.units)
        return found.problem

    def _words_in(self, model: str | None) -> list[str]:
        """The selected words' texts, as the release of ``model`` has them."""
        if model not in self._releases:
            return []
        known = release_store.vocabulary_of(self._releases[model]).words
        return [known[word] for word in self.words]

    def _leave_step(self, *events: param.parameterized.Event) -> None:
        """Selecting a word deselects the steps of sentences, and another first step the others,
        unless both change together."""
        names = {event.name for event in events}
        if names == {"word"}:
            self.step = None
        if "step" in names and "other_steps" not in names:
            self.other_steps = []

    def _fit_state(self, *_: param.parameterized.Event) -> None:
        """Chooses a state that the chosen layer has: layers of one network may differ."""
        if not self.problem and self.state not in self.layer_facts.states:
            self.state = release_store.first_state(self.release, self.layer)

    def _typed(self) -> list[str]:
        """The typed sentences that are shown: any model can read them."""
        return [sentence for sentence in self.sentences if isinstance(sentence, str)]

    def _open(self, words: Sequence[str], analysis: Analysis | None = None) -> None:
        """Opens the chosen model's release at an analysis and words, where it has them."""
        try:
            if self.model not in self._releases:
                self._releases[self.model] = release_store.current_release(self.storage, self.model)
            facts = self.facts
            start = analysis if analysis in facts.analyses else facts.default
            known = self.vocabulary.occurring(words)
            chosen = known or release_store.first_words(self.release, start)
            sentences = self._typed() or release_store.first_sentences(self.release)
        except RnnvisError as error:
            self.param.update(
                problem=str(error), release_id="", word=None, overlaid=[], unit=None, beside=[],
                step=None, sentences=self._typed(),
            )  # fmt: skip
            return
        with param.parameterized.batch_call_watchers(self):
            self._offer(facts)
            self.select_words(chosen)
            self.select_units([])
            if analysis is None:
                self.minimum_count = facts.minimum_count
            self.param.update(
                **start.key, sentences=sentences, step=None,
                problem="", release_id=self.release.release_id,
            )  # fmt: skip

    def _offer(self, facts: ReleaseFacts) -> None:
        names = [layer.name.removeprefix("layer ") for layer in facts.layers]
        self.param.layer.objects = {name: number for number, name in enumerate(names)}
        self.param.state.objects = list(facts.states)
        self.param.affinity.objects = list(facts.affinities)
        self.param.track.objects = {"none": "", **{track: track for track in facts.tracks}}
        self.track = self.track if self.track in facts.tracks else ""
        self.param.num_clusters.bounds = (min(facts.cluster_counts), max(facts.cluster_counts))
