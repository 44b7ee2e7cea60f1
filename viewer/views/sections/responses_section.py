"""The page of responses: how the selected words change all units, and the words that change the
selected units most."""

import panel as pn

from viewer.data import release_store
from viewer.data.memory_heads import pieces_text
from viewer.data.named_clusters import names_of
from viewer.data.response_correlation import correlations_text
from viewer.data.sentence_states import step_response
from viewer.data.unit_chips import chips_of_directions
from viewer.state.explorer_state import ExplorerState
from viewer.views.charts.response_chart import ResponseChart, WordLine
from viewer.views.sections.box_section import Boxes
from viewer.views.sections.section import ChartOrText, Section, TextLine, unit_choice
from viewer.views.selection_chips import chip, chips
from viewer.views.shared_scales import response_ends, shared_ends
from viewer.views.widgets import styled
from warehouse.arrays import Float32Array
from warehouse.errors import RnnvisError

NO_WORD = "Click a word to see its response over all units; with Shift, up to three together."


class ResponsesSection(Section):
    """Chips and response chart of the words, chips and box plots of the units."""

    depends = (
        "word", "overlaid", "sorted_by", "unit", "beside", "top_words", "minimum_count",
        "sentences", "step", "num_clusters", "renamed", "partner_units", "own_scales",
    )  # fmt: skip

    def __init__(self, state: ExplorerState) -> None:
        super().__init__(state)
        self.words = chips(state.toggle_word)
        self.sorting = styled(pn.widgets.Select, "", margin=(0, 12, 2, 10))
        self.sorting.param.watch(lambda event: self._sort(event.new), "value")
        self.response = ResponseChart(on_unit=unit_choice(state))
        self.slot = ChartOrText(self.response.plot)
        self.boxes = Boxes(state)
        self.step_text, self.alike, self.pieces = TextLine(), TextLine(), TextLine()
        self.column[:] = [
            self.words, self.sorting, self.slot, self.step_text, self.alike, self.pieces,
            self.boxes,
        ]  # fmt: skip

    def draw(self) -> None:
        self.response.dress(self.theme)
        self.slot.fill(self._draw_words)
        self._draw_sorting()
        self.boxes.draw()

    def _draw_words(self) -> str:
        state, step = self.state, self._step()
        self._draw_chips(step)
        self.alike.say("")
        known = state.vocabulary.words
        self.pieces.say(pieces_text(state.release, [(word, known[word]) for word in state.words]))
        if state.sorting_word is None:
            return NO_WORD
        lines = [
            WordLine(
                state.vocabulary.words[word],
                release_store.word_response(state.release, state.layer, state.state, word),
            )
            for word in state.words
        ]
        means = [line.response.mean for line in lines]
        self.alike.say(correlations_text([line.word for line in lines], means))
        sorting = state.words.index(state.sorting_word)
        found = release_store.co_clustering(state.release, state.analysis).chips
        ends = shared_ends(state, response_ends) or (0.0, 0.0)
        chips = chips_of_directions(found, state.num_units, names_of(state.release, state.analysis))
        self.response.show(lines, sorting, state.units, step, chips, ends)
        return ""

    def _step(self) -> tuple[str, Float32Array] | None:
        """The change at the selected step, or none; reports why where it cannot be read."""
        problem, step = "", None
        try:
            step = step_response(self.state)
        except RnnvisError as error:
            problem = str(error)
        self.step_text.say(problem)
        return step

    def _draw_chips(self, step: tuple[str, Float32Array] | None) -> None:
        state, vocabulary = self.state, self.state.vocabulary
        items = [
            chip(word, vocabulary.words[word], colour, f"{vocabulary.counts[word]:,}",
                 rarity(int(vocabulary.counts[word]), state.minimum_count))
            for word, colour in zip(state.words, self.theme.words, strict=False)
        ]  # fmt: skip
        if step is not None:
            ink = self.theme.colours["ink"]
            items.append(chip(None, f"“{step[0]}” at the selected step", ink))
        self.words.items = items

    def _draw_sorting(self) -> None:
        state = self.state
        known = state.vocabulary.words
        options = {f"units sorted by “{known[word]}”": word for word in state.words}
        self.sorting.param.update(
            options=options, value=state.sorting_word, visible=len(options) > 1
        )

    def _sort(self, word_id: int | None) -> None:
        if word_id != self.state.sorting_word:
            self.state.sorted_by = word_id


def rarity(count: int, minimum: int) -> str:
    """A warning for a word with too few occurrences for a reliable mean, or ""."""
    if count >= minimum:
        return ""
    times = "once" if count == 1 else f"{count:,} times"
    return f"seen only {times}, fewer than the minimum of {minimum:,}: read its mean with care"
