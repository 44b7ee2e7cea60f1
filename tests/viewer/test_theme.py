import numpy as np

from viewer.theme import DARK, LIGHT, TAG_NAMES


def test_every_tag_has_a_colour_and_a_name_in_both_themes() -> None:
    assert LIGHT.tags.keys() == DARK.tags.keys() == TAG_NAMES.keys()


def test_tags_are_readable() -> None:
    """Contrast of at least 4.5 on the card (WCAG 2.2, 1.4.3)."""
    for theme in (LIGHT, DARK):
        for colour in theme.tags.values():
            assert _contrast(colour, theme.colours["card"]) >= 4.5, (theme.name, colour)


def _contrast(one: str, other: str) -> float:
    bright, dim = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (bright + 0.05) / (dim + 0.05)


def _luminance(colour: str) -> float:
    shares = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [s / 12.92 if s <= 0.04045 else ((s + 0.055) / 1.055) ** 2.4 for s in shares]
    return float(np.dot(linear, (0.2126, 0.7152, 0.0722)))
