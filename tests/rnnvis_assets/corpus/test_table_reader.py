"""Tables in whatever form give the same documents; what was detected is reported."""

import gzip
import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from rnnvis_assets.configuration.dataset_config import LabelledTableSource
from rnnvis_assets.corpus.source_documents import SourceDocument, SourceText
from rnnvis_assets.corpus.table_source import read_labelled_tables
from warehouse.errors import CorpusError

ROWS = [("Schön, wirklich; „gut“", "good"), ("Übel\tund laut", "bad"), ('Ein "Zitat"', "good")]
EXPECTED = [SourceDocument((" ".join(text.split()),), label) for text, label in ROWS]


def read(path: Path, **settings: Any) -> SourceText:
    source = LabelledTableSource.model_validate({"kind": "table", "path": str(path), **settings})
    return read_labelled_tables([(path, None)], source)


def separated(separator: str) -> str:
    quoted = [('"' + text.replace('"', '""') + '"', label) for text, label in ROWS]
    return "".join(f"{separator.join(row)}\r\n" for row in [("text", "label"), *quoted])


def write(path: Path, content: str, encoding: str = "utf-8") -> Path:
    data = content.encode(encoding)
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)
    return path


@pytest.mark.parametrize(
    ("name", "separator", "notes"),
    [
        ("t.csv", ",", []),
        ("t.csv", ";", ["t.csv: separator ';' (detected)"]),
        ("t.csv", "\t", ["t.csv: separator 'tab' (detected)"]),
        ("t.csv", "|", ["t.csv: separator '|' (detected)"]),
        ("t.tsv", "\t", []),
        ("t.csv.gz", ";", ["t.csv.gz: separator ';' (detected)"]),
        ("t.TSV.gz", "\t", []),
    ],
)
def test_separators_are_detected(
    name: str, separator: str, notes: list[str], tmp_path: Path
) -> None:
    text = read(write(tmp_path / name, separated(separator)))
    assert text.documents == EXPECTED
    assert list(text.notes) == notes


@pytest.mark.parametrize(
    ("encoding", "detected"),
    [("utf-8-sig", None), ("utf-16", "utf-16"), ("utf-32", "utf-32"), ("cp1252", "cp1252")],
)
def test_encodings_are_detected(encoding: str, detected: str | None, tmp_path: Path) -> None:
    text = read(write(tmp_path / "t.csv", separated(","), encoding))
    assert text.documents == EXPECTED
    expected = [] if detected is None else [f"t.csv: encoding {detected} (detected)"]
    assert list(text.notes) == expected


def test_what_is_stated_is_not_detected(tmp_path: Path) -> None:
    path = write(tmp_path / "t.csv", "text,label\nпривет,да\nпока,нет\n", "cp866")
    text = read(path, encoding="cp866", separator=",")
    assert [document.label for document in text.documents] == ["да", "нет"]
    assert "t.csv: encoding cp866 (stated)" in text.notes
    with pytest.raises(CorpusError, match="not in the encoding no-such"):
        read(path, encoding="no-such")


@pytest.mark.parametrize("name", ["t.jsonl", "t.ndjson.gz", "t.json"])
def test_json_in_lines_or_as_a_list(name: str, tmp_path: Path) -> None:
    rows = [{"text": text, "label": label} for text, label in ROWS]
    content = json.dumps(rows) if name == "t.json" else "\n".join(map(json.dumps, rows))
    assert read(write(tmp_path / name, content)).documents == EXPECTED


def test_parquet(tmp_path: Path) -> None:
    labels = pa.array([label for _, label in ROWS]).dictionary_encode()
    table = pa.table({"id": [1, 2, 3], "text": [text for text, _ in ROWS], "label": labels})
    pq.write_table(table, tmp_path / "t.parquet")
    assert read(tmp_path / "t.parquet").documents == EXPECTED
    (tmp_path / "t.parquet").write_bytes(b"PAR1 no more")
    with pytest.raises(CorpusError, match="cannot be read as Parquet"):
        read(tmp_path / "t.parquet")


def faults_of(path: Path, **settings: Any) -> str:
    with pytest.raises(CorpusError) as caught:
        read(path, **settings)
    return caught.value.message


def test_all_faults_at_once_with_line_column_and_repair(tmp_path: Path) -> None:
    lines = [
        "text,label", "good,1", ",1", "fine,", "a,b,c", '"never closed,1', "well,1 star",
        '"two\nlines",0', 'more,"0"',
    ]  # fmt: skip
    found = faults_of(write(tmp_path / "t.csv", "\n".join(lines)))
    for words in (
        "t.csv, 5 faults:",
        "line 3, column 'text': found nothing ('')",
        "line 4, column 'label': found nothing ('')",
        "line 5: found 3 fields, expected 2",
        "line 6: found a quotation mark that is not closed (it reaches to line 8)",
        "column 'label': found the classes '1' (line 2), '1 star' (line 7)",
        "missing: leave_out",
        "double each quotation mark",
    ):
        assert words in found, found


def test_rows_with_a_missing_value_may_be_left_out(tmp_path: Path) -> None:
    path = write(tmp_path / "t.csv", "text,label\na,1\n,1\nb,NaN\nc,0\n")
    text = read(path, missing="leave_out")
    assert [document.label for document in text.documents] == ["1", "0"]
    assert text.figures == {"rows with a missing value left out": 2}


@pytest.mark.parametrize("value", ["null", "NaN"])
def test_what_json_and_parquet_lack_is_a_fault(value: str, tmp_path: Path) -> None:
    content = f'{{"text": "a", "label": 1}}\n{{"text": {value}, "label": {value}}}\n'
    found = faults_of(write(tmp_path / "t.jsonl", content))
    assert "line 2, column 'text': found nothing" in found
    assert "line 2, column 'label': found nothing" in found
    column = pa.array([1.0, None if value == "null" else float("nan")])
    pq.write_table(pa.table({"text": ["a", "b"], "label": column}), tmp_path / "t.parquet")
    assert "row 1, column 'label': found nothing" in faults_of(tmp_path / "t.parquet")


def test_a_second_column_of_one_name(tmp_path: Path) -> None:
    path = write(tmp_path / "t.csv", "text,label,text\na,1,b\n")
    assert "line 1: found the column 'text' 2 times (columns 1, 3)" in faults_of(path)
    path = write(tmp_path / "t.jsonl", '{"text": "a", "label": 1, "label": 0}\n')
    assert "line 1: found the column 'label' several times" in faults_of(path)
    table = pa.table([["a"], [1], [0]], names=["text", "label", "label"])
    pq.write_table(table, tmp_path / "t.parquet")
    assert "the column 'label' 2 times (columns 2, 3)" in faults_of(tmp_path / "t.parquet")


def test_a_column_that_nobody_reads_may_come_twice(tmp_path: Path) -> None:
    path = write(tmp_path / "t.csv", "text,label,x,x\na,1,,\nb,0,,\n")
    assert len(read(path).documents) == 2


def test_text_that_utf_8_cannot_hold(tmp_path: Path) -> None:
    content = '{"text": "a", "label": 1}\n{"text": "ab\\ud800", "label": 0}\n'
    found = faults_of(write(tmp_path / "t.jsonl", content))
    assert "line 2, column 'text': found the lone surrogate U+D800 at character 3" in found
    content_bytes = "text,label\nschön ä ö ü é,1\n".encode() + b"ab\xffc,0\n"
    (tmp_path / "t.csv").write_bytes(content_bytes)
    found = faults_of(tmp_path / "t.csv")
    assert "line 3, column 'text': found the byte 0xff at character 3" in found
    raw = pa.array([b"good", b"a\xff"]).view(pa.string())
    pq.write_table(pa.table({"text": raw, "label": ["x", "y"]}), tmp_path / "t.parquet")
    assert "row 1, column 'text': found the byte 0xff at character 2" in faults_of(
        tmp_path / "t.parquet"
    )


def test_values_that_are_no_text(tmp_path: Path) -> None:
    path = write(tmp_path / "t.jsonl", '{"text": ["a"], "label": {"b": 1}}\n')
    found = faults_of(path)
    assert "line 1, column 'text': found a list, expected text" in found
    assert "line 1, column 'label': found a dict, expected text" in found


def test_many_faults_of_one_kind_are_counted(tmp_path: Path) -> None:
    path = write(tmp_path / "t.csv", "text,label\n" + "a,\n" * 500)
    found = faults_of(path)
    assert "t.csv, 500 faults" in found
    assert "and 480 more of this kind" in found


@pytest.mark.parametrize("content", [b"\x1f\x8b\x08 no gzip", b"plain text"])
def test_a_damaged_archive_is_named(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "t.csv.gz"
    path.write_bytes(content)
    with pytest.raises(CorpusError, match=r"t\.csv\.gz is damaged"):
        read(path)
