"""Colours, once: the page, the component and the charts all take theirs from here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

TAG_NAMES: Mapping[str, str] = MappingProxyType({
    "NOUN": "noun", "VERB": "verb", "PRON": "pronoun", "ADJ": "adjective", "ADV": "adverb",
    "ADP": "preposition", "CONJ": "conjunction", "DET": "determiner", "NUM": "number",
    "PRT": "particle", ".": "punctuation", "X": "other",
})  # fmt: skip
"""The universal part-of-speech tags in words."""

FONT = "Inter, system-ui, sans-serif"
ENLARGED = 1.25
"""How much larger type and marks are in a presentation."""


@dataclass(frozen=True)
class Theme:
    """``colours`` by role; ``ramp``: five anchors from most negative to most positive response;
    ``tags``: a colour for every universal part of speech, readable as text on ``card``; ``words``:
    the colours of up to three selected words, in the order in which they were selected;
    ``enlarged``: by how much type is larger than usual."""

    colours: Mapping[str, str]
    ramp: tuple[str, ...]
    tags: Mapping[str, str]
    words: tuple[str, str, str]
    enlarged: float = 1.0

    def pixels(self, size: float) -> str:
        """A size of type, in CSS."""
        return f"{size * self.enlarged:g}px"

    def css(self) -> str:
        """The colours as CSS custom properties."""
        return "; ".join(f"--{role}: {colour}" for role, colour in self.colours.items())


LIGHT = Theme(
    colours=MappingProxyType({
        "paper": "#fbfaf8", "card": "#ffffff", "field": "#ffffff",
        "ink": "#20242a", "ink-2": "#6b7079", "ink-3": "#9a9da3",
        "line": "#e3e1dc", "grid": "#eceae6", "bar": "#e9e7e3",
        "positive": "#d9661f", "positive-ink": "#b3490d", "negative": "#2270b5",
    }),
    ramp=("#0f4c8a", "#3f8fd0", "#efedea", "#ea8333", "#a9430b"),
    tags=MappingProxyType({
        "NOUN": "#1a2d92", "VERB": "#037655", "PRON": "#cd204d", "ADJ": "#a102cd",
        "ADV": "#a91e8b", "ADP": "#5b310a", "CONJ": "#4f5f00", "DET": "#6f2343",
        "NUM": "#0303ff", "PRT": "#1254fd", ".": "#6b7079", "X": "#6b7079",
    }),
    words=("#d9661f", "#0d7680", "#7b4ab8"),
)  # fmt: skip

DARK = Theme(
    colours=MappingProxyType({
        "paper": "#14171b", "card": "#1a1e23", "field": "#1f242a",
        "ink": "#e9eaec", "ink-2": "#9aa0a8", "ink-3": "#6f757d",
        "line": "#2b3037", "grid": "#262b31", "bar": "#333940",
        "positive": "#ff9a52", "positive-ink": "#ff9a52", "negative": "#5fb2f7",
    }),
    ramp=("#9ad4ff", "#3f8fd0", "#2a2e33", "#d97a35", "#ffc48f"),
    tags=MappingProxyType({
        "NOUN": "#5784ff", "VERB": "#9cf799", "PRON": "#ffa9aa", "ADJ": "#b86fbd",
        "ADV": "#ef4b77", "ADP": "#bca86b", "CONJ": "#ff3721", "DET": "#45e9ea",
        "NUM": "#ecd848", "PRT": "#329c19", ".": "#9aa0a8", "X": "#9aa0a8",
    }),
    words=("#ff9a52", "#7fe0d8", "#a98bf0"),
)  # fmt: skip


def theme_of(dark: bool, presentation: Sequence[str] = ()) -> Theme:
    """The theme that the switch of the page names, enlarged where panes are presented."""
    theme = DARK if dark else LIGHT
    return replace(theme, enlarged=ENLARGED) if presentation else theme
