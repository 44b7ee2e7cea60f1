"""``rnnvis show``: what a release was made of."""

import shutil

import pytest
import yaml
from typer.testing import CliRunner

from pipelines.cli.main import app
from pipelines.orchestration.stage_registry import MODEL_STAGES
from rnnvis_assets.configuration.model_config import ModelConfig
from rnnvis_assets.engine.manifest import read_manifest
from rnnvis_assets.engine.run_environment import code_commit
from tests.pipelines.tiny_project import environment
from warehouse.errors import ReleaseError
from warehouse.reader import find_release, open_release
from warehouse.release_index import read_current, release_path

MODEL = "tiny-lstm"
STAGES = ["corpus", *(asset.stage.name for asset in MODEL_STAGES)]


def _show(analysed, named: str) -> str:
    env = environment(analysed.configs, analysed.storage.root)
    done = CliRunner().invoke(app, ["show", named], env=env)
    assert done.exit_code == 0, done.output
    return done.output


def test_a_release_holds_the_manifests_of_its_stages(analysed):
    with open_release(MODEL, storage=analysed.storage) as release:
        rows = release.provenance().to_pylist()
    assert sorted(row["stage"] for row in rows) == sorted(STAGES)
    for row in rows:
        assert row["git_commit"] == code_commit().sha
        assert row["run_id"] is not None
        manifest = read_manifest(analysed.storage, row["stage"], row["partition"])
        assert row["run_id"] == manifest.run_id
        if row["stage"] != "release":
            assert row["data_version"] == manifest.data_version
            assert yaml.safe_load(row["fingerprint"]) == manifest.fingerprint
            assert row["seconds"] == manifest.seconds


def test_every_manifest_names_dagsters_run(analysed):
    for stage in STAGES[1:]:
        manifest = read_manifest(analysed.storage, stage, MODEL)
        run = analysed.instance.get_run_by_id(manifest.run_id)
        assert run.tags["dagster/partition"] == MODEL
        assert manifest.machine


def test_show_prints_stages_code_machine_libraries_and_configuration(analysed):
    shown = _show(analysed, MODEL)
    manifest = read_manifest(analysed.storage, "release", MODEL)
    corpus = read_manifest(analysed.storage, "corpus", "tiny_text")
    for text in (*STAGES, read_current(analysed.storage, MODEL), manifest.run_id, "torch",
                 manifest.machine, corpus.data_version[:7], str(code_commit().sha)):  # fmt: skip
        assert text in shown
    _, _, described = shown.partition("analysis:\n")
    configuration = yaml.safe_load("analysis:\n" + described)
    assert configuration["model"]["seed"] == ModelConfig.model_fields["seed"].default
    assert configuration["dataset"]["source"]["kind"] == "text"


def test_a_release_is_named_by_model_id_or_file_even_a_copy(analysed, tmp_path):
    release_id = read_current(analysed.storage, MODEL)
    path = release_path(analysed.storage, MODEL, release_id)
    copy = shutil.copy(path, tmp_path / "copy.duckdb")
    shown = {_show(analysed, named) for named in (MODEL, release_id, str(path), str(copy))}
    assert len(shown) == 1


def test_an_unknown_release_is_named_with_what_there_is(analysed):
    with pytest.raises(ReleaseError, match="did you mean 'tiny-lstm'"):
        find_release("tiny-lsmt", analysed.storage)
    with pytest.raises(ReleaseError, match="cannot be opened"):
        find_release("nowhere.duckdb", analysed.storage)
