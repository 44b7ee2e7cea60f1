"""In which encoding a file is written. Compressed files (``.gz``) are read like others."""

import codecs
import gzip
import io
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from charset_normalizer import from_bytes

from rnnvis_assets.configuration.plain_file import require_plain_file
from warehouse.errors import CorpusError

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"),
)  # fmt: skip
_COMMON = (
    "cp1252", "cp1250", "cp1251", "cp1253", "cp1254", "cp1255", "cp1256", "koi8_r", "cp932",
    "euc_jp", "gb18030", "big5", "euc_kr",
)  # fmt: skip
"""Encodings that are looked for; of those that fit equally well, the first."""
_WIDE = ("utf_16_le", "utf_16_be", "utf_32_le", "utf_32_be")
"""Those with zero bytes, which are looked for where there are some and no mark."""
_BLOCK = 1 << 20
_DAMAGED = 0.2
"""Wrong bytes for each right sequence of several bytes, up to which a text is damaged UTF-8 rather
than written in another encoding."""


@contextmanager
def open_bytes(path: Path) -> Iterator[IO[bytes]]:
    """The content of a file, unpacked. Raises CorpusError where it cannot be read, or is empty."""
    try:
        require_plain_file(path)
        with gzip.open(path) if path.suffix.lower() == ".gz" else path.open("rb") as stream:
            if not stream.peek(1):
                raise CorpusError(
                    f"{path} is empty", repair="put the text into it, or get it again"
                )
            yield stream  # type: ignore[misc]
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise CorpusError(f"{path} is damaged: {error}", repair="compress it again") from error
    except OSError as error:
        raise CorpusError(
            f"{path} cannot be read: {error.strerror or error}",
            repair="put the file there, or correct the path in configs/datasets",
        ) from error


def detect_encoding(path: Path) -> str:
    """By its mark, else UTF-8 where all or nearly all of it is, else as charset-normalizer finds.

    Raises CorpusError where the file is no text.
    """
    wrong, right, sample = 0, 0, b""
    decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
    with open_bytes(path) as stream:
        while block := stream.read(_BLOCK):
            if not sample and (marked := _marked(block)):
                return marked
            sample = sample or block
            text = decoder.decode(block)
            if text.isascii():
                continue
            valid = text.encode("utf-8", "ignore").decode()
            wrong += len(text) - len(valid)
            right += len(valid) - len(valid.encode("ascii", "ignore"))
    if b"\0" in sample:
        wide = from_bytes(sample[: len(sample) // 4 * 4], cp_isolation=list(_WIDE)).best()
        if wide is None or not set(" \n\r") & set(str(wide)):  # by chance, of a few bytes
            offset = sample.index(b"\0")
            raise CorpusError(
                f"{path} is no text: zero byte at byte offset {offset:,}",
                repair="name a text file, or state its encoding: encoding: utf-16 in "
                "configs/datasets",
            )
        return wide.encoding
    return "utf-8" if wrong <= _DAMAGED * right else _guess(sample, path)


def decoded_lines(path: Path, stated: str | None, notes: list[str]) -> Iterator[str]:
    """The lines of a file with their ends. A byte that its encoding does not have becomes a lone
    surrogate. ``notes`` gets the encoding, ``stated`` or else detected, where it is not UTF-8.

    Raises CorpusError where the file is not in that encoding.
    """
    encoding = stated or detect_encoding(path)
    try:
        if codecs.lookup(encoding).name == "utf-8":
            encoding = "utf-8-sig"
        if encoding != "utf-8-sig":
            notes.append(f"{path.name}: encoding {encoding} ({'stated' if stated else 'detected'})")
        with open_bytes(path) as stream:
            yield from io.TextIOWrapper(stream, encoding, "surrogateescape", newline="")
    except (LookupError, UnicodeError) as error:
        raise CorpusError(
            f"{path} is not in the encoding {encoding}: {error}",
            repair="correct encoding in configs/datasets",
        ) from error


def _marked(block: bytes) -> str | None:
    return next((encoding for mark, encoding in _MARKS if block.startswith(mark)), None)


def _guess(sample: bytes, path: Path) -> str:
    best = from_bytes(sample, cp_isolation=list(_COMMON)).best()
    if best is None:
        raise CorpusError(
            f"{path} is in no known encoding",
            repair="state it, as in encoding: cp1252 in configs/datasets, or convert it to UTF-8",
        )
    return "cp1252" if "cp1252" in best.could_be_from_charset else best.encoding
