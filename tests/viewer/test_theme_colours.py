from collections.abc import Sequence
from itertools import combinations, product

import numpy as np
import numpy.typing as npt
import pytest

from viewer.theme_colours import DARK, LIGHT, TAG_NAMES, Theme


def test_every_tag_has_a_colour_and_a_name_in_both_themes() -> None:
    assert LIGHT.tags.keys() == DARK.tags.keys() == TAG_NAMES.keys()


def test_tags_are_readable() -> None:
    """Contrast of at least 4.5 on the card and on the page (WCAG 2.2, 1.4.3)."""
    for theme in (LIGHT, DARK):
        inks = [theme.colours[role] for role in ("ink", "ink-2", "positive-ink")]
        for colour in (*theme.tags.values(), *inks):
            for ground in ("card", "paper"):
                assert _contrast(colour, theme.colours[ground]) >= 4.5, (theme, colour)


def _contrast(one: str, other: str) -> float:
    bright, dim = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (bright + 0.05) / (dim + 0.05)


def _luminance(colour: str) -> float:
    return float(np.dot(_linear(colour), (0.2126, 0.7152, 0.0722)))


def _linear(colour: str) -> npt.NDArray[np.float64]:
    """Linear RGB of a "#rrggbb"."""
    s = np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)])
    return np.where(s <= 0.04045, s / 12.92, ((s + 0.055) / 1.055) ** 2.4)


# Linear RGB as it is seen without green and without red cones (Machado et al. 2009, severity 1).
SIGHTS = {
    "usual": np.eye(3),
    "deuteranopia": np.array([
        [0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ]),
    "protanopia": np.array([
        [0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ]),
    "tritanopia": np.array([
        [1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ]),
}  # fmt: skip


@pytest.mark.parametrize("sight", SIGHTS)
@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_parts_of_speech_are_apart_from_each_other_and_from_the_signs(
    theme: Theme, sight: str
) -> None:
    """Distances in CIELAB (D65); 2.3 is about the least that one notices."""
    least = 25 if sight == "usual" else 10
    tags = [_cielab(SIGHTS[sight] @ _linear(c)) for tag, c in theme.tags.items() if tag != "X"]
    signs = [_cielab(SIGHTS[sight] @ _linear(theme.colours[s])) for s in ("positive", "negative")]
    for one, other in [*combinations(tags, 2), *product(tags, signs)]:
        assert np.linalg.norm(one - other) > least


def _cielab(linear: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """CIE 15:2004, of linear sRGB (IEC 61966-2-1)."""
    tristimulus = np.array([
        [0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041],
    ]) @ np.clip(linear, 0, 1)  # fmt: skip
    x, y, z = np.cbrt(tristimulus / (0.95047, 1, 1.08883))
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


@pytest.mark.parametrize("sight", ["usual", "deuteranopia", "protanopia"])
@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_colours_stay_apart_for_the_colour_blind(theme: Theme, sight: str) -> None:
    """Distances in OKLab; 0.02 is about the least that one tells apart side by side."""
    tags = [colour for tag, colour in theme.tags.items() if tag != "X"]
    assert _nearest(tags, SIGHTS[sight]) > 0.05
    assert _nearest(theme.words, SIGHTS[sight]) > 0.1
    assert _nearest(theme.ramp, SIGHTS[sight]) > 0.14
    signs = [theme.colours[role] for role in ("positive", "negative")]
    assert _nearest(signs, SIGHTS[sight]) > 0.2


def _nearest(colours: Sequence[str], sight: npt.NDArray[np.float64]) -> float:
    """The least distance between any two of the colours."""
    labs = [_oklab(sight @ _linear(colour)) for colour in colours]
    return min(float(np.linalg.norm(one - other)) for one, other in combinations(labs, 2))


def _oklab(linear: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Ottosson 2020."""
    cones = np.array([
        [0.4122214708, 0.5363325363, 0.0514459929], [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ])  # fmt: skip
    mixed = np.array([
        [0.2104542553, 0.793617785, -0.0040720468], [1.9779984951, -2.428592205, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.808675766],
    ])  # fmt: skip
    found: npt.NDArray[np.float64] = mixed @ np.cbrt(cones @ np.clip(linear, 0, 1))
    return found
