"""Findings as they are written and read: claims of the paper, measured and judged.

Belongs here: the shape of an answer, and the table ``finding`` to it and back. The measurements
themselves are in ``rnnvis_assets.findings``.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass
from itertools import groupby
from typing import Any, Literal

import pyarrow as pa

from warehouse.schema import FINDING

Verdict = Literal["supported", "not supported", "inconclusive"]

SUPPORTED: Verdict = "supported"
NOT_SUPPORTED: Verdict = "not supported"
INCONCLUSIVE: Verdict = "inconclusive"

_VERSION_0_1: Mapping[str, Verdict] = {
    "holds": SUPPORTED,
    "does not hold": NOT_SUPPORTED,
    "cannot be told here": INCONCLUSIVE,
}
"""The verdicts of files that version 0.1 wrote, which readers still open."""


@dataclass(frozen=True)
class Measurement:
    """One statistic of a claim.

    ``interval_over`` names what its interval, ``low`` to ``high``, is taken over; ``p_value`` is
    the two-sided one of the threshold, ``p_adjusted`` the same adjusted over the parts of the claim
    (Holm 1979). ``reference`` is what it is compared with (chance, say); ``threshold`` is what the
    whole interval must lie beyond to support the claim. ``paper_value`` is the same
    statistic of clusters by the paper's own affinity, ``positive``, where clusters are judged.
    Numbers are None for a statistic that could not be computed.
    """

    statistic: str
    value: float | None
    low: float | None
    high: float | None
    interval_over: str | None
    p_value: float | None
    p_adjusted: float | None
    reference: float | None
    threshold: float | None
    verdict: Verdict
    explanation: str
    paper_value: float | None = None


Measurements = tuple[Measurement, ...]


@dataclass(frozen=True)
class Claim:
    """An observation of the paper: ``source`` says where in it."""

    id: int
    claim: str
    source: str


@dataclass(frozen=True)
class JudgedClaim:
    """A claim and the statistics that it was judged by."""

    about: Claim
    parts: Measurements

    @property
    def verdict(self) -> Verdict:
        """Supported by all its parts, refuted by a single one, and inconclusive without parts."""
        verdicts = [part.verdict for part in self.parts]
        if NOT_SUPPORTED in verdicts:
            return NOT_SUPPORTED
        return INCONCLUSIVE if INCONCLUSIVE in verdicts or not verdicts else SUPPORTED


def finding_columns(claims: Iterable[JudgedClaim]) -> Mapping[str, Sequence[Any]]:
    """Columns of the table ``finding``, a row a statistic."""
    rows = [astuple(claim.about) + astuple(part) for claim in claims for part in claim.parts]
    names = [column.name for column in FINDING.columns]
    return {name: [row[place] for row in rows] for place, name in enumerate(names)}


def judged_claims(rows: pa.Table) -> tuple[JudgedClaim, ...]:
    """The claims in rows of the table ``finding``, by number."""
    found = [
        tuple(row[column.name] for column in FINDING.columns)
        for row in map(_current_verdict, rows.to_pylist())
    ]
    return tuple(
        JudgedClaim(Claim(*about), tuple(Measurement(*row[3:]) for row in parts))
        for about, parts in groupby(sorted(found, key=lambda row: row[0]), lambda row: row[:3])
    )


def _current_verdict(row: Mapping[str, Any]) -> Mapping[str, Any]:
    return {**row, "verdict": _VERSION_0_1.get(row["verdict"], row["verdict"])}
