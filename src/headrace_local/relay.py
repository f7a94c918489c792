"""Lets containers reach servers that listen on loopback only.

The relay listens on the address that this machine has in the containers' own network,
where nobody but the containers and this machine can connect, and passes bytes on.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from functools import partial
from typing import TYPE_CHECKING, Self
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Sequence

IP_FREEBIND = 15  # linux/in.h; the network may appear with its first container
CHUNK_BYTES = 65_536


class Relay:
    """Passes connections to `address` on to endpoints on this machine.

    Args:
        address: This machine's, in the containers' network.
        endpoints: URLs with a host and a port.
    """

    def __init__(self, address: str, endpoints: Sequence[str]) -> None:
        self._address = address
        self._listeners = {each: self._listener() for each in endpoints}
        self._loop = asyncio.new_event_loop()
        self._stopping = asyncio.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> Self:
        """Begin to pass on."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop, in the middle of connections if need be."""
        self._loop.call_soon_threadsafe(self._stopping.set)
        self._thread.join()

    def url_of(self, endpoint: str) -> str:
        """Return the URL by which containers reach an endpoint."""
        return f"http://{self._address}:{self._listeners[endpoint].getsockname()[1]}"

    def _listener(self) -> socket.socket:
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_IP, IP_FREEBIND, 1)
        listener.bind((self._address, 0))
        listener.listen()  # from now on connections wait for the loop, if it is late
        return listener

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._serve())

    async def _serve(self) -> None:
        async with contextlib.AsyncExitStack() as stack:
            for endpoint, listener in self._listeners.items():
                pass_on = partial(_pass_on, urlsplit(endpoint).netloc)
                server = await asyncio.start_server(pass_on, sock=listener)
                stack.callback(server.close)
            await self._stopping.wait()


async def _pass_on(
    target: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    host, _, port = target.rpartition(":")
    try:
        there, back = await asyncio.open_connection(host, int(port))
    except OSError:  # the pipeline is gone, which the function notices by this
        writer.close()
        return
    await asyncio.gather(_pump(reader, back), _pump(there, writer))


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        with contextlib.suppress(ConnectionError):
            while chunk := await reader.read(CHUNK_BYTES):
                writer.write(chunk)
                await writer.drain()
    finally:
        writer.close()
