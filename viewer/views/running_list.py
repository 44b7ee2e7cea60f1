"""The models that are being trained: figures and small curves that go on as the training does."""

import math
from collections.abc import Iterable, Sequence
from html import escape

from viewer.data.running_trainings import LogRow, RunningTraining, running_trainings
from viewer.percentages import spaced
from viewer.views.model_summary import rows_html
from viewer.views.widgets import HtmlLine
from warehouse.storage import Storage

WIDTH, HEIGHT = 180, 30
Curve = list[tuple[float, float]]
NORMS = {
    "gradient_norm": "Gradient norm", "gradient_norm_embedding": "… embedding",
    "gradient_norm_rnn": "… recurrent", "gradient_norm_decoder": "… output",
}  # fmt: skip


class RunningList(HtmlLine):
    """Invisible while nothing is trained; ``look`` takes in what has been saved since."""

    def __init__(self, storage: Storage) -> None:
        super().__init__()
        self._storage = storage
        self.look()

    def look(self) -> None:
        self.put("".join(map(training_html, running_trainings(self._storage))))


def training_html(training: RunningTraining) -> str:
    """The figures of a training and the curves of its losses."""
    heading = f"<h3>{escape(training.model)} is being trained</h3>"
    line = f"<p class=small>{escape(spaced(training.line))}</p>"
    splits = {
        split: [row for row in training.log if row["split"] == split]
        for split in ("train", "validation")
    }
    if not splits["train"]:
        return f"<div class=running>{heading}{line}</div>"
    losses = [_curve(rows, "loss") for rows in splits.values()]
    charts = _chart("Loss, dashed of validation", losses)
    norms = [_curve(splits["train"], key) for key in NORMS]
    charts += _chart("Gradient norms, log scale", [_in_decades(curve) for curve in norms if curve])
    return f"<div class=running>{heading}{line}{charts}{rows_html(_figures(splits))}</div>"


def _curve(rows: Iterable[LogRow], key: str) -> Curve:
    return [(row["step"], row[key]) for row in rows if row.get(key) is not None]


def _in_decades(curve: Curve) -> Curve:
    """The logarithms; a gradient of zero has none."""
    return [(step, math.log10(value)) for step, value in curve if value > 0]


def _chart(name: str, curves: Sequence[Curve]) -> str:
    """A small chart under its name; nothing without a point."""
    drawn = [curve for curve in curves if curve]
    return f"<p class=small>{name}</p>{curves_svg(drawn, name)}" if drawn else ""


def _figures(splits: dict[str, list[LogRow]]) -> list[tuple[str, str]]:
    last = splits["train"][-1]
    metric = str(last["metric"])
    rows = [("Loss", f"{last['loss']:.3f}")]
    if metric != "loss":
        rows.append((metric.capitalize(), f"{last['value']:.4g}"))
    rows += [("… validation", f"{row['value']:.4g}") for row in splits["validation"][-1:]]
    rows += [(name, f"{last[key]:.3g}") for key, name in NORMS.items() if last.get(key) is not None]
    if last.get("tokens_per_second") is not None:
        rows.append(("Tokens a second", f"{last['tokens_per_second']:,.0f}"))
    return rows


def curves_svg(curves: Sequence[Curve], name: str) -> str:
    """Curves of (step, value) on one scale, the first as a line, further ones dashed."""
    points = [point for curve in curves for point in curve]
    steps, values = zip(*points, strict=True)
    low, span = min(values), (max(values) - min(values)) or 1.0
    last = max(steps) or 1

    def path(curve: Sequence[tuple[float, float]]) -> str:
        return " ".join(
            f"{WIDTH * step / last:.1f},{1 + (HEIGHT - 2) * (1 - (value - low) / span):.1f}"
            for step, value in curve
        )

    lines = "".join(
        f'<polyline points="{path(curve)}"{f" stroke-dasharray={4 - number}" if number else ""} />'
        for number, curve in enumerate(curves)
    )
    return (
        f'<svg class=curves role=img aria-label="{name}" preserveAspectRatio=none '
        f'viewBox="0 0 {WIDTH} {HEIGHT}">{lines}</svg>'
    )
