"""In which language a text is written, by its script or by words that are common in one only.

Lists of function words are the oldest method that works on running text (Grefenstette 1995,
Comparing two language identification schemes); where it does not, a person has to say.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import islice
from types import MappingProxyType

from rnnvis_assets.configuration.dataset_config import ENGLISH, NO_LANGUAGE
from rnnvis_assets.corpus.source_documents import SourceDocument

SAMPLED_WORDS = 20_000
SURE, SURELY_ENGLISH, CLEARLY = 0.08, 0.14, 2.0
"""The share of common words that a text in a language has at least, and how many times the next
one's. English prose has 0.18 to 0.24; programs, of English names and comments, 0.07 to 0.13."""
LONGEST_WORD = 16.0
"""Characters between blanks, on average: above, words are not separated by blanks."""
_SCRIPTS: Mapping[str, str] = MappingProxyType({
    "HIRAGANA": "ja", "KATAKANA": "ja", "CJK": "zh", "HANGUL": "ko", "THAI": "th", "LAO": "lo",
    "KHMER": "km", "MYANMAR": "my", "GREEK": "el", "HEBREW": "he", "GEORGIAN": "ka",
    "ARMENIAN": "hy",
})  # fmt: skip
"""Languages by the first word of their letters' names in Unicode."""
_COMMON: Mapping[str, frozenset[str]] = MappingProxyType({
    language: frozenset(words.split()) for language, words in {
        "en": "the and of to that is it with this have from not are they which you his but for be",
        "de": "der die das und ist nicht ein eine zu mit den von sich auf für sie ich dem auch wir",
        "fr": "le la les des et est une dans que pour pas qui sur avec au nous il du était ce",
        "es": "el la los las que y en una por con para es su del como pero más lo muy está",
        "it": "il di che e la per non una sono del con è gli della ma anche era le i si",
        "pt": "o os que e do da em um uma para não com na no mas foi as dos é mais",
        "nl": "de het een en van dat niet op te zijn voor maar er aan ook naar",
        "sv": "och att är som inte för ett jag av på om också från eller när hade",
        "da": "og at af ikke til et jeg fra også eller når havde blev være er det",
        "no": "og å av ikke til et jeg fra også eller når hadde ble være er det",
        "fi": "ja on ei se että hän oli mutta kun niin myös ovat joka",
        "pl": "nie się że jest na do to ale jak był po przez dla",
        "cs": "se na je že to do jsem ale jako byl by které také",
        "hu": "az és hogy nem egy volt csak meg ez van mint",
        "tr": "bir ve bu için da de çok ile daha ama gibi",
        "ru": "что он как это но она было его и не я мы",
        "uk": "що він як це але та і й до не",
        "bg": "и на да се от за че това са",
    }.items()
})  # fmt: skip


def has_no_blanks(documents: Sequence[SourceDocument]) -> bool:
    """Whether blanks do not separate the words of a text."""
    texts = [text for document in documents[:1000] for text in document.sentences]
    characters, blanks = sum(map(len, texts)), sum(len(text.split()) for text in texts)
    return characters > LONGEST_WORD * max(blanks, 1)


def common_words(documents: Sequence[SourceDocument]) -> dict[str, float]:
    """The share of words that are common in a language, by language, the largest first; 1 for one
    that has a script of its own."""
    texts = (text for document in documents for text in document.sentences)
    words = list(islice((word for text in texts for word in _words(text)), SAMPLED_WORDS))
    script, count = Counter(_script(word) for word in words).most_common(1)[0] if words else ("", 0)
    if script in _SCRIPTS.values() and count > len(words) / 2:
        return {script: 1.0}
    shares = {language: _share(words, common) for language, common in _COMMON.items()}
    return dict(sorted(shares.items(), key=lambda pair: -pair[1]))


def _share(words: Sequence[str], common: frozenset[str]) -> float:
    """Of one common word only, none: a single name may be one by chance."""
    found = [word for word in words if word in common]
    return len(found) / len(words) if len(set(found)) > 1 else 0.0


def find_language(documents: Sequence[SourceDocument]) -> str | None:
    """The language of a text, ``none`` of one that is no language's and has no blanks; None in
    doubt."""
    (first, share), *others = common_words(documents).items()
    least = SURELY_ENGLISH if first == ENGLISH else SURE
    if share >= max(least, CLEARLY * max((other for _, other in others), default=0.0)):
        return first
    return NO_LANGUAGE if has_no_blanks(documents) else None


def _words(text: str) -> list[str]:
    return re.findall(r"[^\W\d_]+", text.lower())


def _script(word: str) -> str:
    """The language whose script a word is written in; Japanese where any of its letters are."""
    found = {_SCRIPTS.get(unicodedata.name(sign, "").split(" ")[0], "") for sign in word}
    return "ja" if "ja" in found else max(found)
