"""The page of findings: the paper's claims about such networks, measured on this one."""

from collections.abc import Iterator, Mapping, Sequence
from html import escape

from viewer.percentages import spaced
from viewer.state.explorer_state import ExplorerState
from viewer.views.sections.section import Section, TextLine, said
from viewer.views.widgets import small_html
from warehouse.comparison_files import open_comparison, published_comparisons
from warehouse.findings_table import (
    INCONCLUSIVE,
    NOT_SUPPORTED,
    SUPPORTED,
    JudgedClaim,
    Measurement,
    Verdict,
)
from warehouse.storage import Storage

NO_FINDINGS = "No claim of the paper can be measured on this model."
_SIGNS: Mapping[Verdict, str] = {SUPPORTED: "✓", NOT_SUPPORTED: "✕", INCONCLUSIVE: "?"}
_WIDTH, _HEIGHT, _EDGE = 240, 14, 6


class FindingsSection(Section):
    """The claims of the model's release, then those of the comparisons that it is part of."""

    def __init__(self, state: ExplorerState) -> None:
        super().__init__(state)
        self.text = TextLine()
        self.pane = small_html(margin=(0, 12))
        self.column[:] = [self.text, self.pane]

    def draw(self) -> None:
        self.pane.object = ""
        self.text.say(said(self._draw_claims))

    def _draw_claims(self) -> str:
        release = self.state.release
        claims = release.findings()
        parts = [claims_html(claims), *_compared(release.storage, release.name)]
        self.pane.object = "".join(parts)
        return "" if any(parts) else NO_FINDINGS


def _compared(storage: Storage, model: str) -> Iterator[str]:
    """The comparisons of this model with others."""
    for name in published_comparisons(storage):
        with open_comparison(storage, name) as comparison:
            compared, claims = comparison.compared(), comparison.findings()
        if any(model in family for family in compared.values()):
            yield f"<h3 class=beside>{escape(_title(compared, model))}</h3>{claims_html(claims)}"


def _title(compared: Mapping[str, Sequence[str]], model: str) -> str:
    """Of the comparison of some families of networks, one of them with ``model``."""
    others = sorted(family[0] for family in compared.values() if model not in family)
    (seeds,) = {len(family) for family in compared.values()}
    over = f"over {seeds} seeds" if seeds > 1 else ""
    return f"Next to {', '.join(others)} {over}".rstrip() if others else over.capitalize()


def claims_html(claims: Sequence[JudgedClaim]) -> str:
    """An article a claim: its verdict, and a strip a statistic."""
    return "".join(
        f"<article class=claim data-verdict='{claim.verdict}'>"
        f"<p><b class=verdict>{_SIGNS[claim.verdict]} {claim.verdict}</b> "
        f"{escape(claim.about.claim)} <span>{escape(claim.about.source)}</span></p>"
        f"{''.join(map(_part_html, claim.parts))}</article>"
        for claim in claims
    )


def _number(value: float) -> str:
    return f"{value:.3g}".replace("-", "−")


def _part_html(part: Measurement) -> str:
    value = "" if part.value is None else f"<b>{_number(part.value)}</b>"
    return (
        f"<details><summary>{_SIGNS[part.verdict]} {escape(part.statistic)} {value}"
        f"{_strip_svg(part)}</summary>"
        f"<div>{escape(spaced(part.explanation))} {_certainty(part)}</div></details>"
    )


def _certainty(part: Measurement) -> str:
    """Over what the interval is taken, the p value before and after the adjustment, and the value
    with the paper's affinity."""
    if part.interval_over is None:
        return ""
    p = f"; p {part.p_value:.2g}, by Holm {part.p_adjusted:.2g}"
    paper = (
        "" if part.paper_value is None else f" With affinity positive: {_number(part.paper_value)}."
    )
    return f"95 % interval over {escape(part.interval_over)}{p}.{paper}"


def _strip_svg(part: Measurement) -> str:
    """The value (a dot) and its interval (a bar) against the threshold (a line)."""
    numbers = (part.value, part.low, part.high, part.threshold)
    known = [number for number in numbers if number is not None]
    if len(known) < len(numbers):
        return ""
    least, span = min(known), max(known) - min(known) or 1.0
    room = _WIDTH - 2 * _EDGE
    value, low, high, threshold = (_EDGE + room * (number - least) / span for number in known)
    middle = _HEIGHT / 2
    label = "{}, from {} to {}; threshold {}".format(*map(_number, known))
    return (
        f"<svg viewBox='0 0 {_WIDTH} {_HEIGHT}' role=img aria-label='{label}'>"
        f"<title>{label}</title><path class=axis d='M0 {middle}H{_WIDTH}' />"
        f"<path class=threshold d='M{threshold:.1f} 1V{_HEIGHT - 1}' />"
        f"<path class=interval d='M{low:.1f} {middle}H{high:.1f}' />"
        f"<circle class=value cx={value:.1f} cy={middle} r=3.5 /></svg>"
    )
