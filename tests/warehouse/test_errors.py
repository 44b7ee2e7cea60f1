"""Errors for a person: what, then which command repairs it."""

import pytest

from warehouse import errors
from warehouse.errors import RnnvisError, near_miss

LEAVES = RnnvisError.__subclasses__()


@pytest.mark.parametrize("leaf", LEAVES, ids=lambda leaf: leaf.__name__)
def test_every_leaf_shows_its_repair_and_is_a_builtin_error_too(leaf):
    error = leaf("it broke", repair="rnnvis doctor")
    assert str(error) == "it broke\n  repair: rnnvis doctor"
    assert str(leaf("it broke")) == "it broke"
    assert len(leaf.__bases__) == 2
    assert getattr(errors, leaf.__name__) is leaf


@pytest.mark.parametrize(
    ("found", "hint"),
    [
        ("adamv", "; did you mean 'adam' or 'adamw'?"),
        ("SGD", "; did you mean 'sgd'?"),
        ("xyz", ""),
        (7, ""),
    ],
)
def test_near_misses(found, hint):
    assert near_miss(found, ["sgd", "adam", "adamw"]) == hint
