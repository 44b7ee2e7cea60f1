"""A tiny project to import models into."""

import pytest

from tests.examples.importing import corpus_of, open_context


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("adding")


@pytest.fixture(scope="module")
def context(folder):
    return open_context(folder)


@pytest.fixture(scope="module")
def words(context):
    return len(corpus_of(context, "tiny_text").vocabulary)
