"""Information of unit clusters by loops over steps and cells (docs/design.md, Mathematics)."""

import numpy as np

from warehouse.chips import Chips

LISTS = ("positive", "negative", "positive_change", "negative_change", "preserved", "keep")
SPLIT_LISTS = (*LISTS, "written", "lost")


def expect_glyphs(
    states: np.ndarray,
    starts: np.ndarray,
    keep_gate: np.ndarray | None,
    chips: Chips,
    split: tuple[np.ndarray, np.ndarray] | None = None,
) -> dict[str, np.ndarray | None]:
    """Lists by name, float64[steps, clusters] each; ``keep`` is None without a gate. ``split``:
    what was written and what was lost, of which preserved is then known."""
    (steps, units), num_clusters = states.shape, chips.num_clusters
    cells = list(zip(chips.units, chips.directions, chips.clusters, strict=True))
    lists = {name: np.zeros((steps, num_clusters)) for name in SPLIT_LISTS}
    for t in range(steps):
        previous = np.zeros(units) if t == 0 or starts[t] else states[t - 1]
        for cluster in range(num_clusters):
            positive = negative = positive_before = negative_before = kept = gated = 0.0
            for unit, direction in [cell[:2] for cell in cells if cell[2] == cluster]:
                sign = -1 if direction == -1 else 1
                now, before = sign * float(states[t, unit]), sign * float(previous[unit])
                positive += max(now, 0)
                negative += min(now, 0)
                positive_before += max(before, 0)
                negative_before += min(before, 0)
                if split:
                    written, lost = (sign * float(part[t, unit]) for part in split)
                    lists["written"][t, cluster] += written
                    lists["lost"][t, cluster] += lost
                    kept += abs(before + lost)
                elif before != 0:
                    kept += abs(before) * min(max(now / before, 0), 1)
                if before != 0:
                    gated += abs(before) * (keep_gate[t, unit] if keep_gate is not None else 0)
            now_all, before_all = positive - negative, positive_before - negative_before
            lists["positive"][t, cluster] = positive
            lists["negative"][t, cluster] = negative
            lists["positive_change"][t, cluster] = positive - positive_before
            lists["negative_change"][t, cluster] = negative - negative_before
            whole = before_all if split else now_all
            lists["preserved"][t, cluster] = min(kept / whole, 1) if whole else 0
            lists["keep"][t, cluster] = gated / before_all if before_all else 0
    unknown = [
        *(["written", "lost"] if not split else []),
        *(["keep"] if keep_gate is None else []),
    ]
    return {**lists, **dict.fromkeys(unknown)}
