"""The summary of a model: its network and text, its test figures, the quality of its clusters."""

import os
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from html import escape
from typing import Any
from urllib.parse import quote

from rnnvis_assets.configuration.cell_kinds import CELLS
from rnnvis_assets.corpus.corpus import END_OF_SENTENCE, NUMBER, UNKNOWN
from rnnvis_assets.expected_response.unit_dynamics import MOSTLY
from viewer.data.memory_heads import attention_layers
from viewer.data.release_store import ReleaseFacts
from viewer.percentages import percent

DAGSTER = "RNNVIS_DAGSTER"
_FIGURES: tuple[tuple[str, str, Callable[[float], str]], ...] = (
    ("perplexity", "Test perplexity", "{:.1f} (evaluation)".format),
    ("accuracy", "Test accuracy", partial(percent, digits=1)),
    ("balanced_accuracy", "… balanced", partial(percent, digits=1)),
)
CELL_NAMES = {name: cell.title for name, cell in CELLS.items()} | {
    "mixed": "mixed", "unknown": "not known",
}  # fmt: skip


def cell_name(cell: str) -> str:
    """The name of a kind of cell, one of another library's in words."""
    return CELL_NAMES.get(cell, cell.replace("_", " "))


def age_of(created: datetime, now: datetime) -> str:
    """How long ago, in the largest fitting unit."""
    seconds = max(0, int((now - created).total_seconds()))
    for size, name in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds // size} {name} ago"
    return "just now"


def short_number(number: int) -> str:
    """2,088,000 as 2.09 M."""
    for size, letter in ((10**9, "G"), (10**6, "M"), (10**4, "k")):
        if number >= size:
            return f"{number / (1000 if letter == 'k' else size):.3g} {letter}"
    return f"{number:,}"


def layer_sizes(units: Sequence[int]) -> str:
    """2 × 200 where layers are alike, else the units of each, 400 + 400 + 100."""
    if len(set(units)) == 1:
        return f"{len(units)} × {units[0]:,}"
    return " + ".join(f"{size:,}" for size in units)


def _known(number: int | None, written: Callable[[int], str]) -> str:
    return "not known" if number is None else written(number)


def _recorded_tokens(model: Mapping[str, Any]) -> str:
    recorded, there = (short_number(model[name]) for name in ("num_tokens", "split_tokens"))
    limited = model["num_tokens"] < model["split_tokens"]
    return f"the first {recorded} of {there}" if limited else recorded


def _attention_rows(model: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Which layers of a hybrid are attention, by their place in its depth."""
    layers = attention_layers(model)
    noun = "layer" if len(layers) == 1 else "layers"
    return [("Attention, not read", f"{noun} {', '.join(map(str, layers))}")] if layers else []


def model_rows(facts: ReleaseFacts) -> list[tuple[str, str]]:
    """The network, its text and its test figures: names and values."""
    model = facts.model
    rows = [
        ("Cell", cell_name(model["cell"])),
        ("Layers × units", layer_sizes([layer.units for layer in facts.layers])),
        *_attention_rows(model),
        ("Embedding", _known(model["embedding_size"], "{:,}".format)),
        ("Vocabulary", f"{model['vocabulary_size']:,}"),
        ("Parameters", _known(model["num_parameters"], short_number)),
        ("Dataset", model["dataset"]),
        ("Recorded split", model["recorded_split"]),
        ("Recorded tokens", _recorded_tokens(model)),
    ]
    if model["precision"] != "float32":
        rounding = f"{model['precision']}, largest rounding {model['largest_rounding']:.2g}"
        rows.append(("Recorded as", rounding))
    for metric, name, form in _FIGURES:
        if metric in facts.figures:
            rows.append((name, form(facts.figures[metric])))
    return [*rows, ("Released", age_of(model["created_at"], datetime.now(UTC)))]


def clustered_words_rows(words: Sequence[str], minimum_count: int) -> list[tuple[str, str]]:
    """Which words are in the clouds, and the symbols among them."""
    symbols = [symbol for symbol in (UNKNOWN, END_OF_SENTENCE, NUMBER) if symbol in words]
    among = f", with {', '.join(symbols)}" if symbols else ""
    return [("Clustered words", f"top {len(words):,}, count ≥ {minimum_count}{among}")]


_QUALITIES = (
    ("Normalized cut", "normalized_cut", "chance_cut"),
    ("Stability", "stability", "chance_stability"),
    ("Sign coherence", "sign_coherence", "chance_coherence"),
)


def quality_rows(quality: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The quality of one co-clustering, next to that by chance: names and values."""
    rows = [("Co-clusters", "here / chance")]
    rows += [
        (name, f"{quality[own]:.2f} / {quality[chance]:.2f}") for name, own, chance in _QUALITIES
    ]
    if quality["invariance"] < 1:
        rows.append(("Sign invariance", f"{quality['invariance']:.2f}"))
    if quality["head_agreement"] is not None:
        rows.append(("Like heads", f"{quality['head_agreement']:.2f} (1: each cluster is a head)"))
    empty = quality["empty_word_clusters"]
    if empty:
        rows.append(("Without words", f"{empty} cluster{'s' if empty > 1 else ''}"))
    return rows


def saturation_rows(fraction: float | None) -> list[tuple[str, str]]:
    """How much of the shown state is saturated, where that is known."""
    if fraction is None:
        return []
    warning = ": little but signs is read of it" if fraction > MOSTLY else ""
    return [("Saturated", f"{percent(fraction, 0)}{warning}")]


def release_html(facts: ReleaseFacts) -> str:
    """The release's id, small, and a link to its run where ``$RNNVIS_DAGSTER`` names Dagster."""
    link = run_link(os.environ.get(DAGSTER, ""), facts.run_id)
    return f"<p class=small>release {escape(facts.model['release_id'])}{link}</p>"


def run_link(dagster: str, run_id: str | None) -> str:
    """A link to a run on Dagster's pages, or what is wrong with their address; "" without any."""
    if not (dagster and run_id):
        return ""
    if not dagster.startswith(("http://", "https://")):
        expected = "expected an address with http:// or https://"
        return f"<br>${DAGSTER}: found “{escape(dagster)}”, {expected}"
    address = escape(f"{dagster.rstrip('/')}/runs/{quote(run_id)}")
    return f"<br><a href='{address}' target=_blank rel=noopener>its run in Dagster</a>"


def rows_html(rows: list[tuple[str, str]]) -> str:
    """Names and values as an HTML list."""
    lines = (
        f"<dt>{escape(name)}</dt><dd title='{escape(value)}'>{escape(value)}</dd>"
        for name, value in rows
    )
    return f"<dl>{''.join(lines)}</dl>"
