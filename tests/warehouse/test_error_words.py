"""The errors of the system and of libraries, in words."""

import errno
import os
import sqlite3

import pytest

from warehouse import error_words
from warehouse.error_words import in_words, unexpected
from warehouse.errors import AccessError, InstallationError, StorageError


def _raised_from(cause: Exception) -> RuntimeError:
    error = RuntimeError("of a library")
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("number", "word", "repair"),
    [
        (errno.ENOSPC, "the disk is full", "free some space"),
        (errno.EACCES, "no permission to write", "make the folder writable"),
        (errno.EROFS, "the file system is read-only", "set RNNVIS_HOME"),
    ],
)
def test_errors_of_the_system_name_the_file(number, word, repair):
    found = in_words(OSError(number, os.strerror(number), "/some/file"))
    assert isinstance(found, StorageError)
    assert found.message.startswith(f"/some/file: {word}")
    assert repair in found.repair


@pytest.mark.parametrize(
    ("text", "word", "repair"),
    [
        ("database or disk is full", "the disk is full", "free some space"),
        ("attempt to write a readonly database", "no permission", "make the folder writable"),
        ("unable to open database file", "no permission", "make the folder writable"),
        ("file is not a database", "it is damaged", "mv /home/d /home/d-damaged"),
        ("database disk image is malformed", "it is damaged", "mv /home/d /home/d-damaged"),
        ("database is locked", "another program", "end that program"),
    ],
)
def test_errors_of_the_history_are_found_under_those_of_its_library(
    monkeypatch, text, word, repair
):
    monkeypatch.setenv("DAGSTER_HOME", "/home/d")
    found = in_words(_raised_from(sqlite3.DatabaseError(text)))
    assert isinstance(found, StorageError)
    assert found.message.startswith("Dagster's history in /home/d")
    assert word in found.message
    assert repair in found.repair


def test_our_own_errors_stay_as_they_are():
    error = AccessError("no", repair="rnnvis view")
    assert in_words(error) is error
    assert in_words(_raised_from(error)) is error


def test_what_nobody_foresaw_is_called_a_fault_of_the_code():
    error = KeyError("name")
    assert in_words(error) is None
    assert "KeyError: 'name'" in unexpected(error).message
    assert "rnnvis --debug" in unexpected(error).repair


def test_a_library_that_is_not_installed_is_named_with_its_extra(monkeypatch):
    needed = ["numpy", 'panel-tools; extra == "all"', 'panel>=1; extra == "viewer"']
    monkeypatch.setattr(error_words, "requires", lambda _: needed)
    found = in_words(ModuleNotFoundError("No module named 'panel.io'", name="panel.io"))
    assert isinstance(found, InstallationError)
    assert found.message == "panel is not installed, which this needs"
    assert found.repair.startswith("pip install 'rnnvis[viewer]'")
    for name in ("numpy", "nowhere", None):
        assert in_words(ModuleNotFoundError("No module", name=name)) is None
