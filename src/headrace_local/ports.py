"""Loopback ports: pick free ones, and say who holds one that was asked for."""

from __future__ import annotations

import contextlib
import socket

import psutil

from headrace_local.problems import PortTakenError

LOOPBACK = "127.0.0.1"


def choose_port(asked: int | None, *, purpose: str, option: str) -> int:
    """Return the port that was asked for, or a free one.

    Args:
        asked: a port, or None for any.
        purpose: what will listen there, for the error.
        option: the command-line option that asks for it, for the error.

    Raises:
        PortTakenError: the port asked for is in use.
    """
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # As servers do: without it, a port just left by a stopped run looks taken.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, asked or 0))
        except OSError as error:
            raise PortTakenError(
                f"{purpose} cannot listen on port {asked}.",
                why=f"{_holder(asked)} ({error.strerror}).",
                advice=f"Stop that program, or choose another port with {option}.",
            ) from error
        return int(probe.getsockname()[1])


def _holder(port: int | None) -> str:
    with contextlib.suppress(psutil.Error, PermissionError):
        for connection in psutil.net_connections(kind="tcp"):
            if (
                connection.status == psutil.CONN_LISTEN
                and connection.laddr[1:] == (port,)
                and connection.pid
            ):
                name = psutil.Process(connection.pid).name()
                return f"Process {connection.pid} ({name}) holds it"
    return "Another program holds it"
