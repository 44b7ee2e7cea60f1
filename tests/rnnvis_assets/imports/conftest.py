"""A tiny project to import models into."""

import pytest

from tests.examples.importing import corpus_of, open_workplace


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("adding")


@pytest.fixture(scope="module")
def workplace(folder):
    return open_workplace(folder)


@pytest.fixture(scope="module")
def words(workplace):
    return len(corpus_of(workplace, "tiny_text").vocabulary)
