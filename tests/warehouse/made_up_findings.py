"""Three made-up claims, one of each verdict."""

from typing import Any


def finding_columns() -> dict[str, Any]:
    """A supported claim, one that is not supported and an inconclusive one."""
    verdicts = ["supported", "not supported", "inconclusive"]
    return {
        "id": [3, 11, 12], "claim": ["Units oppose.", "Layers differ.", "Means are stable."],
        "source": ["Fig. 8C", "Fig. 14", "section 4.2"],
        "statistic": ["opposition", "evenness", "reliability"], "value": [0.8, -0.2, None],
        "interval_low": [0.7, -0.3, None], "interval_high": [0.9, -0.1, None],
        "interval_over": ["words", "units", None], "p_value": [0.002, 0.01, None],
        "p_adjusted": [0.004, 0.01, None],
        "reference_value": [0.1, 0.9, None], "threshold": [0.5, 0.0, None], "verdict": verdicts,
        "explanation": ["Units 1 and 2.", "0.7 and 0.9.", "Found 3 words."],
        "paper_value": [None, -0.1, None],
    }  # fmt: skip
