"""What the pictures of the viewer show: those of README and docs, and of the page that goes through
the paper, a picture a claim. ``make pictures`` takes them and writes the page."""

from collections.abc import Mapping
from dataclasses import dataclass
from textwrap import fill
from urllib.parse import urlencode

from warehouse.storage import CHECKOUT

FOLDER = CHECKOUT / "viewer" / "pictures"
PAGE = CHECKOUT / "docs" / "gallery.md"
LARGEST = 250_000
"""Bytes of a picture in the repository."""


@dataclass(frozen=True)
class Picture:
    """``shown`` is the page's address, ``size`` the window's, in pixels."""

    shown: Mapping[str, str]
    size: tuple[int, int] = (1450, 830)

    @property
    def models(self) -> list[str]:
        """The models that must be published."""
        return [self.shown[key] for key in ("model", "right.model") if key in self.shown]

    @property
    def query(self) -> str:
        return urlencode(self.shown)


@dataclass(frozen=True)
class Claim:
    """``title`` says what the ``picture`` shows, ``caption`` how to see it; ``source`` is the
    figure in the paper."""

    title: str
    caption: str
    source: str
    picture: Picture


PROSE, REVIEWS = {"model": "docstrings-lstm", "state": "hidden"}, {"model": "toy-reviews-gru"}
PICTURES: Mapping[str, Picture] = {
    "main_view": Picture({**PROSE, "word": "may", "also": "must,for", "units": "17", "tags": "1"}),
    "compare_view": Picture({**PROSE, "word": "may", "right.layer": "0"}),
    "dark_view": Picture({**REVIEWS, "word": "delicious", "also": "greasy", "dark": "1"}),
    "silenced_view": Picture(
        {
            **REVIEWS,
            "silence": "1",
            "sentence": '["the dessert was delicious and the staff was friendly ."]',
        }
    ),
}

YELP = {"model": "yelp-gru", "k": "2"}
TREEBANK = {"model": "ptb-lstm-brief", "layer": "1", "state": "hidden"}
CLAIMS: Mapping[str, Claim] = {
    "sentiment_clouds": Claim(
        "A sentiment network sorts words into praise and blame",
        "Two clouds, two chips: *delicious* drives nearly every cell of the chip of praise "
        "(orange), and nearly every cell of the chip of blame the other way (blue).",
        "Fig. 10",
        Picture({**YELP, "word": "delicious", "present": "memory"}, (1200, 600)),
    ),
    "though_twice": Claim(
        "The same word acts otherwise after other words",
        "After praise, *though* moves the memory towards blame (−0.58); after blame it does next "
        "to nothing (−0.08). The rows at the foot show both changes, and their difference.",
        "Fig. 10",
        Picture(
            {
                "model": "yelp-gru-balanced",
                "k": "2",
                "present": "sentence~memory",
                "sentence": '["i love the food though the staff is not helpful",'
                '"the staff is not helpful though i love the food"]',
                "step": "0~4",
                "steps": "1~5",
            },
            (1400, 760),
        ),
    ),
    "opposite_words": Claim(
        "Opposite words are mirror images in the memory",
        "What *excellent* raises, *worst* lowers, unit by unit.",
        "Fig. 11",
        Picture({**YELP, "word": "excellent", "also": "worst", "present": "detail"}, (1100, 460)),
    ),
    "word_functions": Claim(
        "A language model sorts words by their function",
        "Each cloud has the colour of a part of speech: modal verbs (4), prepositions (7), "
        "pronouns (6), verbs (8), nouns (9 and 10). *Would* drives the chip of modal verbs.",
        "Fig. 8",
        Picture({**TREEBANK, "word": "would", "present": "memory", "tags": "1"}, (1200, 680)),
    ),
    "alike_words": Claim(
        "*He* and *she* move the same units, *for* moves others",
        "The curves of *he* and *she* lie on each other (correlation 0.99), that of *for* does not "
        "follow them (−0.25).",
        "Fig. 5",
        Picture({**TREEBANK, "word": "he", "also": "she,for", "present": "detail"}, (1100, 490)),
    ),
    "two_cells": Claim(
        "A vanilla RNN responds more strongly than an LSTM",
        "The same word, text and scale: *of* moves the units of the RNN (left) twice as far as "
        "those of the LSTM (right), 0.71 against 0.34 on average, and less alike from place to "
        "place (wider bands). These are small networks of docstrings, not of the Penn Treebank; "
        "relative to the spread of their states, their seeds do not agree.",
        "Fig. 9",
        Picture(
            {
                "model": "docstrings-rnn-small",
                "right.model": "docstrings-lstm-small",
                "word": "of",
                "present": "detail",
            },
            (1300, 470),
        ),
    ),
    "two_layers": Claim(
        "The last layer’s chips are less even in size than the first layer’s",
        "First layer (left): 21 to 57 cells a chip; last layer (right): 9 to 77. The last one "
        "parts articles (10) from pronouns (3), which share a cloud of the first (9). Over all "
        "numbers of clusters, this network leaves it undecided.",
        "Fig. 14",
        Picture(
            {
                **TREEBANK,
                "layer": "0",
                "right.layer": "1",
                "word": "he",
                "present": "memory",
                "tags": "1",
            },
            (1450, 790),
        ),
    ),
}
ALL_PICTURES: Mapping[str, Picture] = {
    **PICTURES,
    **{name: claim.picture for name, claim in CLAIMS.items()},
}

INTRODUCTION = """# The paper, a picture a claim

<!-- Written by `make pictures`; edit `tests/viewer/gallery.py` instead. -->

What the VAST 2017 paper says about recurrent networks, each as one view of the viewer. `rnnvis
materialize MODEL` trains and analyses the model that is named; `rnnvis view` then shows the view at
the address. One picture proves nothing: [Findings](findings.md) has every claim as a number with an
interval. [Reading the pictures](reading_the_pictures.md) explains the marks. `ptb-lstm-brief` is
the paper's small Penn Treebank network after two of its epochs (test perplexity 166).
"""


def _section(name: str, claim: Claim) -> str:
    models = ", ".join(f"`{model}`" for model in dict.fromkeys(claim.picture.models))
    return (
        f"\n## {claim.title}\n\n{fill(claim.caption, 100)}\n\n"
        f"![{claim.title}](../viewer/pictures/{name}.png)\n\n"
        f"{claim.source} of the paper; {models}; `?{claim.picture.query}`\n"
    )


def gallery_page() -> str:
    """The page ``docs/gallery.md``."""
    return INTRODUCTION + "".join(_section(name, claim) for name, claim in CLAIMS.items())
