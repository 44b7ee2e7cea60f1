"""``rnnvis publish`` on one machine, ``rnnvis fetch`` on another, an object store in between."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pipelines.cli import shared_commands
from pipelines.cli.main import app
from pipelines.cli.storage_checks import check_releases, check_results
from tests.made_once import made_once
from tests.pipelines.tiny_project import environment, write_project, write_yaml
from tests.s3_store import BUCKET, NO_HOOK, S3Store
from tests.warehouse.examples import REVIEWS, SPEC
from tests.warehouse.synthetic import publish
from warehouse.errors import ConfigurationError, ReleaseError, StorageError
from warehouse.reader import open_release
from warehouse.release_index import point_at, read_current, release_ids, release_path
from warehouse.storage import Storage


def _publish_examples(folder: Path) -> None:
    for spec in (SPEC, REVIEWS):
        publish(Storage(folder), spec)


class Machine:
    """A storage, and the command there."""

    def __init__(self, configs: Path, storage: Storage) -> None:
        self.storage, self._env = storage, environment(configs, storage.root)

    def run(self, *arguments: str) -> str:
        result = CliRunner().invoke(app, arguments, env=self._env)
        if result.exception is not None:
            raise result.exception
        return result.output


@pytest.fixture
def configs(s3: S3Store, tmp_path: Path) -> Iterator[Path]:
    configs = write_project(tmp_path)
    _share(configs, s3, 1.0)
    yield configs
    s3.failures, s3.before = 0, NO_HOOK


def _share(configs: Path, s3: S3Store, gigabytes: float) -> None:
    address = f"s3://{BUCKET}/{configs.parent.name}"  # each test's own
    settings = {"address": address, "endpoint": s3.endpoint, "cache_gigabytes": gigabytes}
    write_yaml(configs / "engine.yaml", {"store": settings})


@pytest.fixture
def here(configs: Path, tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> Machine:
    """Where two models were analysed."""
    examples = made_once(tmp_path_factory, "examples-to-share", _publish_examples)
    return Machine(configs, Storage(Path(shutil.copytree(examples, tmp_path / "here"))))


@pytest.fixture
def there(configs: Path, tmp_path: Path) -> Machine:
    return Machine(configs, Storage(tmp_path / "there"))


def _renew(storage: Storage, model: str) -> str:
    """A newer release of the same content; a file of it only takes time to build."""
    old = read_current(storage, model)
    new = f"9{len(release_ids(storage, model))}{old[2:]}"
    shutil.copy(release_path(storage, model, old), release_path(storage, model, new))
    point_at(storage, model, new)
    return new


def test_a_release_is_published_once_and_fetched_once(here, there, s3):
    assert "small: published to s3://" in here.run("publish", "small")
    assert "small: current in s3://" in here.run("publish", "small")
    assert "new here: small" in there.run("fetch")
    s3.requests.clear()
    assert "new here: nothing" in there.run("fetch")
    assert not [path for _, path in s3.requests if path.endswith(".duckdb")]
    with (
        open_release("small", storage=here.storage) as made,
        open_release("small", storage=there.storage) as fetched,
    ):
        assert fetched.release_id == made.release_id
        assert fetched.words.response(3, layer=0, state="hidden").mean.tolist() == (
            made.words.response(3, layer=0, state="hidden").mean.tolist()
        )


def test_all_models_are_shared_where_none_is_named(here, there):
    here.run("publish")
    there.run("fetch")
    assert {read_current(there.storage, name) for name in ("small", "reviews")} == {
        read_current(here.storage, name) for name in ("small", "reviews")
    }


def test_what_was_fetched_takes_no_more_room_than_allowed(here, there, configs, s3):
    here.run("publish", "small")
    there.run("fetch")
    size = release_path(there.storage, "small", read_current(there.storage, "small")).stat().st_size
    _share(configs, s3, 1.5 * size / 1e9)
    new = _renew(here.storage, "small")
    here.run("publish", "small")
    there.run("fetch")
    assert release_ids(there.storage, "small") == [new]
    _share(configs, s3, 0.5 * size / 1e9)
    _renew(here.storage, "small")
    here.run("publish", "small")
    with pytest.raises(StorageError, match=r"take .* MB, and at most .* are allowed"):
        there.run("fetch")
    assert read_current(there.storage, "small") == new


def test_a_damaged_release_is_not_shown_and_leaves_nothing(here, there, s3, tmp_path):
    here.run("publish", "small")
    there.run("fetch")
    current = read_current(there.storage, "small")
    new = _renew(here.storage, "small")
    here.run("publish", "small")
    (key,) = [key for key in s3.contents() if key.startswith(tmp_path.name) and new in key]
    s3.client.put_object(Bucket=BUCKET, Key=key, Body=b"damaged")
    with pytest.raises(StorageError, match=r"found SHA-256 .*, expected"):
        there.run("fetch")
    assert read_current(there.storage, "small") == current
    assert sorted(path.name for path in there.storage.releases("small").iterdir()) == [
        f"{current}.duckdb", "CURRENT",
    ]  # fmt: skip


def test_what_was_analysed_here_is_not_replaced(here, there):
    here.run("publish", "small")
    manifest = there.storage.manifest("release", "small")
    manifest.parent.mkdir(parents=True)
    manifest.touch()
    with pytest.raises(ReleaseError, match=r"(?s)small was analysed in .*RNNVIS_HOME=FOLDER"):
        there.run("fetch", "small")


def test_what_was_fetched_lacks_nothing(here, there, monkeypatch):
    here.run("publish", "small")
    there.run("fetch")
    monkeypatch.setenv("RNNVIS_HOME", str(there.storage.root))
    assert list(check_results()) == []
    assert [finding.verdict for finding in check_releases()] == ["good"]


class TurnsOverError(Exception):
    """Ends what would go on for ever."""


def test_where_it_goes_on_a_failure_is_said_and_tried_again(here, there, s3, monkeypatch):
    here.run("publish", "small")
    s3.failures, waits = 100, []  # more than there are attempts

    def wait(seconds: float) -> None:
        waits.append(seconds)
        s3.failures = 0
        if len(waits) == 2:
            raise TurnsOverError

    monkeypatch.setattr(shared_commands, "sleep", wait)
    with pytest.raises(Exception, match="TurnsOver"):
        there.run("fetch", "small", "--every", "30")
    assert waits == [30, 30]
    assert read_current(there.storage, "small") == read_current(here.storage, "small")


def test_without_a_store_the_configuration_is_named(here, configs):
    write_yaml(configs / "engine.yaml", {})
    with pytest.raises(ConfigurationError, match=r"add store: \{address: s3://"):
        here.run("publish")
