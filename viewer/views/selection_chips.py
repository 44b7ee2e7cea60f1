"""Chips of the selection, and the list of occurrences: Python's half of two small components."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import param
from panel.custom import JSComponent

from viewer.data import release_store
from viewer.data.detail_data import Occurrence
from viewer.data.named_clusters import names_of
from viewer.data.unit_chips import chips_of_units
from viewer.state.explorer_state import ExplorerState
from viewer.style import COMPONENT
from viewer.views.messages import listen
from warehouse.errors import RnnvisError


class Chips(JSComponent):
    """Selected words or units; a chip's cross removes it."""

    items = param.List(default=[], doc="dicts: id, text, count, note, colour, dashed")

    _bundle = COMPONENT / "panels" / "selection_chips.js"


class OccurrenceList(JSComponent):
    """Occurrences in context; a click shows the sentence, the plus adds it to those shown."""

    items = param.List(
        default=[], doc="dicts: change, sign, sentence, position, before, word, after"
    )

    _bundle = COMPONENT / "panels" / "occurrences.js"


def chips(remove: Callable[[int], object]) -> Chips:
    """An empty row of chips; ``remove`` is called with the id of one whose cross was clicked."""

    def receive(message: Mapping[str, Any]) -> None:
        match message:
            case {"type": "remove", "id": int(chosen)}:
                remove(chosen)

    made = Chips(sizing_mode="stretch_width", margin=(2, 10, 4, 10))
    listen(made, receive)
    return made


def chip(
    chosen: int | None, text: str, colour: str, count: str = "", note: str = ""
) -> dict[str, Any]:
    """One chip. Without an id it has no cross, and a thin line for a swatch."""
    return {
        "id": chosen, "text": text, "colour": colour, "count": count, "note": note,
        "dashed": chosen is None,
    }  # fmt: skip


def unit_items(state: ExplorerState) -> list[dict[str, Any]]:
    """The selected units, with the memory chips that they are in."""
    ink = state.theme.colours["ink-2"]
    try:
        found = release_store.co_clustering(state.release, state.analysis).chips
    except RnnvisError:
        return [chip(unit, f"unit {unit}", ink) for unit in state.units]  # the main view says why
    names = chips_of_units(found, state.num_units, names_of(state.release, state.analysis))
    return [chip(unit, f"unit {unit}", ink, names[unit]) for unit in state.units]


def listed(found: Sequence[Occurrence], signed: str) -> list[dict[str, Any]]:
    """Occurrences as the list shows them; ``signed`` is the format of a change ("+" or "")."""
    return [
        {
            "change": f"{one.change:{signed}.3f}".replace("-", "−"),
            "sign": ("positive" if one.change > 0 else "negative") if signed else "",
            "sentence": one.sentence_id, "position": one.position,
            "before": one.before, "word": one.word, "after": one.after,
        }
        for one in found
    ]  # fmt: skip
