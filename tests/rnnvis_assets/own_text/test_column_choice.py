from pathlib import Path

import pytest

from rnnvis_assets.own_text.column_choice import Columns, choose_columns
from warehouse.errors import ConfigurationError

FILE = Path("reviews.csv")
SENTENCE = "the food was good and the service was fast"


def rows(count: int = 40, **columns: object) -> list[dict[str, object]]:
    """``count`` rows; a column is a value, or a function of the row's number."""
    return [
        {name: value(n) if callable(value) else value for name, value in columns.items()}
        for n in range(count)
    ]


def stars(number: int) -> int:
    return 1 + number % 5


def test_the_long_column_is_the_text_and_the_repeated_one_the_label():
    table = rows(id=lambda n: n, rated=stars, words=SENTENCE)
    assert choose_columns(table, FILE, None, None) == Columns("words", "rated")


def test_without_labels_it_is_a_text_for_a_language_model():
    table = rows(id=lambda n: n, words=SENTENCE)
    assert choose_columns(table, FILE, None, None) == Columns("words", None)


def test_a_usual_name_decides_between_several():
    table = rows(title="good food here", review=SENTENCE, useful=lambda n: n % 2, stars=stars)
    assert choose_columns(table, FILE, None, None) == Columns("review", "stars")


def test_options_decide():
    table = rows(title=SENTENCE, words=SENTENCE, a=stars, b=stars)
    assert choose_columns(table, FILE, "title", "b") == Columns("title", "b")
    assert choose_columns(table, FILE, "title", "none") == Columns("title", None)


@pytest.mark.parametrize(
    ("table", "found", "repair"),
    [
        (rows(one=SENTENCE, two=SENTENCE), "any of one, two might", "--text COLUMN"),
        (rows(one=1, two=2.5), "none of one, two does", "--text COLUMN"),
        (rows(words=SENTENCE, a=stars, b=stars), "any of a, b might be", "--label none"),
    ],
)
def test_in_doubt_the_option_is_named(table, found, repair):
    with pytest.raises(ConfigurationError) as caught:
        choose_columns(table, FILE, None, None)
    assert found in str(caught.value)
    assert repair in str(caught.value)


def test_a_name_that_no_column_has_is_refused_with_the_nearest():
    with pytest.raises(ConfigurationError, match=r"no column 'word', only words.*'words'"):
        choose_columns(rows(words=SENTENCE), FILE, "word", None)


@pytest.mark.parametrize(
    "column",
    [lambda n: n, lambda n: "one value", lambda n: None if n == 7 else n % 2],
    ids=["all different", "all the same", "one missing"],
)
def test_what_is_no_column_of_labels(column):
    table = rows(words=SENTENCE, column=column)
    assert choose_columns(table, FILE, None, None).label is None
