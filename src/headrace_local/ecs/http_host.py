"""Serves an ASGI application from a thread of this process, on a port of its own."""

from __future__ import annotations

import contextlib
import errno
import socket
import threading
import time
from typing import TYPE_CHECKING, Any

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

if TYPE_CHECKING:
    import asyncio

    from starlette.applications import Starlette

STARTED_WITHIN_SECONDS = 10.0
BACKLOG = 2048


class PortInUseError(OSError):
    """The port that was asked for is taken."""


class HttpHost:
    """One listening socket and the thread that serves it.

    Args:
        host: The address to listen on.
        port: The port; 0 takes any free one.

    Raises:
        PortInUseError: When the port is taken.
    """

    def __init__(self, host: str, port: int) -> None:
        self._transports: dict[tuple[str, int], asyncio.Transport] = {}
        self._socket = _listen(host, port)
        self.host = host
        self.port: int = self._socket.getsockname()[1]
        self._server: uvicorn.Server | None = None
        self._thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        """Where it is served."""
        return f"http://{self.host}:{self.port}"

    def hang_up(self, client: tuple[str, int]) -> None:
        """Cut a client's connection without an answer."""
        transport = self._transports.get(client)
        server = self._server
        if transport is not None and server is not None:
            transport.abort()

    def start(self, app: Starlette) -> None:
        """Begin to serve; returns when requests are answered."""
        config = uvicorn.Config(
            app,
            http=_protocol(self._transports),
            ws="none",
            lifespan="on",
            access_log=False,
            log_level="warning",
            log_config=None,
            timeout_graceful_shutdown=2,
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(
            target=self._server.run,
            args=([self._socket],),
            name="ecs-http",
            daemon=True,
        )
        self._thread.start()
        deadline = time.monotonic() + STARTED_WITHIN_SECONDS
        while not self._server.started:
            if time.monotonic() > deadline or not self._thread.is_alive():
                raise RuntimeError("the HTTP server did not start")
            time.sleep(0.002)

    def stop(self) -> None:
        """Stop serving and free the port."""
        if self._server is not None and self._thread is not None:
            self._server.should_exit = True
            self._thread.join(10)
        with contextlib.suppress(OSError):
            self._socket.close()


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio sets TCP_NODELAY only where the protocol is named; without it every answer
    # waits 40 ms for the client's delayed acknowledgement.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            raise PortInUseError(
                errno.EADDRINUSE,
                f"port {port} on {host} is in use; choose another, or 0 for any",
            ) from error
        raise
    return listener


def _protocol(transports: dict[tuple[str, int], asyncio.Transport]) -> type[Any]:
    """Return uvicorn's HTTP protocol, noting each client's connection."""

    class NotingProtocol(H11Protocol):
        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn itself narrows it
            super().connection_made(transport)
            self._peer = tuple(transport.get_extra_info("peername")[:2])
            transports[self._peer] = transport

        def connection_lost(self, exc: Exception | None) -> None:
            transports.pop(self._peer, None)
            super().connection_lost(exc)

    return NotingProtocol
