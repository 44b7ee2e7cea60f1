"""Small pictures of what a stage wrote, as PNG bytes, for Dagster's pages."""

from collections.abc import Mapping, Sequence
from io import BytesIO
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from warehouse.findings_table import INCONCLUSIVE, NOT_SUPPORTED, SUPPORTED, Measurement, Verdict

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Floats = npt.NDArray[np.float32]

POSITIVE_COLOUR = "#d9661f"
NEGATIVE_COLOUR = "#2270b5"
INK = "#3c4043"
PALETTE_SIZE = 64
_VERDICT_COLOURS: Mapping[Verdict, str] = MappingProxyType(
    {SUPPORTED: "#2e7d4f", NOT_SUPPORTED: "#b3261e", INCONCLUSIVE: INK}
)


def _figure(width: float, height: float) -> "Figure":
    from matplotlib.figure import Figure  # only a picture needs it

    return Figure(figsize=(width, height), dpi=96, layout="constrained")


def _axes(width: float, height: float, title: str) -> "tuple[Figure, Axes]":
    figure = _figure(width, height)
    axes = figure.add_subplot()
    axes.set_title(title, loc="left", fontsize=10, color=INK)
    axes.tick_params(labelsize=8, colors=INK)
    axes.spines[["top", "right"]].set_visible(False)
    return figure, axes


def _png(figure: "Figure") -> bytes:
    from PIL import Image

    drawn, packed = BytesIO(), BytesIO()
    figure.savefig(drawn, format="png")
    # A palette makes noisy bands a third of the size: Dagster keeps each picture in its log.
    Image.open(drawn).convert("RGB").quantize(PALETTE_SIZE).save(packed, format="png")
    return packed.getvalue()


def draw_loss_curve(log: Mapping[str, Sequence[float]], metric: str) -> bytes:
    """Training and validation loss over optimiser steps.

    ``log`` has the columns step, split and loss of the table ``training_log``.
    """
    figure, axes = _axes(5.2, 2.6, f"Loss over training; metric: {metric}")
    split, step, loss = (np.asarray(log[name]) for name in ("split", "step", "loss"))
    for name, colour in (("train", NEGATIVE_COLOUR), ("validation", POSITIVE_COLOUR)):
        chosen = split == name
        marker = "o" if name == "validation" else ""
        axes.plot(
            step[chosen], loss[chosen], color=colour, label=name, linewidth=1.4, marker=marker
        )
    axes.set_xlabel("optimizer step", fontsize=8)
    axes.set_ylabel("loss (nats)", fontsize=8)
    axes.legend(frameon=False, fontsize=8)
    return _png(figure)


def draw_response_bands(words: Sequence[str], means: Floats, quantiles: Floats) -> bytes:
    """Each word's response over all units, units in the order of the first word (paper, Fig. 5).

    ``means`` float32[words, units]; ``quantiles`` float32[5, words, units] (9, 25, 50, 75, 91 %).
    """
    figure = _figure(5.2, 1.4 * len(words))
    order = np.argsort(means[0], kind="stable")
    units = np.arange(means.shape[1])
    for row, word in enumerate(words):
        axes = figure.add_subplot(len(words), 1, row + 1)
        q09, q25, _, q75, q91 = quantiles[:, row, order]
        axes.fill_between(units, q09, q91, color=POSITIVE_COLOUR, alpha=0.15, linewidth=0)
        axes.fill_between(units, q25, q75, color=POSITIVE_COLOUR, alpha=0.30, linewidth=0)
        axes.plot(units, means[row, order], color=POSITIVE_COLOUR, linewidth=0.9)
        axes.axhline(0, color=INK, linewidth=0.4)
        axes.set_title(word, loc="left", fontsize=9, color=INK)
        axes.tick_params(labelsize=7, colors=INK)
        axes.spines[["top", "right"]].set_visible(False)
    figure.supxlabel(f"units, in the order of {words[0]!r}", fontsize=8, color=INK)
    figure.supylabel("change of a unit: mean, 25-75 %, 9-91 %", fontsize=8, color=INK)
    return _png(figure)


def draw_cluster_sizes(unit_counts: Sequence[int], word_counts: Sequence[int]) -> bytes:
    """Units (left) and words (right) of every co-cluster of one clustering."""
    figure, axes = _axes(5.2, 0.9 + 0.24 * len(unit_counts), "Units | words of each co-cluster")
    rows = np.arange(len(unit_counts))
    axes.barh(rows, -np.asarray(unit_counts), color=NEGATIVE_COLOUR, label="units")
    axes.barh(rows, word_counts, color=POSITIVE_COLOUR, label="words")
    axes.axvline(0, color=INK, linewidth=0.6)
    axes.set_yticks(rows, [str(row + 1) for row in rows])
    axes.invert_yaxis()
    axes.set_xlabel("units (left) and words (right)", fontsize=8)
    axes.set_ylabel("co-cluster", fontsize=8)
    axes.xaxis.set_major_formatter(lambda value, _: f"{abs(value):.0f}")
    return _png(figure)


def draw_costs(
    title: str, clusters: Sequence[int], costs: Floats, lower: Floats, upper: Floats
) -> bytes:
    """What silencing each cluster costs (line), next to the range of random sets (bar)."""
    figure, axes = _axes(5.2, 0.9 + 0.24 * len(clusters), title)
    axes.barh(clusters, upper - lower, left=lower, color="#b8b8b8", height=0.5)
    axes.vlines(costs, np.subtract(clusters, 0.4), np.add(clusters, 0.4), color=INK, linewidth=2)
    axes.set_yticks(clusters, [str(cluster + 1) for cluster in clusters])
    axes.invert_yaxis()
    axes.set_xlabel("cost of the cluster (line) and of random sets (bar)", fontsize=8)
    axes.set_ylabel("cluster", fontsize=8)
    return _png(figure)


def draw_glyph_strip(words: Sequence[str], positive: Floats, negative: Floats) -> bytes:
    """One sentence: a bar from alpha- to alpha+ a word and unit cluster (paper, Fig. 6c).

    ``positive`` and ``negative`` float32[steps, clusters].
    """
    steps, clusters = positive.shape
    figure = _figure(max(3.0, 0.75 * steps), 1.8)
    limit = float(max(positive.max(initial=0), -negative.min(initial=0), 1e-6)) * 1.05
    for step, word in enumerate(words):
        axes = figure.add_subplot(1, steps, step + 1)
        axes.bar(np.arange(clusters), positive[step], color=POSITIVE_COLOUR, width=0.85)
        axes.bar(np.arange(clusters), negative[step], color=NEGATIVE_COLOUR, width=0.85)
        axes.axhline(0, color=INK, linewidth=0.5)
        axes.set(xticks=[], yticks=[], ylim=(-limit, limit))
        axes.set_title(word, fontsize=8, color=INK)
        axes.spines[["top", "right", "left", "bottom"]].set_visible(False)
    figure.supxlabel(f"{clusters} clusters of units at each word", fontsize=8, color=INK)
    figure.supylabel("α⁻ to α⁺", fontsize=8, color=INK)
    return _png(figure)


def draw_measurements(measured: Sequence[tuple[str, Measurement]]) -> bytes:
    """A strip a statistic, on a scale of its own: its value (dot), its interval (bar) and the
    threshold (line). ``measured`` pairs each with the number of its claim."""
    figure = _figure(5.2, 0.3 + 0.62 * max(len(measured), 1))
    for place, (number, found) in enumerate(measured):
        axes = figure.add_subplot(len(measured), 1, place + 1)
        title = f"{number}  {found.statistic}: {found.verdict}"
        axes.set_title(title, loc="left", fontsize=7, color=INK)
        axes.spines[["top", "right", "left"]].set_visible(False)
        axes.set_yticks([])
        axes.tick_params(labelsize=6, colors=INK, length=2)
        _draw_measurement(axes, found)
    figure.supxlabel("value (dot), 95 % interval (bar), threshold (line)", fontsize=7, color=INK)
    return _png(figure)


def _draw_measurement(axes: "Axes", found: Measurement) -> None:
    numbers = (found.low, found.high, found.value, found.threshold)
    known = [number for number in numbers if number is not None]
    if len(known) < len(numbers):
        axes.set_xticks([])
        return
    low, high, value, threshold = known
    colour = _VERDICT_COLOURS[found.verdict]
    axes.plot([low, high], [0, 0], color=colour, linewidth=3)
    axes.plot([value], [0], "o", color=colour, markersize=5)
    axes.plot([threshold, threshold], [-1, 1], color=INK, linewidth=0.8)
    axes.set_ylim(-1, 1)
