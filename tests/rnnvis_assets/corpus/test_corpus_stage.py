from pathlib import Path

import nltk.data
import pytest

from rnnvis_assets.configuration.analysis_config import ScheduleConfig
from rnnvis_assets.configuration.dataset_config import DatasetConfig
from rnnvis_assets.configuration.load_project import load_project
from rnnvis_assets.configuration.project import Project
from rnnvis_assets.corpus import corpus_stage
from rnnvis_assets.corpus.corpus_asset import STAGE
from rnnvis_assets.corpus.corpus_files import load_corpus
from rnnvis_assets.corpus.sources import source_identity
from rnnvis_assets.engine.freshness import freshness
from rnnvis_assets.engine.manifest import Manifest
from rnnvis_assets.engine.run_stage import run_stage
from rnnvis_assets.engine.stage import RunContext
from tests.rnnvis_assets.corpus.small_corpora import review_dataset, text_dataset
from tests.rnnvis_assets.corpus.tagger_data import write_tagger_data
from warehouse.errors import CorpusError
from warehouse.storage import Storage

PACKAGED = load_project().datasets


@pytest.fixture(autouse=True)
def _no_tagger(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nltk.data, "path", [])
    monkeypatch.delenv("RNNVIS_MIRROR", raising=False)


def context(folder: Path, lines: list[str], **datasets: DatasetConfig) -> RunContext:
    project = Project(folder, datasets, {}, {}, ScheduleConfig())
    return RunContext(project, Storage(folder / "storage"), lines.append)


def write_text(folder: Path, num_documents: int = 50) -> str:
    path = folder / "text.txt"
    path.write_text("\n\n".join(f"the dog barks\n{i} loud dog" for i in range(num_documents)))
    return str(path)


def run(folder: Path, lines: list[str], config: DatasetConfig) -> Manifest:
    return run_stage(STAGE, context(folder, lines, made_up=config), "made_up")


def test_a_text_becomes_a_corpus_on_disk_with_its_figures(tmp_path: Path) -> None:
    lines: list[str] = []
    manifest = run(tmp_path, lines, text_dataset(write_text(tmp_path)))
    corpus = load_corpus(tmp_path / "storage" / "corpora" / "made_up")
    assert corpus.name == "made_up"
    for name, documents in (("train", 40), ("validation", 5), ("test", 5)):
        assert corpus.splits[name].num_tokens == 8 * documents
        assert manifest.figures[f"tokens of {name}"] == 8 * documents
        assert manifest.figures[f"documents of {name}"] == documents
    assert manifest.figures["unknown fraction of train"] == 0
    assert manifest.figures["unknown fraction of test"] == 1 / 8
    assert manifest.figures["empty documents left out"] == 0
    assert manifest.row_counts["tokens-test"] == 40
    assert len(manifest.files) == 8


def test_classes_are_reported(tmp_path: Path) -> None:
    source = {"kind": "toy_reviews", "num_documents": 100, "positive_share": 0.8}
    manifest = run(tmp_path, [], review_dataset(source=source))
    assert manifest.figures["fraction of positive in train"] == 0.8
    assert manifest.figures["fraction of negative in test"] == pytest.approx(0.2, abs=0.1)


def test_without_tagger_data_words_are_tagged_by_the_pattern_tagger(tmp_path: Path) -> None:
    manifest = run(tmp_path, [], text_dataset(write_text(tmp_path)))
    corpus = load_corpus(tmp_path / "storage" / "corpora" / "made_up")
    tags = dict(zip(corpus.vocabulary.words, corpus.vocabulary.tags, strict=True))
    assert (tags["the"], tags["dog"], tags["<eos>"]) == ("DET", "NOUN", ".")
    assert "TextBlob" in str(manifest.figures["part-of-speech tagger"])


def test_a_corpus_is_stale_once_another_tagger_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = text_dataset(write_text(tmp_path))
    run(tmp_path, [], config)
    write_tagger_data(tmp_path)
    monkeypatch.setenv("RNNVIS_MIRROR", str(tmp_path))
    found = freshness(STAGE, context(tmp_path, [], made_up=config), "made_up")
    assert found.state == "stale"


@pytest.mark.parametrize(
    ("kind", "encoding", "state"),
    [("unicode", "utf-8", "stale"), ("word", "utf-8", "fresh"), ("word", None, "stale")],
)
def test_a_corpus_is_stale_once_a_library_that_it_uses_changes(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    kind: str,
    encoding: str | None,
    state: str,
) -> None:
    config = text_dataset(write_text(tmp_path))
    config = config.model_copy(
        update={
            "tokenizer": config.tokenizer.model_copy(update={"kind": kind}),
            "source": config.source.model_copy(update={"encoding": encoding}),
        }
    )
    run(tmp_path, [], config)
    monkeypatch.setattr(corpus_stage, "version", lambda _: "another")
    found = freshness(STAGE, context(tmp_path, [], made_up=config), "made_up")
    assert found.state == state


def test_with_tagger_data_words_and_tokens_are_tagged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_tagger_data(tmp_path)
    monkeypatch.setenv("RNNVIS_MIRROR", str(tmp_path))
    run(tmp_path, [], text_dataset(write_text(tmp_path)))
    vocabulary = load_corpus(tmp_path / "storage" / "corpora" / "made_up").vocabulary
    tags = dict(zip(vocabulary.words, vocabulary.tags, strict=True))
    assert (tags["dog"], tags["barks"], tags["<eos>"]) == ("NOUN", "VERB", ".")


def test_characters_have_no_part_of_speech(tmp_path: Path) -> None:
    lines: list[str] = []
    config = text_dataset(write_text(tmp_path), tokenizer={"kind": "character"})
    manifest = run(tmp_path, lines, config)
    assert manifest.figures["words in the vocabulary"] < 40
    assert not any("nltk" in line for line in lines)


def test_empty_documents_are_reported(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    rows = "".join(f"dog {i},good\ncat {i},bad\n" for i in range(30))
    path.write_text(f"text,label\n{rows}!?,good\n")
    source = {"kind": "table", "path": str(path)}
    config = review_dataset(source=source, tokenizer={"punctuation": "drop"})
    lines: list[str] = []
    assert run(tmp_path, lines, config).figures["empty documents left out"] == 1
    assert "documents without any token, left out: 1" in lines


def test_the_same_input_gives_the_same_data_version(tmp_path: Path) -> None:
    first = run(tmp_path, [], review_dataset())
    assert run(tmp_path, [], review_dataset()).data_version == first.data_version
    other = review_dataset(split={"seed": 7})
    assert run(tmp_path, [], other).data_version != first.data_version


def test_a_corpus_is_stale_when_your_file_has_changed_but_not_for_a_description(
    tmp_path: Path,
) -> None:
    path = write_text(tmp_path)
    run(tmp_path, [], text_dataset(path))
    here = context(tmp_path, [], made_up=text_dataset(path, description="another"))
    assert freshness(STAGE, here, "made_up").state == "fresh"
    write_text(tmp_path, 51)
    assert freshness(STAGE, here, "made_up").state == "stale"
    Path(path).unlink()
    assert source_identity(text_dataset(path)) == {path: "missing"}


def test_a_failed_run_keeps_the_last_corpus(tmp_path: Path) -> None:
    path = write_text(tmp_path)
    run(tmp_path, [], text_dataset(path))
    (tmp_path / "text.txt").write_bytes(b"")
    with pytest.raises(CorpusError, match="is empty"):
        run(tmp_path, [], text_dataset(path))
    assert load_corpus(tmp_path / "storage" / "corpora" / "made_up").name == "made_up"


def test_the_packaged_docstrings_are_installed() -> None:
    assert "unknown" not in source_identity(PACKAGED["docstrings"]).values()
