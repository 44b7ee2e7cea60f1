"""Shards over processes: each is done, also where workers die, and none is done by other code."""

import multiprocessing
import os
import pickle
import socket
import sys
import tomllib
from pathlib import Path

import pytest

from rnnvis_assets.configuration.engine_config import EngineConfig
from rnnvis_assets.engine import map_shards as map_shards_module
from rnnvis_assets.engine.map_shards import call_checked, map_shards, worker_versions
from rnnvis_assets.engine.worker_processes import MOST_DEATHS
from tests.rnnvis_assets.engine.sharded_work import Square, die, die_once, refuse, square
from warehouse import error_words
from warehouse.error_words import in_words
from warehouse.errors import StorageError, WorkerError
from warehouse.storage import CHECKOUT

TWO = EngineConfig(workers=2)


def shards(folder: Path, count: int = 4) -> list[Square]:
    return [Square(folder, number) for number in range(count)]


def test_one_worker_is_this_process_and_takes_them_in_order(tmp_path):
    seen = []
    found = map_shards(lambda shard: seen.append(os.getpid()) or shard, [3, 1, 2], EngineConfig())
    assert list(found) == [3, 1, 2]
    assert set(seen) == {os.getpid()}


@pytest.mark.parametrize("kind", [StorageError, WorkerError])
def test_an_error_arrives_from_another_process_as_it_was_raised(kind):
    error = pickle.loads(pickle.dumps(kind("found this", repair="do that")))
    assert (type(error), error.message, error.repair) == (kind, "found this", "do that")


def test_a_worker_of_another_version_is_refused_before_it_does_anything(tmp_path):
    (shard,) = shards(tmp_path, 1)
    versions = worker_versions(square)
    assert call_checked(square, versions, shard) == (0, 0)
    for name in ("code", "torch"):
        with pytest.raises(WorkerError, match=rf"a worker has {name} \S+, expected 0\.0"):
            call_checked(square, {**versions, name: "0.0"}, shard)
    assert shard.path.read_text() == "0\n"


def test_without_ray_the_extra_that_has_it_is_named(tmp_path, monkeypatch):
    extras = tomllib.loads((CHECKOUT / "pyproject.toml").read_text("utf-8"))["project"]
    (needed,) = extras["optional-dependencies"]["ray"]
    monkeypatch.setattr(error_words, "requires", lambda _: [f'{needed}; extra == "ray"'])
    monkeypatch.delitem(sys.modules, "rnnvis_assets.engine.ray_tasks", raising=False)
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(ModuleNotFoundError) as caught:
        map_shards(square, shards(tmp_path), EngineConfig(executor="ray"))
    error = in_words(caught.value)
    assert error.message == "ray is not installed, which this needs"
    assert error.repair.startswith("pip install 'rnnvis[ray]'")


@pytest.mark.slow
def test_a_ray_cluster_that_does_not_answer_is_named(tmp_path):
    pytest.importorskip("ray")
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{unused.getsockname()[1]}"
        with pytest.raises(WorkerError, match=f"no cluster answers at {address}") as caught:
            list(map_shards(square, [0], EngineConfig(executor="ray", address=address)))
    assert "address in configs/engine.yaml" in caught.value.repair


@pytest.mark.slow
def test_the_shard_of_a_worker_that_died_is_given_to_another_one(tmp_path):
    found = list(map_shards(die_once, shards(tmp_path), TWO))
    assert sorted(found) == [(0, 0), (1, 1), (2, 4), (3, 9)]
    assert (tmp_path / "dead").exists()


@pytest.mark.slow
def test_a_shard_that_kills_every_worker_is_given_up(tmp_path):
    (shard,) = shards(tmp_path, 1)
    with pytest.raises(WorkerError, match="3 times in a row, with 1 shards unfinished") as caught:
        list(map_shards(die, [shard], TWO))
    assert shard.path.read_text() == "0\n" * MOST_DEATHS
    assert "set fewer workers in configs/engine.yaml" in caught.value.repair


@pytest.mark.slow
def test_an_error_of_a_shard_ends_all_workers(tmp_path):
    others = multiprocessing.active_children()
    with pytest.raises(StorageError, match=r"\d: no room") as caught:
        list(map_shards(refuse, shards(tmp_path), TWO))
    assert caught.value.repair == "make some"
    assert multiprocessing.active_children() == others


@pytest.mark.slow
def test_workers_compare_the_code_that_they_have(tmp_path, monkeypatch):
    """The versions of this process are made others than those that its worker finds."""
    monkeypatch.setattr(map_shards_module, "library_version", lambda _: "0.0")
    with pytest.raises(WorkerError, match=r"a worker has numpy \S+, expected 0\.0"):
        list(map_shards(square, shards(tmp_path, 1), TWO))
    assert not list(tmp_path.iterdir())


def test_work_of_this_machine_is_done_by_no_more_processes_than_it_has_cores():
    cluster = EngineConfig(workers=4096, executor="ray", address="auto", gpus=1)
    assert cluster.of_this_machine == EngineConfig(workers=os.cpu_count())
