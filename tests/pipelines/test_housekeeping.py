"""``rnnvis remove`` and ``rnnvis prune`` on the storage of real runs."""

from dataclasses import replace

import pytest

from pipelines.cli.doctor import examine
from rnnvis_assets.engine.freshness import freshness
from rnnvis_assets.engine.run_lock import hold_stage
from rnnvis_assets.engine.run_stage import run_stage
from rnnvis_assets.housekeeping.handover import UNPACKING
from rnnvis_assets.model_kinds.model_kinds import RECORDING
from rnnvis_assets.release.release_asset import STAGE as RELEASE
from tests.pipelines.conftest import run_command
from tests.pipelines.tiny_project import ANALYSIS, write_yaml
from warehouse.disk_use import disk_use, megabytes
from warehouse.errors import BusyError, ConfigurationError, RecordingError, StorageError
from warehouse.reader import open_release
from warehouse.storage import Storage

MODEL, OTHER = "tiny-gru", "tiny-lstm"


def _files(storage: Storage, name: str) -> list[str]:
    return sorted(str(path) for folder in storage.folders_of(name) for path in folder.rglob("*"))


def test_remove_says_what_it_frees_by_folder_and_asks(kept):
    sizes = disk_use(kept.storage, MODEL)
    before = _files(kept.storage, MODEL)
    done = run_command(kept, "remove", MODEL, answer="n\n")
    assert done.exit_code == 1
    for folder, size in sizes.items():
        (line,) = [line for line in done.output.splitlines()
                   if str(folder.relative_to(kept.storage.root)) in line]  # fmt: skip
        assert megabytes(size) in line
    assert megabytes(sum(sizes.values())) in done.output
    assert _files(kept.storage, MODEL) == before


@pytest.mark.parametrize(("arguments", "answer"), [((), "y\n"), (("--yes",), None)])
def test_remove_removes_the_model_and_nothing_else(kept, arguments, answer):
    others = _files(kept.storage, OTHER), _files(kept.storage, "tiny_reviews")
    done = run_command(kept, "remove", MODEL, *arguments, answer=answer)
    assert done.exit_code == 0, done.output
    assert _files(kept.storage, MODEL) == []
    assert (_files(kept.storage, OTHER), _files(kept.storage, "tiny_reviews")) == others
    assert (kept.configs / "models" / f"{MODEL}.yaml").exists()
    assert freshness(RECORDING, kept.context, MODEL).state == "missing"


def test_remove_refuses_while_a_run_works_on_the_model(kept):
    before = _files(kept.storage, MODEL)
    with hold_stage(replace(kept.context, run="another run"), MODEL, "glyphs"):
        done = run_command(kept, "remove", MODEL, "--yes")
    assert isinstance(done.exception, BusyError)
    assert "another run" in str(done.exception)
    assert _files(kept.storage, MODEL) == before


@pytest.mark.parametrize("name", ["tiny-grru", "../storage", "", "manifests"])
def test_remove_takes_only_names_that_there_are(kept, name):
    done = run_command(kept, "remove", name, "--yes")
    assert isinstance(done.exception, ConfigurationError)
    assert kept.storage.folders_of(MODEL)[-1].is_dir()


def test_a_model_without_results_has_nothing_to_remove(kept):
    run_command(kept, "remove", MODEL, "--yes")
    done = run_command(kept, "remove", MODEL, "--yes")
    assert (done.exit_code, "no results" in done.output) == (0, True)


def test_a_pruned_recording_leaves_the_model_fresh_and_its_release_readable(kept):
    size = sum(path.stat().st_size for path in kept.storage.recording(MODEL, "test").rglob("part*"))
    done = run_command(kept, "prune", "recordings", answer="y\n")
    assert done.exit_code == 0, done.output
    assert f"{MODEL}: {megabytes(size)} freed" in done.output
    assert not list(kept.storage.recording(MODEL, "test").rglob("part*"))
    assert freshness(RECORDING, kept.context, MODEL).state == "pruned"
    assert freshness(RELEASE, kept.context, MODEL).state == "fresh"
    assert kept.materialise(MODEL)[MODEL].stages == ()
    assert "fresh; the recording was pruned" in run_command(kept, "list").output
    with open_release(MODEL, storage=kept.storage) as release:
        assert release.sentences.glyphs(0, layer=0, state="hidden")
        with pytest.raises(RecordingError, match=r"--recordings"):
            release.recording()


def test_a_stage_that_reads_a_pruned_recording_has_it_made_again_first(kept):
    run_command(kept, "prune", "recordings", "--yes")
    changed = ANALYSIS | {"co_clusters": ANALYSIS["co_clusters"] | {"maximum_clusters": 2}}
    write_yaml(kept.configs / "analyses" / "tiny.yaml", changed)
    shown = run_command(kept, "list").output
    assert "stale from co_clusters on" in shown
    assert "pruned, and is made again first" in shown
    with pytest.raises(StorageError, match=r"pruned .*\n.*tiny-gru --recordings"):
        run_stage(RELEASE, kept.context, MODEL)
    report = kept.materialise(MODEL)[MODEL]
    assert (report.error, report.stages[0]) == (None, "recording")
    assert freshness(RECORDING, kept.context, MODEL).state == "fresh"


def test_materialize_records_again_what_was_pruned_if_asked_to(kept):
    before = disk_use(kept.storage, MODEL)
    run_command(kept, "prune", "recordings", "--yes")
    done = run_command(kept, "materialize", MODEL, "--recordings")
    assert f"{MODEL}: done" in done.output
    folder = kept.storage.root / "recordings" / MODEL
    assert disk_use(kept.storage, MODEL)[folder] == before[folder]
    with open_release(MODEL, storage=kept.storage) as release:
        assert release.recording().num_tokens == release.model["num_tokens"]


def test_a_damaged_file_is_missing_although_others_were_pruned(kept):
    run_command(kept, "prune", "recordings", "--yes")
    (kept.storage.recording(MODEL, "test") / "_recording.json").unlink()
    assert freshness(RECORDING, kept.context, MODEL).state == "missing"


def test_recordings_that_a_run_will_read_are_not_pruned(kept):
    changed = ANALYSIS | {"co_clusters": ANALYSIS["co_clusters"] | {"maximum_clusters": 2}}
    write_yaml(kept.configs / "analyses" / "tiny.yaml", changed)
    assert "nothing to prune" in run_command(kept, "prune", "recordings", "--yes").output
    assert list(kept.storage.recording(MODEL, "test").rglob("part*"))


def test_training_states_go_and_all_stays_fresh(kept):
    states = list(kept.storage.root.rglob("training_state.safetensors"))
    assert len(states) == 2
    run_command(kept, "prune", "training-states", answer="n\n")
    assert all(state.exists() for state in states)
    run_command(kept, "prune", "training-states", answer="y\n")
    assert not any(state.exists() for state in states)
    assert kept.materialise(MODEL)[MODEL].stages == ()


def test_orphans_are_results_without_configuration(kept):
    (kept.configs / "models" / f"{MODEL}.yaml").unlink()
    done = run_command(kept, "prune", "orphans", "--yes")
    assert done.exit_code == 0, done.output
    assert MODEL in done.output
    assert OTHER not in done.output
    assert _files(kept.storage, MODEL) == []
    assert _files(kept.storage, OTHER)


def test_prune_asks_for_each_kind_and_leaves_busy_models(kept):
    with hold_stage(replace(kept.context, run="another run"), MODEL, "glyphs"):
        done = run_command(kept, "prune", answer="y\nn\n")
    assert done.exit_code == 0, done.output
    assert "left" in done.output
    assert list(kept.storage.recording(MODEL, "test").rglob("part*"))
    assert not list(kept.storage.recording(OTHER, "test").rglob("part*"))
    assert len(list(kept.storage.root.rglob("training_state.safetensors"))) == 2


def test_an_unknown_kind_is_named_with_what_was_meant(kept):
    done = run_command(kept, "prune", "recording")
    assert done.exit_code == 2
    assert "recordings" in done.output


def test_doctor_says_how_to_remove_what_a_killed_unpack_left(tmp_path, monkeypatch):
    left = tmp_path / f"{UNPACKING}x"
    (left / "releases").mkdir(parents=True)
    (left / "releases" / ".tmp-1-file").touch()
    monkeypatch.setenv("RNNVIS_HOME", str(tmp_path))
    (found,) = [finding for finding in examine() if str(left) in f"{finding.text}{finding.repair}"]
    assert found.repair.endswith(f"rm -r {left}")
