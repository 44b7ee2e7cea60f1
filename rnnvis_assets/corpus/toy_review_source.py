"""The embedded reviews: a small grammar with planted polarity, whose truth is known.

A review's class is that of its last clause before and after "but", and of the clause that
"though" does not introduce; a negated word ("not good") turns its clause round.
"""

from dataclasses import dataclass
from random import Random

from rnnvis_assets.configuration.dataset_config import ToyReviewSource
from rnnvis_assets.corpus.source_documents import SourceDocument, SourceText
from rnnvis_assets.corpus.table_source import NEGATIVE, POSITIVE

_PRAISE = ("amazing", "excellent", "fantastic", "great", "superb", "wonderful")
_BLAME = ("awful", "bad", "disappointing", "dreadful", "horrible", "terrible")
_LIKED = ("enjoyed", "loved")
_DISLIKED = ("disliked", "hated")


@dataclass(frozen=True)
class _Aspect:
    """A subject of reviews, and the adjectives that suit only this one."""

    nouns: tuple[str, ...]
    praise: tuple[str, ...]
    blame: tuple[str, ...]


_ASPECTS = (
    _Aspect(
        ("bread", "coffee", "curry", "dessert", "fish", "pasta", "pizza", "salad", "soup", "steak"),
        ("delicious", "fresh", "tasty"),
        ("bland", "greasy", "stale"),
    ),
    _Aspect(
        ("bartender", "chef", "host", "manager", "staff", "waiter", "waitress"),
        ("attentive", "charming", "friendly"),
        ("arrogant", "careless", "rude"),
    ),
    _Aspect(
        ("atmosphere", "bar", "garden", "lounge", "music", "room", "terrace"),
        ("beautiful", "cosy", "elegant"),
        ("cramped", "dirty", "noisy"),
    ),
)
POSITIVE_WORDS = (*_PRAISE, *_LIKED, *(word for aspect in _ASPECTS for word in aspect.praise))
NEGATIVE_WORDS = (*_BLAME, *_DISLIKED, *(word for aspect in _ASPECTS for word in aspect.blame))

_DEGREES = ("absolutely", "quite", "rather", "really", "so", "truly", "very")
_NEUTRAL = (
    "We came here on a {day} night.",
    "I had lunch here with my {person} on {day}.",
    "My {person} ordered the {food}.",
    "We sat near the window.",
    "It is close to the station.",
    "I stopped by on {day} after work.",
)
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_PEOPLE = ("brother", "daughter", "family", "friend", "mother", "sister", "son", "wife")

_OPINIONS = (
    ("{}", (True,)),
    ("{} and {}", (True, True)),
    ("{}, but {}", (False, True)),
    ("though {}, {}", (False, True)),
    ("{}, though {}", (True, False)),
)
"""Forms of an opinion, and which of their clauses agree with it."""
_RATES_OF_OPINIONS = (0.3, 0.4, 0.1, 0.1, 0.1)
_RATE_NEGATED, _RATE_VERB, _RATE_DEGREE, _RATE_NEUTRAL = 0.1, 0.2, 0.35, 0.4


def read_toy_reviews(source: ToyReviewSource, seed: int) -> SourceText:
    """The reviews that the source asks for, ``positive_share`` of them positive (rounded).

    The same source and seed give the same reviews.
    """
    random = Random(seed)  # noqa: S311 - nothing here is secret
    num_positive = round(source.num_documents * source.positive_share)
    classes = [index < num_positive for index in range(source.num_documents)]
    random.shuffle(classes)
    return SourceText(
        [
            SourceDocument((_review(random, positive),), POSITIVE if positive else NEGATIVE)
            for positive in classes
        ]
    )


def _review(random: Random, positive: bool) -> str:
    form, agreeing = random.choices(_OPINIONS, _RATES_OF_OPINIONS)[0]
    text = form.format(*_clauses(random, *(positive is agrees for agrees in agreeing)))
    sentences = [text[0].upper() + text[1:] + "."]
    if random.random() < _RATE_NEUTRAL:
        sentences.insert(random.randrange(2), _neutral(random))
    return " ".join(sentences)


def _neutral(random: Random) -> str:
    return random.choice(_NEUTRAL).format(
        day=random.choice(_DAYS),
        person=random.choice(_PEOPLE),
        food=random.choice(_ASPECTS[0].nouns),
    )


def _clauses(random: Random, *polarities: bool) -> list[str]:
    """A clause for each polarity, each on an aspect of its own."""
    aspects = random.sample(_ASPECTS, len(polarities))
    return [
        _clause(random, aspect, positive)
        for aspect, positive in zip(aspects, polarities, strict=True)
    ]


def _clause(random: Random, aspect: _Aspect, positive: bool) -> str:
    noun, kind = random.choice(aspect.nouns), random.random()
    if kind < _RATE_VERB:
        return f"we {random.choice(_LIKED if positive else _DISLIKED)} the {noun}"
    if kind < _RATE_VERB + _RATE_NEGATED:
        return f"the {noun} was not {random.choice(_BLAME if positive else _PRAISE)}"
    lists = (_PRAISE, aspect.praise) if positive else (_BLAME, aspect.blame)
    degree = f"{random.choice(_DEGREES)} " if random.random() < _RATE_DEGREE else ""
    return f"the {noun} was {degree}{random.choice(random.choice(lists))}"
