"""Who may reach the viewer."""

from pathlib import Path

import pytest

from viewer.server.access import PASSWORD, Access, is_loopback, read_password, server_options
from warehouse.errors import AccessError

OPEN = Access("0.0.0.0", ("viewer.example.org:5006",), "secret")


@pytest.mark.parametrize("address", ["127.0.0.1", "127.8.8.8", "localhost"])
def test_this_machine_needs_no_password(address: str) -> None:
    assert is_loopback(address)
    options = server_options(Access(address), 5006)
    assert "auth_provider" not in options
    assert options["address"] == address
    names = {"127.0.0.1", "localhost", address}
    assert options["websocket_origin"] == sorted(f"{name}:5006" for name in names)


def test_an_address_under_which_no_browser_could_be_let_in() -> None:
    with pytest.raises(AccessError, match="found the address ::1") as caught:
        server_options(Access("::1"), 5007)
    assert caught.value.repair == "rnnvis view --port 5007"


@pytest.mark.parametrize("address", ["", "0.0.0.0", "::", "10.0.0.7", "viewer.example.org"])
def test_other_machines_need_a_password_and_origins(address: str) -> None:
    with pytest.raises(AccessError, match="a password and the origins") as caught:
        server_options(Access(address), 5006)
    assert caught.value.repair.startswith("rnnvis view --address ")
    assert "--password-file FILE --allow-origin HOST:5006" in caught.value.repair
    with pytest.raises(AccessError, match=r"lacks a password\n"):
        server_options(Access(address, ("a.org:1",)), 5006)
    with pytest.raises(AccessError, match="lacks the origins"):
        server_options(Access(address, (), "secret"), 5006)


def test_an_open_viewer_names_its_origins_and_asks_for_the_password() -> None:
    options = server_options(OPEN, 5006)
    assert options["websocket_origin"] == ["viewer.example.org:5006"]
    assert options["auth_provider"].login_url == "/login"
    assert options["cookie_secret"] != server_options(OPEN, 5006)["cookie_secret"]


def test_the_password_is_in_no_representation() -> None:
    assert "secret" not in repr(OPEN)


@pytest.mark.parametrize(
    "origin", ["*", "http://a.org", "a.org/*", "", "a.org:port", "a b", "[::1]:5006"]
)
def test_an_origin_is_a_host(origin: str) -> None:
    with pytest.raises(AccessError, match="expected a host"):
        server_options(Access("0.0.0.0", (origin,), "secret"), 5006)


def test_the_password_comes_from_the_file_or_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(PASSWORD, raising=False)
    assert read_password(None) is None
    monkeypatch.setenv(PASSWORD, "from outside")
    assert read_password(None) == "from outside"
    file = tmp_path / "password"
    file.write_text("from a file\nsecond line\n")
    assert read_password(file) == "from a file"
    file.write_text("\n")
    with pytest.raises(AccessError, match="is empty"):
        read_password(file)
    with pytest.raises(AccessError, match="cannot be read"):
        read_password(tmp_path / "none")
