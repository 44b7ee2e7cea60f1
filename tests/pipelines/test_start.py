"""``rnnvis start`` and ``rnnvis init`` in an empty folder; what is served is not looked at here."""

import csv
import gzip
import json
from pathlib import Path
from random import Random

import pyarrow.csv
import pyarrow.parquet
import pytest
import yaml
from typer.testing import CliRunner, Result

from pipelines.cli import start_commands
from pipelines.cli.main import app
from rnnvis_assets.configuration.load_project import load_project
from tests.pipelines.tiny_project import WORDS, write_text
from warehouse.storage import SHIPPED_CONFIGS


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("RNNVIS_HOME", "RNNVIS_CONFIGS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, ...]]:
    """The models that the viewer would show while they are analysed."""
    calls: list[tuple[str, ...]] = []
    monkeypatch.setattr(
        start_commands, "view_while_analysing", lambda _, models, *__: calls.append(tuple(models))
    )
    monkeypatch.setattr(start_commands, "require_free_port", lambda *_: None)
    return calls


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, arguments)


def write_reviews(path: Path) -> None:
    chance = Random(0)
    with path.open("w", newline="", encoding="utf-8") as stream:
        table = csv.writer(stream)
        table.writerow(["id", "stars", "review", "useful"])
        for number in range(200):
            words = " ".join(chance.choices(WORDS, k=9))
            table.writerow([number, chance.choice("12345"), words, number % 2])


def test_a_text_gets_a_language_model_that_is_served_and_analysed(folder, served):
    write_text(folder / "My Text.txt")
    result = run("start", "My Text.txt")
    assert result.exit_code == 0, result.output
    assert served == [("my-text-lstm",)]
    dataset = yaml.safe_load((folder / "configs/datasets/my-text.yaml").read_text("utf-8"))
    assert dataset["source"] == {"kind": "text", "path": "My Text.txt", "document": "paragraph"}
    project = load_project()
    assert set(project.models) == {"my-text-lstm"}
    assert project.models["my-text-lstm"].dataset == "my-text"
    for part in ("predicts the next word", "forecast: about", "MB", "configs/models/my-text-lstm"):
        assert part in result.output


def test_a_second_start_goes_on_with_the_same_files(folder, served):
    write_text(folder / "text.txt")
    run("start", "text.txt")
    path = folder / "configs" / "models" / "text-lstm.yaml"
    path.write_text(path.read_text("utf-8").replace("hidden_size: 64", "hidden_size: 32").replace(
        "embedding_size: 64", "embedding_size: 32"), "utf-8")  # fmt: skip
    result = run("start", "text.txt")
    assert "text-lstm is configured already" in result.output
    assert load_project().models["text-lstm"].hidden_size == 32
    assert served == [("text-lstm",)] * 2


def test_a_table_gets_a_classifier(folder, served):
    write_reviews(folder / "reviews.csv")
    result = run("start", "reviews.csv")
    assert result.exit_code == 0, result.output
    assert "text: column 'review'; labels: column 'stars'" in result.output
    model = load_project().models["reviews-gru"]
    assert (model.cell, model.analysis) == ("gru", "first_look")
    again = run("start", "reviews.csv", "--label", "useful")
    assert again.exit_code == 1
    assert "says label: stars, not useful" in str(again.exception)
    assert served == [("reviews-gru",)]


def test_what_is_no_file_is_refused_before_anything_is_made(folder, served):
    result = run("start", "/dev/null")
    assert (result.exception.message, result.exception.repair) == (
        "/dev/null is neither a regular file nor a folder", "name a file of text"
    )  # fmt: skip
    assert not list(folder.iterdir())


@pytest.mark.parametrize("suffix", ["tsv", "csv.gz", "jsonl", "parquet"])
def test_every_form_of_a_table_is_read(folder, served, suffix):
    write_reviews(folder / "plain.csv")
    table = pyarrow.csv.read_csv(folder / "plain.csv")
    path = folder / f"reviews.{suffix}"
    if suffix == "tsv":
        path.write_text((folder / "plain.csv").read_text("utf-8").replace(",", "\t"), "utf-8")
    elif suffix == "csv.gz":
        path.write_bytes(gzip.compress((folder / "plain.csv").read_bytes()))
    elif suffix == "jsonl":
        lines = [json.dumps(row) for row in table.to_pylist()]
        path.write_text("\n".join(lines) + "\n", "utf-8")
    else:
        pyarrow.parquet.write_table(table, path)
    result = run("start", path.name)
    assert result.exit_code == 0, result.exception
    assert "text: column 'review'; labels: column 'stars'" in result.output
    assert served == [("reviews-gru",)]


def test_a_folder_of_texts_is_one_text(folder, served):
    for name in ("one", "two"):
        (folder / "texts").mkdir(exist_ok=True)
        write_text(folder / "texts" / f"{name}.txt")
    (folder / "packed.txt.gz").write_bytes(
        gzip.compress((folder / "texts" / "one.txt").read_bytes())
    )
    for name in ("texts", "packed.txt.gz", "texts"):
        result = run("start", name)
        assert result.exit_code == 0, result.exception
    assert load_project().datasets["texts"].source.path == "texts/*.txt"
    assert served == [("texts-lstm",), ("packed-lstm",), ("texts-lstm",)]


def test_options_choose_other_columns_and_a_name(folder, served):
    write_reviews(folder / "reviews.csv")
    run("start", "reviews.csv", "--label", "none", "--name", "prose")
    assert load_project().datasets["prose"].source.label is None
    assert served == [("prose-lstm",)]


def test_a_name_of_another_text_is_never_taken_over(folder, served):
    write_text(folder / "text.txt")
    run("start", "text.txt")
    (folder / "other").mkdir()
    write_text(folder / "other" / "text.txt")
    result = run("start", "other/text.txt")
    assert "rnnvis start other/text.txt --name text-2" in str(result.exception)
    assert len(served) == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["start", "nowhere.txt"], "nowhere.txt is missing"),
        (["start", "short.txt"], "has 3 lines, expected at least 20"),
        (["start", "short.txt", "--label", "stars"], "plain text, which has no columns"),
        (["start", "short.csv"], "has 3 rows, expected at least 20"),
        (["start", "code.txt"], "the language is in doubt"),
        (["start", "code.txt", "--language", "c++"], "found the language 'c++', expected a code"),
        (["start", "report.pdf"], "expected a text (.txt, .text, .md), a table (.csv,"),
    ],
)
def test_what_cannot_be_started_writes_no_model(folder, served, arguments, message):
    (folder / "short.txt").write_text("a\nb\nc\n", "utf-8")
    (folder / "short.csv").write_text("text\na b c\nd e f\ng h i\n", "utf-8")
    (folder / "report.pdf").touch()
    (folder / "code.txt").write_text("x[i] = f(y);\n" * 30, "utf-8")
    result = run(*arguments)
    assert result.exit_code == 1
    assert message in str(result.exception)
    assert not [*folder.glob("configs/models/*")]
    assert not served


def test_the_language_is_found_or_named(folder, served):
    german = "Der Hund sieht die Katze und das ist nicht gut.\n" * 30
    (folder / "deutsch.txt").write_text(german, "cp1252")
    (folder / "code.txt").write_text("x[i] = f(y);\n" * 30, "utf-8")
    result = run("start", "deutsch.txt")
    assert "language: de (parts of speech are tagged in English only)" in result.output
    assert run("start", "code.txt", "--language", "none").exit_code == 0
    datasets = load_project().datasets
    found = {name: (each.language, each.tokenizer.kind) for name, each in datasets.items()}
    assert found == {"deutsch": ("de", "unicode"), "code": ("none", "whitespace")}
    again = run("start", "deutsch.txt", "--language", "en")
    assert "says language: de, not en" in str(again.exception)
    assert len(served) == 2


def test_rows_that_lack_a_value_are_left_out_on_request(folder, served):
    write_reviews(folder / "reviews.csv")
    with (folder / "reviews.csv").open("a") as stream:
        stream.write("200,3,,0\n")
    refused = run("start", "reviews.csv")
    assert "line 202, column 'review': found nothing" in str(refused.exception)
    assert "--leave-out-missing" in str(refused.exception)
    result = run("start", "reviews.csv", "--leave-out-missing")
    assert "rows with a missing value left out: 1" in result.output
    assert load_project().datasets["reviews"].source.missing == "leave_out"
    assert served == [("reviews-gru",)]


def test_init_makes_a_folder_of_the_demo_and_of_every_analysis(folder):
    result = run("init")
    assert result.exit_code == 0, result.output
    project = load_project()
    assert project.folder == folder / "configs"
    assert set(project.models) == set(start_commands.DEMO_MODELS)
    shipped = {path.stem for path in (SHIPPED_CONFIGS / "analyses").glob("*.yaml")}
    assert set(project.analyses) == shipped
    assert "is there already" in str(run("init").exception)
