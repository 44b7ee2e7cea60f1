"""What one session looks at. Scalars alone: everything else is derived from a release."""

import re
from collections.abc import Callable
from dataclasses import asdict
from difflib import get_close_matches
from typing import Any

import param

from viewer import store
from viewer.store import Analysis, Facts, Vocabulary
from warehouse.errors import RnnvisError
from warehouse.reader import Release, published_models
from warehouse.storage import Storage

_UNIT = re.compile(r"\s*unit\s+(\d{1,9})\s*", re.IGNORECASE)
ANALYSED = ("release_id", "problem", "layer", "state", "affinity")
"""What decides which words and units are looked at."""
LOOK = ("by_tag", "layout", "words_per_cloud", "link_range", "clip", "presentation")
"""What changes how the picture looks, and not what it shows."""
PANES = ("sentence", "memory", "detail")
NOTHING_YET = "No analysis has been published yet.\n  repair: rnnvis materialize MODEL"


class ExplorerState(param.Parameterized):
    """The choices of one session. A model's release is the one that was current when the model was
    first chosen, until ``renew`` takes a newer one."""

    model: Any = param.Selector(default=None, objects=[], allow_None=True)
    layer: Any = param.Selector(default=0, objects=[0])
    state: Any = param.Selector(default="hidden", objects=["hidden"])
    affinity: Any = param.Selector(default="positive", objects=["positive"])
    num_clusters = param.Integer(default=10, bounds=(2, 20))
    word = param.Integer(default=None, allow_None=True, doc="word id, or none")
    unit = param.Integer(default=None, allow_None=True, doc="unit of the layer, or none")
    sentence = param.Integer(default=None, allow_None=True, doc="recorded sentence, or none")
    by_tag = param.Boolean(default=False, doc="colour words by part of speech")
    layout: Any = param.Selector(
        default="equal heights", objects=["equal heights", "equal widths"], doc="of the chips"
    )
    words_per_cloud = param.Integer(default=0, bounds=(0, 200), doc="at most; 0: as many as fit")
    link_range = param.Range(
        default=(0.2, 1.0), bounds=(0, 1),
        doc="links shown, as shares of the strongest; under a fifth are hidden as in the paper",
    )  # fmt: skip
    clip = param.Number(
        default=None, bounds=(0, None), inclusive_bounds=(False, False), allow_None=True,
        doc="response at the ends of the colours; none: the data's 95th percentile of |response|",
    )  # fmt: skip
    presentation = param.ListSelector(
        default=[], objects=list(PANES), doc="the panes shown large and alone; all, without one"
    )
    dark = param.Boolean(default=False)
    release_id = param.String(default="", doc="the release that is looked at; empty without one")
    problem = param.String(default="", doc="why nothing can be shown, and what repairs it")

    def __init__(self, storage: Storage) -> None:
        super().__init__()
        self._storage = storage
        self._releases: dict[str, Release] = {}
        self.param.watch(lambda event: self._open(self._word_in(event.old)), "model")
        self.param.model.objects = published_models(storage)
        self.problem = "" if self.param.model.objects else NOTHING_YET

    def watch(self, act: Callable[[], object], *names: str) -> None:
        """Calls ``act`` once whenever any of the named parameters changed."""
        self.param.watch(lambda *_: act(), list(names))

    @property
    def release(self) -> Release:
        """The session's release of the chosen model. Raises KeyError while there is a problem."""
        return self._releases[self.model]

    @property
    def facts(self) -> Facts:
        return store.facts_of(self.release)

    @property
    def vocabulary(self) -> Vocabulary:
        return store.vocabulary_of(self.release)

    @property
    def num_words(self) -> int:
        return len(self.vocabulary.words)

    @property
    def num_units(self) -> int:
        return int(self.facts.model["hidden_size"])

    @property
    def analysis(self) -> Analysis:
        return Analysis(self.layer, self.state, self.affinity, self.num_clusters)

    def renew(self) -> None:
        """Takes the release of the chosen model that CURRENT names now, and stays where it is."""
        word, analysis = self._word_in(self.model), self.analysis
        self._releases.pop(self.model, None)
        self._open(word, analysis)

    def newer_release(self) -> str | None:
        """The id of a release published since the session took its own, or None."""
        return self.release.newer() if self.release_id else None

    def find(self, text: str) -> str:
        """Selects a word, or a unit by "unit 17"; returns what is wrong with the text, or ""."""
        unit = _UNIT.fullmatch(text)
        return self.find_unit(int(unit[1])) if unit else self.find_word(text)

    def find_word(self, text: str) -> str:
        """Selects a word by its text; returns what is wrong with it, or ""."""
        place = self.vocabulary.place
        word_id = place.get(text, place.get(text.lower()))
        if word_id is None:
            near = get_close_matches(text.lower(), place, n=3)
            hint = f"; did you mean {', '.join(near)}?" if near else ""
            return f"“{text}” is not in the vocabulary{hint}"
        if not self.vocabulary.counts[word_id]:
            return f"“{text}” does not occur in the recorded text"
        self.word = word_id
        return ""

    def find_unit(self, unit: int) -> str:
        """Selects a unit by its number; returns what is wrong with it, or ""."""
        if not 0 <= unit < self.num_units:
            return f"found unit {unit}, expected one from 0 to {self.num_units - 1}"
        self.unit = unit
        return ""

    def find_sentence(self, sentence_id: int) -> str:
        """Selects a recorded sentence by its number; returns what is wrong with it, or ""."""
        try:
            self.release.sentence(sentence_id)
        except RnnvisError as error:
            return error.message
        self.sentence = sentence_id
        return ""

    def _word_in(self, model: str | None) -> str:
        """The selected word's text, as the release of ``model`` has it, or ""."""
        if self.word is None or model not in self._releases:
            return ""
        return store.vocabulary_of(self._releases[model]).words[self.word]

    def _occurring(self, word: str) -> int | None:
        """The id of a word that the recorded text holds, or None."""
        word_id = self.vocabulary.place.get(word)
        return None if word_id is None or not self.vocabulary.counts[word_id] else word_id

    def _open(self, word: str, analysis: Analysis | None = None) -> None:
        """Opens the chosen model's release at an analysis and a word, where it has them."""
        try:
            if self.model not in self._releases:
                self._releases[self.model] = store.current_release(self._storage, self.model)
            facts = self.facts
            start = analysis if analysis in facts.analyses else facts.default
            word_id = self._occurring(word)
            if word_id is None:
                word_id = store.telling_word(self.release, start)
            sentence = store.telling_sentence(self.release)
        except RnnvisError as error:
            self.param.update(
                problem=str(error), release_id="", word=None, unit=None, sentence=None
            )
            return
        with param.parameterized.batch_call_watchers(self):
            self._offer(facts)
            self.param.update(
                **asdict(start), word=word_id, unit=None, sentence=sentence, problem="",
                release_id=self.release.release_id,
            )  # fmt: skip

    def _offer(self, facts: Facts) -> None:
        self.param.layer.objects = list(facts.layers)
        self.param.state.objects = list(facts.states)
        self.param.affinity.objects = list(facts.affinities)
        self.param.num_clusters.bounds = (min(facts.cluster_counts), max(facts.cluster_counts))
