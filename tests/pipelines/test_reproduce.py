"""``rnnvis reproduce``: a release made again, and compared table by table."""

import duckdb
import pytest

from pipelines.orchestration.stage_registry import DATASET_STAGES, MODEL_STAGES
from rnnvis_assets.configuration.load_project import load_project
from rnnvis_assets.housekeeping.reproduction import differing_columns, released_project, reproduce
from tests.pipelines.conftest import run_command
from tests.pipelines.tiny_project import MODELS, write_yaml
from warehouse.errors import ReleaseError, StorageError
from warehouse.reader import find_release, open_release
from warehouse.release_index import read_current, release_path
from warehouse.schema import TABLES

pytestmark = pytest.mark.end_to_end

MODEL = "tiny-gru"


def _alter(project, query: str) -> None:
    """Changes the current release's file, as no command does."""
    storage = project.storage
    with duckdb.connect(str(release_path(storage, MODEL, read_current(storage, MODEL)))) as file:
        file.execute(query)


def _verdicts(output: str) -> dict[str, str]:
    lines = [line.split("│")[1:3] for line in output.splitlines() if line.startswith("│")]
    return {name.strip(): verdict.strip() for name, verdict in lines}


def test_a_release_is_reproduced_bit_by_bit_from_what_it_holds_itself(kept):
    """Its own configuration is gone, or says something else."""
    write_yaml(kept.configs / "models" / f"{MODEL}.yaml", MODELS[MODEL] | {"seed": 5})
    done = run_command(kept, "reproduce", MODEL)
    assert done.exit_code == 0, done.output
    assert _verdicts(done.output) == dict.fromkeys(TABLES, "identical")
    for column in ("seconds", "tokens_per_second", "created_at", "run_id"):
        assert column in done.output


@pytest.mark.parametrize(
    ("query", "table", "column"),
    [
        ("UPDATE glyph SET preserved = list_transform(preserved, lambda x: x + 1e-6) "
         "WHERE sentence_id = 0 AND position = 0", "glyph", "preserved"),
        ("UPDATE training_log SET loss = loss + 1e-12", "training_log", "loss"),
        ("DELETE FROM vocabulary WHERE word_id = 3", "vocabulary", "word"),
    ],
)  # fmt: skip
def test_a_table_that_differs_is_named_with_its_columns(kept, tmp_path, query, table, column):
    _alter(kept, query)
    done = run_command(kept, "reproduce", MODEL, "--into", str(tmp_path / "again"))
    assert done.exit_code == 1
    verdicts = _verdicts(done.output)
    assert column in verdicts.pop(table).removeprefix("differs in ").split(", ")
    assert set(verdicts.values()) == {"identical"}
    with open_release(MODEL, storage=type(kept.storage)(tmp_path / "again")) as again:
        assert again.model["name"] == MODEL


@pytest.mark.parametrize("query", [
    "UPDATE training_log SET seconds = 9, tokens_per_second = 8",
    "UPDATE provenance SET machine = 'another', seconds = 7",
])  # fmt: skip
def test_what_clocks_and_machines_say_is_not_compared(analysed, kept, query):
    _alter(kept, query)
    both = [find_release(MODEL, project.storage) for project in (analysed, kept)]
    assert not any(differing_columns(*both).values())


def test_the_configuration_of_a_release_is_that_of_its_files(analysed):
    project = load_project(analysed.configs)
    for name in MODELS:
        with open_release(name, storage=analysed.storage) as release:
            found = released_project(release)
        assert found.models[name] == project.models[name]
        assert found.dataset_of(name) == project.dataset_of(name)
        assert found.analysis_of(name) == project.analysis_of(name)


def test_a_configuration_that_is_no_longer_taken_is_named(kept):
    _alter(
        kept, """UPDATE model SET spec = replace(spec::VARCHAR, '"cell": "gru"', '"cell": "x"')"""
    )
    with (
        find_release(MODEL, kept.storage) as release,
        pytest.raises(ReleaseError, match="rnnvis show"),
    ):
        released_project(release)


def test_a_storage_with_results_of_the_model_is_refused(analysed):
    stages = [[asset.stage for asset in group] for group in (DATASET_STAGES, MODEL_STAGES)]
    with (
        open_release(MODEL, storage=analysed.storage) as release,
        pytest.raises(StorageError, match="an empty folder"),
    ):
        reproduce(release, analysed.storage, *stages)
