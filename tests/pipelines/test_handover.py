"""``rnnvis pack`` and ``rnnvis unpack``: from one storage to another."""

from dataclasses import replace

import pytest

from pipelines.orchestration.stage_registry import DATASET_STAGES, MODEL_STAGES
from rnnvis_assets.engine.freshness import freshness
from rnnvis_assets.engine.manifest import read_manifest, write_manifest
from rnnvis_assets.housekeeping.handover import pack_analysis
from tests.pipelines.conftest import run_command
from viewer.data.release_store import facts_of
from viewer.data.typed_sentences import read_typed
from warehouse.errors import ReleaseError, StorageError
from warehouse.reader import find_release, open_release, published_models
from warehouse.storage import Storage

MODEL, DATASET = "tiny-gru", "tiny_reviews"


@pytest.fixture(scope="module", params=["with", "without"])
def packed(request, analysed, tmp_path_factory):
    """The archive of one model, with or without its recording."""
    path = tmp_path_factory.mktemp("packed") / "analysis.zip"
    options = ("--recording",) if request.param == "with" else ()
    done = run_command(analysed, "pack", MODEL, "--to", str(path), *options)
    assert done.exit_code == 0, done.output
    return path, request.param == "with"


@pytest.fixture
def elsewhere(analysed, tmp_path):
    """The same configuration on a machine where nothing was run."""
    return replace(analysed, storage=Storage(tmp_path / "other"))


def test_an_unpacked_analysis_is_fresh_by_its_manifests(packed, analysed, elsewhere):
    path, with_recording = packed
    done = run_command(elsewhere, "unpack", str(path))
    assert done.exit_code == 0, done.output
    for asset in MODEL_STAGES:
        expected = "fresh" if with_recording or asset.stage.name != "recording" else "pruned"
        assert freshness(asset.stage, elsewhere.context, MODEL).state == expected
        versions = {read_manifest(project.storage, asset.stage.name, MODEL).data_version
                    for project in (analysed, elsewhere)}  # fmt: skip
        assert len(versions) == 1
    assert freshness(DATASET_STAGES[0].stage, elsewhere.context, DATASET).state == "fresh"
    assert elsewhere.materialise(MODEL)[MODEL].stages == ()
    assert not list(elsewhere.storage.root.glob(".tmp-*"))


def test_the_viewer_shows_it_even_without_configuration(packed, elsewhere, tmp_path):
    path, with_recording = packed
    (tmp_path / "configs").mkdir()
    for name in ("datasets", "models", "analyses"):
        (tmp_path / "configs" / name).mkdir()
    bare = replace(elsewhere, configs=tmp_path / "configs")
    done = run_command(bare, "unpack", str(path))
    assert done.exit_code == 0, done.output
    assert "no configuration is named tiny-gru" in done.output
    assert published_models(bare.storage) == [MODEL]
    with open_release(MODEL, storage=bare.storage) as release:
        assert facts_of(release).default.num_clusters == 2
        assert len(read_typed(release, "the food was good")) == 1
        if with_recording:
            assert release.recording().num_tokens == release.model["num_tokens"]


def test_what_is_here_already_is_not_replaced(packed, analysed):
    path, _ = packed
    done = run_command(analysed, "unpack", str(path))
    assert isinstance(done.exception, StorageError)
    assert "rnnvis remove tiny-gru" in str(done.exception)


def test_a_corpus_that_is_here_already_is_kept_if_it_is_the_same(packed, kept):
    path, _ = packed
    before = kept.storage.manifest("corpus", DATASET).stat().st_mtime_ns
    run_command(kept, "remove", MODEL, "--yes")
    done = run_command(kept, "unpack", str(path))
    assert done.exit_code == 0, done.output
    assert kept.storage.manifest("corpus", DATASET).stat().st_mtime_ns == before
    assert open_release(MODEL, storage=kept.storage).model["name"] == MODEL


def test_another_corpus_is_refused_and_nothing_is_added(packed, kept):
    path, _ = packed
    run_command(kept, "remove", MODEL, "--yes")
    manifest = read_manifest(kept.storage, "corpus", DATASET)
    write_manifest(kept.storage, replace(manifest, data_version="another"))
    done = run_command(kept, "unpack", str(path))
    assert isinstance(done.exception, StorageError)
    assert "found data version another" in str(done.exception)
    assert not any(folder.exists() for folder in kept.storage.folders_of(MODEL))


def test_an_older_release_is_not_packed(kept, tmp_path):
    older = open_release(MODEL, storage=kept.storage)
    kept.storage.manifest("release", MODEL).unlink()
    kept.materialise(MODEL)
    with pytest.raises(ReleaseError, match="found the older release"):
        pack_analysis(kept.context, older, tmp_path / "x.zip", with_recording=False)
    assert not (tmp_path / "x.zip").exists()


def test_a_pruned_recording_and_a_missing_table_are_not_packed_silently(kept, tmp_path):
    run_command(kept, "prune", "recordings", "--yes")
    with find_release(MODEL, kept.storage) as release:
        with pytest.raises(StorageError, match="was pruned"):
            pack_analysis(kept.context, release, tmp_path / "x.zip", with_recording=True)
        kept.storage.table(MODEL, "glyph").unlink()
        with pytest.raises(StorageError, match=r"glyph\.parquet is gone"):
            pack_analysis(kept.context, release, tmp_path / "x.zip", with_recording=False)
