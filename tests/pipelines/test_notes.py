"""What people have written about models where these are handed over, removed and pruned."""

from dataclasses import replace

import pytest

from pipelines.cli.storage_checks import check_notes
from rnnvis_assets.housekeeping.notes import noted_models, notes_of
from tests.pipelines.conftest import run_command
from tests.pipelines.tiny_project import environment
from warehouse.archive import unpack_archive, write_archive
from warehouse.cluster_names import read_cluster_names, write_cluster_name
from warehouse.errors import StorageError
from warehouse.named_views import named_views, save_view
from warehouse.storage import Storage

MODEL, OTHER, KEY = "tiny-gru", "tiny-lstm", "0123456789abcdef"


@pytest.fixture
def noted(kept):
    """A model with a named cluster, a view of its own and one that shows another model too."""
    write_cluster_name(kept.storage, MODEL, KEY, "praise", {"layer": 0})
    save_view(kept.storage, "alone", "a note", f"model={MODEL}&k=2")
    save_view(kept.storage, "both", "", f"model={MODEL}&right.model={OTHER}")
    return kept


def _packed(noted, path):
    done = run_command(noted, "pack", MODEL, "--to", str(path))
    assert done.exit_code == 0, done.output
    return done.output


def test_a_view_knows_the_models_of_its_address(tmp_path):
    query = "several=c~0~hidden~~a~1~cell&right.model=b&model=a&k=2"
    assert save_view(Storage(tmp_path), "all", "", query).models == ("a", "b", "c")
    assert save_view(Storage(tmp_path), "none", "", "k=2").models == ()


def test_they_go_along_and_what_is_there_already_stays(noted, tmp_path):
    output = _packed(noted, tmp_path / "x.zip")
    assert "with 1 name of a cluster and 1 named view\n" in output
    assert "without 1 named view that show other models too" in output
    there = replace(noted, storage=Storage(tmp_path / "other"))
    write_cluster_name(there.storage, MODEL, KEY, "mine", {})
    done = run_command(there, "unpack", str(tmp_path / "x.zip"))
    assert done.exit_code == 0, done.output
    assert "with 1 named view\n" in done.output
    assert f"{KEY}.json was here already and stays as it is" in done.output
    assert read_cluster_names(there.storage, MODEL, [KEY]) == ["mine"]
    assert named_views(there.storage) == (
        [view for view in named_views(noted.storage)[0] if view.name == "alone"], []
    )  # fmt: skip


@pytest.mark.parametrize("name", [f"cluster_names/{MODEL}/x.json", f"views/{MODEL}/abcdef.json"])
def test_an_archive_with_damaged_ones_is_refused_and_nothing_added(noted, tmp_path, name):
    _packed(noted, tmp_path / "x.zip")
    index = unpack_archive(tmp_path / "x.zip", tmp_path / "files")
    contents = {file.path: tmp_path / "files" / file.path for file in index.files}
    write_archive(tmp_path / "bad.zip", contents | {name: b'{"name": "a"}'}, index.about)
    there = replace(noted, storage=Storage(tmp_path / "other"))
    done = run_command(there, "unpack", str(tmp_path / "bad.zip"))
    assert isinstance(done.exception, StorageError), done.output
    assert name.rpartition("/")[2] in str(done.exception)
    assert [path for path in there.storage.root.rglob("*.json") if "locks" not in path.parts] == []


def test_they_stay_where_results_are_removed_and_go_when_pruned(noted, monkeypatch):
    done = run_command(noted, "remove", MODEL, "--yes")
    assert f"kept: 1 name of a cluster and 2 named views of {MODEL}" in done.output
    assert "notes: there is nothing to prune" in run_command(noted, "prune", "notes").output
    for name, value in environment(noted.configs, noted.storage.root).items():
        monkeypatch.setenv(name, value or "")
    assert list(check_notes()) == []
    (noted.configs / "models" / f"{MODEL}.yaml").unlink()
    (found,) = check_notes()
    assert (found.subject, found.repair) == (f"notes on {MODEL}", "rnnvis prune notes")
    assert MODEL in run_command(noted, "prune", "notes", answer="n\n").output
    assert noted_models(noted.storage) == [MODEL]
    run_command(noted, "prune", "notes", answer="y\n")
    assert noted_models(noted.storage) == []
    assert not notes_of(noted.storage, MODEL).files


def test_doctor_names_those_that_cannot_be_read(noted, monkeypatch):
    paths = notes_of(noted.storage, MODEL).files
    for path in paths:
        path.write_text("{")
    for name, value in environment(noted.configs, noted.storage.root).items():
        monkeypatch.setenv(name, value or "")
    found = list(check_notes())
    assert [finding.verdict for finding in found] == ["wrong"] * 3
    assert {finding.repair for finding in found} == {f"rm {path}" for path in paths}
