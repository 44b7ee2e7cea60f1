import pytest

from rnnvis_assets.corpus.table_labels import in_order, near_twins


@pytest.mark.parametrize(
    ("labels", "twins"),
    [
        (["1", "1.0", "true", "1 star", "0"], [("1", "1 star", "1.0", "true")]),
        (["false", "0", "1"], [("0", "false")]),
        (["Positive", "positive", "neg-ative", "negative "], [
            ("neg-ative", "negative "), ("Positive", "positive")]),
        (["1 star", "2 stars", "3 stars"], []),
        (["3 cats", "3 dogs"], []),
        (["1", "2", "10"], []),
        (["yes", "no"], []),
        (["+", "-"], []),
        (["good", "bad"], []),
    ],
)  # fmt: skip
def test_classes_that_are_nearly_twins(labels: list[str], twins: list[tuple[str, ...]]) -> None:
    assert near_twins(labels) == twins


@pytest.mark.parametrize(
    ("labels", "ordered"),
    [
        (["10", "2", "1"], ("1", "2", "10")),
        (["0.5", "-1", "10"], ("-1", "0.5", "10")),
        (["b", "10", "2"], ("10", "2", "b")),
        ([], ()),
    ],
)
def test_numbers_are_ordered_as_numbers(labels: list[str], ordered: tuple[str, ...]) -> None:
    assert in_order(labels) == ordered
