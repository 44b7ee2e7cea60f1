"""Languages by running text, of which the expected ones are known because we wrote it."""

import pytest

from rnnvis_assets.corpus.source_documents import SourceDocument
from rnnvis_assets.own_text.text_figures import fitting_tokenizer
from rnnvis_assets.own_text.text_language import find_language

TEXTS = {
    "en": "The old man walked down the street and thought of his children. Not bad for the money.",
    "de": "Der alte Mann ging die Straße hinunter und dachte an seine Kinder. Das Essen war gut.",
    "fr": "Le vieil homme descendait la rue et pensait à ses enfants. Nous ne reviendrons pas.",
    "es": "El viejo bajaba por la calle y pensaba en sus hijos. La comida estaba muy buena.",
    "it": "Il vecchio scendeva per la strada e pensava ai suoi figli. Il cibo era molto buono.",
    "pt": "O velho descia a rua e pensava em seus filhos. A comida não era boa, mas o vinho sim.",
    "nl": "De oude man liep door de straat en dacht aan zijn kinderen. Het eten was goed.",
    "sv": "Den gamle mannen gick på gatan och tänkte på sina barn. Maten var inte god.",
    "fi": "Vanha mies käveli kadulla ja ajatteli lapsiaan. Ruoka oli hyvää, mutta se ei riittänyt.",
    "pl": "Stary człowiek szedł ulicą i myślał, że nie jest sam. Jedzenie nie było dobre.",
    "ru": "Старик шёл по улице и думал, что он не один. Еда была вкусной, но я не вернусь.",
    "uk": "Старий ішов вулицею і думав, що він не сам. Їжа була смачна, але я не повернусь.",
    "zh": "老人慢慢地走在街上，想着他的孩子们。食物非常好吃，但是服务很慢。",
    "ja": "老人はゆっくりと通りを歩きながら、子供たちのことを考えていた。",
    "ko": "노인은 천천히 거리를 걸으며 아이들을 생각했다. 음식은 맛있었다.",
    "th": "ชายชราเดินช้าๆ ไปตามถนนและคิดถึงลูกๆ ของเขา อาหารอร่อยมาก",
    "el": "Ο γέρος περπατούσε αργά στο δρόμο και σκεφτόταν τα παιδιά του.",
    "none": "MKTAYIAKQRQISFVKSHFSRQLEERLGLIEVQAPILSRVGDGTQDNLSGAEKAVQ",
}
IN_DOUBT = {
    "a program": "def main(argv): return int(argv[0]) + 1\nimport numpy as np\nprint(x)",
    "Danish or Norwegian": "Jeg er ikke fra byen, og jeg kan ikke finde vej til et hus.",
    "headlines": "Markets tumble\nRates climb again\nCity wins cup",
    "nothing but numbers": "1 2 3\n4 5 6",
}


def documents(text: str) -> list[SourceDocument]:
    return [SourceDocument(tuple(text.split("\n")))]


@pytest.mark.parametrize("language", TEXTS)
def test_the_language_is_found(language: str) -> None:
    assert find_language(documents(TEXTS[language])) == language


@pytest.mark.parametrize("kind", IN_DOUBT)
def test_in_doubt_there_is_none(kind: str) -> None:
    assert find_language(documents(IN_DOUBT[kind])) is None


@pytest.mark.parametrize(
    ("language", "kind"),
    [("en", "word"), ("de", "unicode"), ("zh", "character"), ("none", "character")],
)
def test_tokens_are_the_usual_ones_of_the_language(language: str, kind: str) -> None:
    tokenizer = fitting_tokenizer(documents(TEXTS[language]), language, labelled=False)
    assert tokenizer.kind == kind
    assert tokenizer.lowercase == (kind != "character")


def test_programs_are_read_as_they_are_written() -> None:
    tokenizer = fitting_tokenizer(documents(IN_DOUBT["a program"]), "none", labelled=True)
    assert (tokenizer.kind, tokenizer.lowercase) == ("whitespace", False)
