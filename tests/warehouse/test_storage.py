"""Where things lie."""

from pathlib import Path

from warehouse.storage import CHECKOUT, Storage


def test_paths_of_the_contract():
    storage = Storage(Path("/root"))
    assert storage.corpus("ptb") == Path("/root/corpora/ptb")
    assert storage.checkpoint("m") == Path("/root/checkpoints/m")
    assert storage.recording("m", "test") == Path("/root/recordings/m/test")
    assert storage.table("m", "glyph") == Path("/root/tables/m/glyph.parquet")
    assert storage.releases("m") == Path("/root/releases/m")


def test_the_root_is_the_environments_or_the_checkouts(monkeypatch):
    monkeypatch.setenv("RNNVIS_HOME", "/elsewhere")
    assert Storage.from_environment().root == Path("/elsewhere")
    for value in ("", None):
        if value is None:
            monkeypatch.delenv("RNNVIS_HOME")
        else:
            monkeypatch.setenv("RNNVIS_HOME", value)
        assert Storage.from_environment().root == CHECKOUT / "storage"
