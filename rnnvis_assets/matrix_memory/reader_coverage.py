"""What is said of how much the readers of a matrix memory explain, and when more are offered."""

import numpy as np

from warehouse.arrays import FloatArray

LOW_COVERAGE = 0.5
"""Below this, most of what a head reads out is not in the picture."""
OFFERED_READERS = 4


def who_explains(readers: int) -> str:
    """The readers of a head, by their number, as the subject of a sentence."""
    return "Mean query explains" if readers == 1 else f"{readers} readers explain"


def coverage_text(coverage: FloatArray, readers: int) -> str:
    """How much of the readout of heads float[heads] their readers explain, where that is known, and
    the setting by which more is seen where it is little."""
    known = coverage[np.isfinite(coverage)]
    if not len(known):
        return ""
    median, lowest = float(np.median(known)), float(known.min())
    text = f"{median:.0%} of the readout (median; lowest {lowest:.0%})"
    if median >= LOW_COVERAGE:
        return text
    text += ": most of it is not in the picture"
    if readers >= OFFERED_READERS:
        return text
    return f"{text}; recording: {{readers: {OFFERED_READERS}}} in its analysis shows more"
