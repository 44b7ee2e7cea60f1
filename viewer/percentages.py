"""How a percentage is written everywhere on the page; ``predictions.js`` has the same rule."""

import re

SPACE = "\N{NO-BREAK SPACE}"


def percent(fraction: float, digits: int | None = None) -> str:
    """A fraction as "34 %": with so many digits after the point, or with about two that count."""
    value = 100 * fraction
    if digits is None and 0 < value < 0.01:
        return f"<0.01{SPACE}%"
    if digits is None:
        digits = 2 if value < 0.1 else 1 if value < 9.95 else 0
    return f"{value:.{digits}f}{SPACE}%"


def spaced(text: str) -> str:
    """A text that others wrote, with its percentages as ``percent`` writes them."""
    return re.sub(r"(?<=\d)%", f"{SPACE}%", text)
