"""Who may reach the viewer: only this machine, unless a password and the origins are given."""

import os
import re
import secrets
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from viewer.server.password_login import PasswordAuth
from warehouse.errors import AccessError

LOOPBACK = "127.0.0.1"
PASSWORD = "RNNVIS_PASSWORD"  # noqa: S105 -- the name of an environment variable
_ORIGIN = re.compile(r"[\w.-]+(:\d{1,5})?")
"""A host name or an IPv4 address: Bokeh's server accepts no IPv6 address as an origin."""


@dataclass(frozen=True)
class Access:
    """``address``: where the server listens; ``origins``: hosts (with port) under whose names
    browsers reach it; ``password``: asked for before anything is shown, or None."""

    address: str = LOOPBACK
    origins: tuple[str, ...] = ()
    password: str | None = field(default=None, repr=False)


THIS_MACHINE = Access()


def is_loopback(address: str) -> bool:
    """Whether only this machine reaches an address; an empty one means every network."""
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return address == "localhost"


def read_password(file: Path | None) -> str | None:
    """The first line of ``file``, else ``$RNNVIS_PASSWORD``, else None.

    Raises AccessError where the file cannot be read or holds nothing.
    """
    if file is None:
        return os.environ.get(PASSWORD) or None
    try:
        lines = file.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise AccessError(
            f"the password file {file} cannot be read: {error}", repair="write one line into it"
        ) from error
    if not lines or not lines[0].strip():
        raise AccessError(
            f"the password file {file} is empty", repair="write the password into its first line"
        )
    return lines[0]


def require_safe(access: Access, port: int) -> None:
    """Raises AccessError where other machines would reach the viewer without a password, or where
    the origins they come from are not listed."""
    wrong = [origin for origin in access.origins if not _ORIGIN.fullmatch(origin)]
    if wrong:
        raise AccessError(
            f"found the origin {wrong[0]!r}, expected a host such as viewer.example.org:{port}",
            repair=f"rnnvis view --allow-origin HOST:{port}",
        )
    if is_loopback(access.address):
        if ":" in access.address:
            raise AccessError(
                f"found the address {access.address}, expected {LOOPBACK} or localhost: browsers "
                "cannot be admitted under an IPv6 address",
                repair=f"rnnvis view --port {port}",
            )
        return
    lacking = [] if access.password else ["a password"]
    lacking += [] if access.origins else ["the origins that browsers may come from"]
    if lacking:
        raise AccessError(
            f"other machines can reach {access.address or 'every network of this machine'}, "
            f"but this lacks {' and '.join(lacking)}",
            repair=f"rnnvis view --address {access.address or '0.0.0.0'} --port {port} "  # noqa: S104
            f"--password-file FILE --allow-origin HOST:{port}",
        )


def server_options(access: Access, port: int) -> dict[str, Any]:
    """The options of ``panel.serve`` for addresses and the password. Raises AccessError as
    ``require_safe`` does."""
    require_safe(access, port)
    own = [f"{name}:{port}" for name in sorted({LOOPBACK, "localhost", access.address})]
    options: dict[str, Any] = {
        "address": access.address,
        "websocket_origin": [*own, *access.origins] if is_loopback(access.address)
        else list(access.origins),
    }  # fmt: skip
    if access.password:
        options |= {
            "auth_provider": PasswordAuth(access.password),
            "cookie_secret": secrets.token_urlsafe(32),
        }
    return options
