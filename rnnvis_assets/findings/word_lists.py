"""The words and sentences that the findings ask about: the paper's own first, then like ones.

Readers of these lists leave out, and count, what a corpus does not contain.
"""

ALIKE = (
    ("he", "she"), ("his", "her"), ("those", "these"), ("would", "could"), ("buy", "sell"),
    ("this", "that"), ("is", "was"), ("are", "were"), ("has", "had"), ("can", "may"),
    ("will", "should"), ("million", "billion"), ("monday", "tuesday"), ("up", "down"),
    ("rose", "fell"), ("more", "less"), ("into", "from"), ("two", "three"), ("new", "old"),
    ("year", "month"), ("company", "firm"), ("before", "after"),
)  # fmt: skip
"""Pairs of one role (Fig. 5 and section 7.1)."""

CONTRASTS = (
    ("he", "she", "for"), ("his", "her", "with"), ("those", "these", "of"),
    ("would", "could", "from"), ("buy", "sell", "in"), ("is", "was", "at"), ("has", "had", "by"),
    ("million", "billion", "to"), ("rose", "fell", "the"), ("monday", "tuesday", "and"),
    ("are", "were", "on"), ("can", "may", "of"), ("will", "should", "in"),
)  # fmt: skip
"""Two words of one role, and one of another (Fig. 5)."""

OLD_AND_MODERN = (
    ("hath", "has"), ("ay", "yes"), ("dost", "do"), ("art", "are"), ("doth", "does"),
    ("thy", "your"), ("thine", "yours"), ("wilt", "will"), ("shalt", "shall"), ("hast", "have"),
    ("canst", "can"), ("didst", "did"), ("ere", "before"), ("nay", "no"), ("mine", "my"),
)  # fmt: skip
OLD_EXCEPTION = ("thou", "you")
"""Shakespeare's words with ours, and the pair that the paper found less alike (Figs. 12, 13)."""

GOOD = (
    "excellent", "great", "good", "amazing", "delicious", "friendly", "love", "best", "awesome",
    "perfect", "fantastic", "wonderful", "nice", "favorite", "happy", "fresh", "recommend",
    "loved", "enjoyed", "helpful", "tasty", "clean", "pleasant", "superb", "lovely",
)  # fmt: skip
BAD = (
    "worst", "bad", "terrible", "horrible", "awful", "rude", "poor", "disappointed",
    "disappointing", "slow", "cold", "dirty", "bland", "overpriced", "mediocre", "hate", "wrong",
    "worse", "waste", "nasty", "stale", "disgusting", "gross", "unfortunately", "sad", "lack",
    "problem", "mistake", "noisy", "greasy",
)  # fmt: skip
"""Words of either polarity in reviews (Figs. 10 and 11); a published lexicon has more, see
``opinion_lexicon``."""

OPPOSITES = (
    ("worst", "excellent"), ("bad", "good"), ("terrible", "great"), ("horrible", "amazing"),
    ("rude", "friendly"), ("awful", "awesome"), ("bland", "delicious"), ("dirty", "clean"),
    ("disappointed", "happy"), ("hate", "love"), ("mediocre", "perfect"), ("stale", "fresh"),
    ("poor", "fantastic"), ("nasty", "tasty"),
)  # fmt: skip
"""Opposite words of reviews (Fig. 11A)."""

CONJUNCTIONS = ("though", "but", "however")
CLAUSES = (
    ("i love the food", "the staff is not helpful"), ("the food is great", "the service is slow"),
    ("the pizza is delicious", "the place is dirty"), ("the staff is friendly", "the food is bad"),
    ("the service is excellent", "the prices are horrible"), ("i like this place", "it is noisy"),
    ("the coffee is amazing", "the waiter is rude"), ("the room is clean", "the bed is awful"),
    ("the drinks are good", "the music is terrible"), ("we enjoyed the meal", "we waited too long"),
    ("the burger is perfect", "the fries are cold"), ("the view is wonderful", "the wine is bland"),
)  # fmt: skip
"""A clause of praise and one of blame, to be joined in either order by one of ``CONJUNCTIONS``
(Fig. 10)."""
