"""Choosing a sentence of the recorded split, by a part of its text."""

from html import escape

import panel as pn

from viewer.sentence_choice import add_sentence
from viewer.state import ExplorerState
from viewer.style import small_html, styled
from warehouse.errors import RnnvisError

LIMIT = 50
LABEL_LENGTH = 60


class SentencePicker(pn.viewable.Viewer):
    """A filter over a list of sentences; what is chosen goes into the state."""

    def __init__(self, state: ExplorerState) -> None:
        super().__init__()
        self.state = state
        self.part = styled(pn.widgets.TextInput, "Sentence", placeholder="with these words …")
        self.choice = styled(pn.widgets.Select, "", margin=(-4, 0, 2, 0))
        self.text = small_html()
        self.part.param.watch(lambda _: self._search(), "value")
        self.choice.param.watch(lambda event: self._take(event.new), "value")
        state.watch(self._offer, "release_id", "problem", "sentences")
        self._offer()

    def __panel__(self) -> pn.Column:
        return pn.Column(self.part, self.choice, self.text, margin=0)

    def _search(self) -> None:
        """Takes the first sentence that holds the text, and lists the others."""
        found = self._offer()
        if found:
            add_sentence(self.state, found[0])

    def _offer(self) -> list[int]:
        """Lists the sentences that hold the text, and the chosen one; returns the former."""
        if self.state.problem:
            self.choice.param.update(options={}, value=None)
            return []
        part, chosen = self.part.value.strip(), self._chosen
        try:
            rows = self.state.release.find_sentences(part, limit=LIMIT).to_pylist()
            options = {_label(row["sentence_id"], row): row["sentence_id"] for row in rows}
            found = list(options.values())
            if chosen is not None and chosen not in found:
                options = {_label(chosen, self.state.release.sentence(chosen)): chosen, **options}
        except RnnvisError as error:
            self.text.object = f"<div class=warning>{escape(str(error))}</div>"
            return []
        self.text.object = _remark(part, len(found)) + self._verdict()
        self.choice.param.update(options=options, value=chosen)
        return found

    @property
    def _chosen(self) -> int | None:
        """The recorded sentence that was added last."""
        return next((s for s in reversed(self.state.sentences) if isinstance(s, int)), None)

    def _verdict(self) -> str:
        """What a classifier made of the chosen sentence."""
        if self._chosen is None:
            return ""
        row = self.state.release.sentence(self._chosen)
        if row["predicted"] is None:
            return ""
        sure = "" if row["probability"] is None else f" ({row['probability']:.0%})"
        text = f"labelled {row['label']}, read as {row['predicted']}{sure}"
        return f"<p class=small>{escape(text)}</p>"

    def _take(self, sentence_id: int | None) -> None:
        if sentence_id is not None:
            add_sentence(self.state, sentence_id)


def _remark(part: str, count: int) -> str:
    if not count:
        return f"<div class=warning>no sentence holds “{escape(part)}”</div>"
    return f"<p class=small>the first {LIMIT} are listed</p>" if count == LIMIT else ""


def _label(sentence_id: int, row: dict[str, object]) -> str:
    text = str(row["text"])
    short = text if len(text) <= LABEL_LENGTH else f"{text[:LABEL_LENGTH]}…"
    label = f" ({row['label']})" if row["label"] is not None else ""
    return f"{sentence_id}{label} {short}"
