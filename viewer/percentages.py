"""How a percentage is written everywhere on the page; ``predictions.js`` has the same rule."""


def percent(fraction: float, digits: int | None = None) -> str:
    """A fraction as "34 %": with so many digits after the point, or with about two that count.

    The space is one that no line breaks at.
    """
    value = 100 * fraction
    if digits is None:
        if 0 < value < 0.01:
            return "<0.01\N{NO-BREAK SPACE}%"
        digits = 2 if value < 0.1 else 1 if value < 9.95 else 0
        digits = digits if value else 0
    return f"{value:.{digits}f}\N{NO-BREAK SPACE}%"
