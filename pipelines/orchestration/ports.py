"""Ports of this machine that another program listens on."""

import socket

from warehouse.errors import BusyError


def is_port_taken(port: int) -> bool:
    """Whether something listens on ``port`` of 127.0.0.1."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def require_free_port(port: int, command: str) -> None:
    """Raises BusyError, naming the next port for ``command``, where ``port`` is taken."""
    if is_port_taken(port):
        raise BusyError(
            f"port {port} of 127.0.0.1 is in use by another program",
            repair=f"{command} --port {port + 1}",
        )
