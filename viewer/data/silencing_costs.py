"""What silencing each chip costs, next to random sets of as many directions: numbers and words."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from viewer.data.release_cache import cached_by_release
from viewer.data.release_store import Analysis, facts_of
from warehouse.reader import Release

Row = Mapping[str, Any]
_SCOPES = {
    "all": "over all", "own_words": "at the words of its own cloud",
    "other_words": "at other words",
}  # fmt: skip
_UNITS = {"loss": "nats", "log_odds": "nats of log odds", "recall": "of recall", "auc": "of AUC"}
_KINDS = (
    ("random", "rank", "random sets of as many"),
    ("matched", "matched_rank", "matched in strength"),
)
NEVER = "What silencing a chip costs was not measured: the network cannot be stepped."


@dataclass(frozen=True)
class ChipCost:
    """Nats that a chip costs where it should act, the smallest and largest of its random sets, and
    its ``rank`` among these and itself, 1 for the largest of ``ranked``; ``text`` says more, line
    by line."""

    cost: float
    low: float
    high: float
    rank: int
    ranked: int
    text: str


@dataclass(frozen=True)
class SilencingCosts:
    """By cluster, for those that were measured; ``where`` says at what, ``note`` why there are
    none."""

    chips: Mapping[int, ChipCost]
    where: str = ""
    note: str = ""


@cached_by_release
def silencing_costs(release: Release, analysis: Analysis) -> SilencingCosts:
    """The costs of one co-clustering's chips."""
    rows = _rows(release, analysis)
    if not rows:
        return SilencingCosts({}, note=_why_none(release, analysis))
    found: dict[int, list[Row]] = {}
    for row in rows:
        found.setdefault(row["cluster"], []).append(row)
    chips = {}
    for cluster, own in found.items():
        acting = _acting(own)
        if acting is not None:
            chips[cluster] = _chip_cost(acting, own)
    classes = any(row["measure"] == "log_odds" for row in rows)
    where = "log odds lost" if classes else "loss at its cloud’s words"
    return SilencingCosts(chips, where)


def _rows(release: Release, analysis: Analysis) -> Sequence[Row]:
    rows = release.clusters.ablation(**analysis.key).to_pylist()
    return [row | {"cluster": analysis.to_shown(row["cluster"])} for row in rows]


def _why_none(release: Release, analysis: Analysis) -> str:
    own = replace(facts_of(release).default, layer=analysis.layer, state=analysis.state)
    if own == analysis.released or not _rows(release, own):
        return NEVER
    return (
        f"What silencing a chip costs was measured for {own.num_clusters} clusters of "
        f"{own.affinity} affinity, not for these."
    )


def _acting(rows: Sequence[Row]) -> Row | None:
    """The row that shows whether a chip acts as it is named: at its own words, or of a classifier
    the log odds of the class whose documents lose most, beyond what random sets take on average."""
    acting = [row for row in rows if row["scope"] == "own_words" or row["measure"] == "log_odds"]
    return max(acting, key=lambda row: row["cost"] - row["random_mean"], default=None)


def _chip_cost(acting: Row, rows: Sequence[Row]) -> ChipCost:
    amount = f"{acting['cost']:.3f} {_UNITS[acting['measure']]}"
    lines = [
        f"chip {acting['cluster'] + 1} silenced costs {amount} {_where(acting)}",
        f"95 % interval {acting['lower']:.3f} to {acting['upper']:.3f}, "
        f"{acting['num_tokens']:,} predictions",
        *(_random(acting, *kind) for kind in _KINDS),
        *_of_the_others([row for row in rows if row is not acting]),
    ]
    text = "\n".join(lines).replace("-", "−")
    spans = acting["cost"], acting["random_lower"], acting["random_upper"]
    return ChipCost(*spans, acting["rank"], acting["num_sets"] + 1, text)


def _where(row: Row) -> str:
    scope = str(row["scope"])
    return _SCOPES.get(scope, scope.replace("class:", "for "))


def _of_the_others(rows: Sequence[Row]) -> Iterator[str]:
    """A line a measure, with its costs in every other scope."""
    for measure, unit in _UNITS.items():
        costs = [f"{row['cost']:.3f} {_where(row)}" for row in rows if row["measure"] == measure]
        if costs:
            yield f"{unit}: {', '.join(costs)}"


def _random(row: Row, kind: str, rank: str, name: str) -> str:
    span = f"{row[f'{kind}_lower']:.3f} to {row[f'{kind}_upper']:.3f}"
    return f"{row['num_sets']} {name}: {span}, rank {row[rank]} of {row['num_sets'] + 1}"
