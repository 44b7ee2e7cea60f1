"""Findings as they are written and read: claims of the paper, measured and judged.

Belongs here: the shape of an answer, and the table ``finding`` to it and back. How anything is
measured stands in ``rnnvis_assets.findings``.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass
from itertools import groupby
from typing import Any, Literal

import pyarrow as pa

from warehouse.schema import FINDING

Verdict = Literal["holds", "does not hold", "cannot be told here"]

HOLDS: Verdict = "holds"
DOES_NOT_HOLD: Verdict = "does not hold"
UNTOLD: Verdict = "cannot be told here"


@dataclass(frozen=True)
class Measurement:
    """One statistic of a claim. ``reference`` is what it is compared with (chance, say), and
    ``threshold`` what the whole interval must lie beyond for the claim to hold. Numbers are None
    where the statistic could not be had."""

    statistic: str
    value: float | None
    low: float | None
    high: float | None
    reference: float | None
    threshold: float | None
    verdict: Verdict
    explanation: str


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
        """A claim holds where all its parts do, and not where one does not; without parts nothing
        can be told."""
        verdicts = [part.verdict for part in self.parts]
        if DOES_NOT_HOLD in verdicts:
            return DOES_NOT_HOLD
        return UNTOLD if UNTOLD in verdicts or not verdicts else HOLDS


def finding_columns(claims: Iterable[JudgedClaim]) -> Mapping[str, Sequence[Any]]:
    """Columns of the table ``finding``, a row a statistic."""
    rows = [astuple(claim.about) + astuple(part) for claim in claims for part in claim.parts]
    names = [column.name for column in FINDING.columns]
    return {name: [row[place] for row in rows] for place, name in enumerate(names)}


def judged_claims(rows: pa.Table) -> tuple[JudgedClaim, ...]:
    """The claims that rows of the table ``finding`` tell of, by number."""
    found = [tuple(row[column.name] for column in FINDING.columns) for row in rows.to_pylist()]
    return tuple(
        JudgedClaim(Claim(*about), tuple(Measurement(*row[3:]) for row in parts))
        for about, parts in groupby(sorted(found, key=lambda row: row[0]), lambda row: row[:3])
    )
