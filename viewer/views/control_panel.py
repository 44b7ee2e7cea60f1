"""The controls that both panes share: search line, sentences, and the look of the picture."""

from html import escape

import panel as pn
import param

from viewer.data import release_store
from viewer.data.picture_defaults import PAPERS_RANGE, readable_links
from viewer.data.word_sizes import WORD_SIZES
from viewer.state.explorer_state import ANALYSED, ExplorerState
from viewer.state.session import Session
from viewer.views.search_line import FindView
from viewer.views.sentence_picker import SentencePicker
from viewer.views.widgets import TickBox, View, bound, group, small_html, styled, warning_html
from warehouse.errors import RnnvisError

NO_TAGS = "This release has no tags: there was no tagger data. Repair: rnnvis doctor"
UNTAGGED = "none: "
COUNTS = (0, 5, 10, 20, 40, 80)
CLIP_SPAN = 4
"""The colour range reaches up to this many times the data's own."""
CLIP_STEPS = 20
"""Steps of the slider up to the data's own range."""
BUTTON = 34


class ControlView(View):
    """The widgets, for both panes of a comparison (see ``pane_controls`` for those of each pane).
    The look's are made when their group is first opened, so that a page opens sooner."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._state = session.left
        self.find = FindView(session)
        self.sentences = SentencePicker(session.left)
        self.look = group("Look", collapsed=True)
        self.look.param.watch(lambda _: self._open_look(), "collapsed")
        self.root = pn.Column(self.find, group("Sentences", self.sentences), self.look, margin=0)

    def _open_look(self) -> None:
        if not self.look.objects:
            self.look.append(LookControls(self._state))


class ClipSlider(View):
    """The colour range: the data's own until another is chosen; a button resets it."""

    def __init__(self, state: ExplorerState) -> None:
        super().__init__()
        self.state = state
        self.slider = styled(pn.widgets.FloatSlider, "Colours up to ±", format="0.00")
        self.slider.param.watch(self._take, "value")
        self.reset = styled(
            pn.widgets.Button, "↺", width=BUTTON - 4, align="end", margin=(0, 0, 8, 4),
            description="Back to the data's own range", description_delay=300,
        )  # fmt: skip
        self.reset.on_click(lambda _: setattr(state, "clip", None))
        self._shown = 0.0
        state.watch(self._show, *ANALYSED, "clip")
        self._show()
        self.root = pn.Row(self.slider, self.reset, margin=0)

    def _show(self) -> None:
        if self.state.problem:
            return
        try:
            own = release_store.responses_of(self.state.release, self.state.analysis).clip or 1.0
        except RnnvisError:
            return  # the main view reports it
        shown = self._shown = self.state.clip or own
        self.reset.visible = self.state.clip is not None
        self.slider.param.update(
            start=own / CLIP_STEPS, step=own / CLIP_STEPS, end=max(CLIP_SPAN * own, shown),
            value=shown, format="0.00" if own >= 0.1 else "0.000",
        )  # fmt: skip

    def _take(self, event: param.parameterized.Event) -> None:
        if event.new != self._shown:
            self.state.clip = event.new


class LinkSlider(View):
    """The links shown: a readable number until a range is chosen. A button chooses the paper's."""

    def __init__(self, state: ExplorerState) -> None:
        super().__init__()
        self.state = state
        self.slider = styled(
            pn.widgets.RangeSlider, "Links", start=0, end=1, step=0.01, format="0 %"
        )
        self.slider._debounce = 0
        self.slider.param.watch(self._take, "value")
        self.papers = styled(pn.widgets.Button, "20 % (paper)", margin=(0, 4, 8, 0))
        self.reset = styled(pn.widgets.Button, "Readable", margin=(0, 0, 8, 4))
        self.papers.on_click(lambda _: setattr(state, "link_range", PAPERS_RANGE))
        self.reset.on_click(lambda _: setattr(state, "link_range", None))
        state.watch(self._show, *ANALYSED, "num_clusters", "link_range")
        self._show()
        self.root = pn.Column(self.slider, pn.Row(self.papers, self.reset, margin=0), margin=0)

    def _show(self) -> None:
        if self.state.problem:
            return
        try:
            found = release_store.co_clustering(self.state.release, self.state.analysis)
        except RnnvisError:
            return  # the main view reports it
        self._shown = self.state.link_range or readable_links(found)
        self.slider.value = self._shown

    def _take(self, event: param.parameterized.Event) -> None:
        if event.new != self._shown:
            self.state.link_range = event.new


class LookControls(View):
    """Widgets of what changes the look and not the data."""

    def __init__(self, state: ExplorerState) -> None:
        super().__init__()
        self.state = state
        self.words = styled(pn.widgets.Select, "Words a cloud")
        self.words.param.watch(lambda event: setattr(state, "words_per_cloud", event.new), "value")
        self.clip = ClipSlider(state)
        self.no_tags, self.tagger = small_html(""), small_html("")
        self.present = styled(pn.widgets.Button, "Present")
        self.present.on_click(lambda _: setattr(state, "presentation", ["sentence", "memory"]))
        state.watch(self._show_words, "words_per_cloud")
        self.track = bound(state, pn.widgets.Select, "track", "Colour by annotation")
        state.watch(self._show_tags, "release_id", "by_tag", "problem")
        self._show_words()
        self._show_tags()
        self.root = pn.Column(
            bound(state, pn.widgets.Select, "layout", "Memory chips of"),
            bound(
                state,
                pn.widgets.Select,
                "word_size",
                "Words sized by",
                options={text: name for name, text in WORD_SIZES.items()},
            ),
            self.words,
            LinkSlider(state),
            bound(state, pn.widgets.Select, "cell_colour", "Colour cells by"),
            self.clip,
            TickBox(state, "by_tag", "Colour by part of speech"),
            self.no_tags,
            self.tagger,
            self.track,
            TickBox(state, "dark", "Dark"),
            self.present,
            margin=0,
        )

    def _show_words(self) -> None:
        chosen = self.state.words_per_cloud
        counts = sorted({*COUNTS, chosen})
        options = {str(count) if count else "as many as fit": count for count in counts}
        self.words.param.update(options=options, value=chosen)

    def _show_tags(self) -> None:
        state = self.state
        words = None if state.problem else state.vocabulary
        tagged = words is not None and any(words.tags)
        self.no_tags.visible = state.by_tag and words is not None and not tagged
        self.tagger.visible = state.by_tag and words is not None and tagged and bool(words.tagger)
        if words is not None:
            self.no_tags.object = warning_html(why_untagged(words.tagger))
            self.tagger.object = f"<div>Tags by: {escape(words.tagger)}</div>"
        self.track.visible = words is not None and bool(state.facts.tracks)


def why_untagged(tagger: str) -> str:
    """Why a release has no tags, by what its corpus says of its ``tagger``."""
    if tagger.startswith(UNTAGGED):
        return f"This release has no tags: {tagger.removeprefix(UNTAGGED)}."
    return NO_TAGS
