"""The example releases, and a storage in which both are published: one of each a module."""

import pytest

from tests.made_once import copy_made_once
from tests.warehouse.examples import REVIEWS, SPEC, whole_content
from tests.warehouse.synthetic import publish
from warehouse.build_release import write_release
from warehouse.reader import open_release
from warehouse.storage import Storage


def _publish_examples(storage: Storage) -> None:
    for spec in (SPEC, REVIEWS):
        publish(storage, spec)


@pytest.fixture(scope="module")
def storage(tmp_path_factory) -> Storage:
    return copy_made_once(tmp_path_factory, "published", _publish_examples)


@pytest.fixture(scope="module")
def release(storage):
    with open_release("small", storage=storage) as opened:
        yield opened


@pytest.fixture(scope="module")
def reviews(storage):
    with open_release("reviews", storage=storage) as opened:
        yield opened


@pytest.fixture(scope="module")
def content(tmp_path_factory):
    return whole_content(tmp_path_factory.mktemp("tables"), SPEC)


@pytest.fixture(scope="module")
def good(tmp_path_factory, content):
    path = tmp_path_factory.mktemp("good") / "good.duckdb"
    assert write_release(path, content, SPEC.num_units) == []
    return path


@pytest.fixture(scope="module")
def good_reviews(tmp_path_factory):
    folder = tmp_path_factory.mktemp("reviews")
    path = folder / "good.duckdb"
    assert write_release(path, whole_content(folder, REVIEWS), REVIEWS.num_units) == []
    return path
