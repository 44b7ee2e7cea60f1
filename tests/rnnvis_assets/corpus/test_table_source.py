import json
from pathlib import Path

import pytest

from rnnvis_assets.configuration.dataset_config import LabelledTableSource, RemoteFile, YelpSource
from rnnvis_assets.corpus.source_documents import SourceDocument, SourceText
from rnnvis_assets.corpus.table_source import read_labelled_tables, read_yelp
from warehouse.errors import CorpusError

FILE = RemoteFile(name="reviews.json", sha256="0" * 64)


def read_table(path: Path, content: str, **columns: str | None) -> SourceText:
    path.write_text(content)
    source = LabelledTableSource.model_validate({"kind": "table", "path": str(path), **columns})
    return read_labelled_tables([(path, None)], source)


def test_csv_rows_are_documents(tmp_path: Path) -> None:
    content = 'id,review,mood\n1,"Good, \nreally.",happy\n2,Bad.,sad\n'
    text = read_table(tmp_path / "t.csv", content, text="review", label="mood")
    assert text.documents == [
        SourceDocument(("Good, really.",), "happy"),
        SourceDocument(("Bad.",), "sad"),
    ]


def test_json_rows_are_documents_and_labels_may_be_numbers(tmp_path: Path) -> None:
    content = '{"text": "Good.", "label": 1}\n\n{"text": "Bad.", "label": 0}\n'
    text = read_table(tmp_path / "t.jsonl", content)
    assert text.documents == [SourceDocument(("Good.",), "1"), SourceDocument(("Bad.",), "0")]


def test_without_labels_the_lines_of_a_row_are_sentences(tmp_path: Path) -> None:
    content = json.dumps({"text": "One.\n\nTwo."}) + "\n" + json.dumps({"text": ""})
    text = read_table(tmp_path / "t.jsonl", content, label=None)
    assert text.documents == [SourceDocument(("One.", "Two.")), SourceDocument(())]


def test_a_field_may_be_longer_than_the_csv_module_likes(tmp_path: Path) -> None:
    long = "word " * 100_000
    text = read_table(tmp_path / "t.csv", f"text,label\n{long},a\n")
    assert text.documents[0].sentences == (long.strip(),)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("t.csv", "text,label\ngood\n", r"line 2: found 1 fields, expected 2, as the header has"),
        ("t.csv", "text,label\na,b,c\n", r"line 2: found 3 fields, expected 2, as the header has"),
        ("t.csv", 'text,label\n"a"b,c\n', r"line 2: found a quotation mark inside of a quoted"),
        ("t.csv", "words,label\na,b\n", r"line 2: found the columns words, label, expected a col"),
        (
            "t.csv",
            "text,label\na, \n",
            r"line 2, column 'label': found nothing \(' '\), expected a",
        ),
        ("t.jsonl", '{"text": "a"\n', r"line 1, column 13: found no JSON"),
        ("t.jsonl", "[" * 100_000, r"line 1: found no JSON"),
        ("t.jsonl", '["a"]\n', r"element 0: found a JSON str, expected an object"),
        ("t.jsonl", '{"text": null, "label": "a"}\n', r"column 'text': found nothing \(None\)"),
        ("t.xlsx", "text,label\n", r"tables are read by suffix, found '\.xlsx', expected \.csv"),
    ],
)
def test_a_bad_row_is_named(tmp_path: Path, name: str, content: str, message: str) -> None:
    with pytest.raises(CorpusError, match=message):
        read_table(tmp_path / name, content)


def read_reviews(path: Path, *reviews: dict[str, object], **settings: int) -> SourceText:
    path.write_text("".join(json.dumps(review) + "\n" for review in reviews))
    return read_yelp(path, YelpSource(kind="yelp", file=FILE, **settings))


def test_yelp_stars_become_classes_and_what_is_left_out_is_counted(tmp_path: Path) -> None:
    rows = [{"stars": stars, "text": f"Stars\n {stars}"} for stars in (1, 2.0, 3, 4, 5.0)]
    rows += [{"stars": 1, "text": "w " * 100}, {"stars": 5, "text": "w " * 99}]
    text = read_reviews(tmp_path / "y.json", *rows)
    labels = [document.label for document in text.documents]
    assert labels == ["negative", "negative", "positive", "positive", "positive"]
    assert text.documents[0].sentences == ("Stars 1",)
    assert text.figures == {"reviews of three stars left out": 1, "long reviews left out": 1}


@pytest.mark.parametrize("stars", [0, 6, "5", None])
def test_a_review_without_proper_stars_is_refused(tmp_path: Path, stars: object) -> None:
    with pytest.raises(CorpusError, match=r"line 1: found stars .*, expected a number from 1"):
        read_reviews(tmp_path / "y.json", {"stars": stars, "text": "fine"})
