"""A proxy between a function and its AWS, which notes every exchange."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self
from urllib.parse import urlsplit

from headrace_local.ports import LOOPBACK

ECS_TARGET = "AmazonEC2ContainerServiceV20141113"
SERVICES = {"DynamoDB_20120810": "dynamodb", ECS_TARGET: "ecs"}
HOP_HEADERS = {"connection", "keep-alive", "transfer-encoding", "content-length"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One call and its answer.

    Attributes:
        stage: The function that called.
        operation: As in `dynamodb.UpdateItem`; calls that have no target header are
            `lambda.Invoke`.
        request: The body.
        status: Of HTTP.
        response: The body.
    """

    stage: str
    operation: str
    request: bytes
    status: int
    response: bytes


class CountingProxy:
    """Passes one function's calls on; `with CountingProxy(...) as proxy: ...`.

    Args:
        stage: The function that will call it.
        emulator: Where all calls go but those of ECS.
        ecs: Where those of ECS go.
        note: Gets each exchange, from several threads.
    """

    def __init__(
        self,
        stage: str,
        *,
        emulator: str,
        ecs: str,
        note: Callable[[Exchange], object],
    ) -> None:
        class Handler(_Handler):
            upstreams = (urlsplit(emulator).netloc, urlsplit(ecs).netloc)

            def note(self, **details: object) -> None:
                note(Exchange(stage=stage, **details))  # type: ignore[arg-type] # by `_Handler`, with their types

        self._server = _Server((LOOPBACK, 0), Handler)

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://{LOOPBACK}:{self._server.server_port}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False  # callers keep their connections, which would hold it up
    request_queue_size = 128


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    upstreams: tuple[str, str]

    def note(self, **details: object) -> None:
        raise NotImplementedError

    def do_POST(self) -> None:
        """Pass a call on, note it, and pass its answer back."""
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        target, _, action = self.headers.get("X-Amz-Target", "").partition(".")
        operation = f"{SERVICES[target]}.{action}" if target else "lambda.Invoke"
        # One for each call: servers close those that idle, just as the next call comes.
        upstream = self.upstreams[target == ECS_TARGET]
        with closing(http.client.HTTPConnection(upstream, timeout=75)) as connection:
            connection.request("POST", self.path, body, dict(self.headers))
            answer = connection.getresponse()
            content = answer.read()
        self.note(
            operation=operation,
            request=body,
            status=answer.status,
            response=content,
        )
        self.send_response(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in HOP_HEADERS | {"date", "server"}:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Say nothing: the exchanges are noted."""
