"""A gate before one endpoint of AWS: it can keep an answer back, or refuse a call."""

from __future__ import annotations

import http.client
import itertools
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Self
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable

    Matching = Callable[[str, str], bool]  # an operation's name and a request's body

LOOPBACK = "127.0.0.1"
NOT_PASSED_ON = {"host", "connection", "content-length", "transfer-encoding"}
BUSY = b'{"__type": "com.amazonaws.dynamodb.v20120810#ThrottlingException"}'


def never(_operation: str, _body: str) -> bool:
    """Match no call."""
    return False


@dataclass
class Gate:
    """Passes on every call to `upstream`, except as told.

    Attributes:
        keeps: Calls that are done, but whose answer nobody ever gets.
        refuses: Calls that are throttled instead.
        expected: How many answers to keep back until `has_kept` is set.
        has_kept: Set when so many answers are kept back.
    """

    upstream: str
    keeps: Matching = never
    refuses: Matching = never
    expected: int = 1
    has_kept: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> Self:
        self._ends = threading.Event()
        handler = type("Handler", (_Handler,), {"gate": self})
        self._server = _Server((LOOPBACK, 0), handler)
        self._kept = itertools.count(1)
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ends.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://{LOOPBACK}:{self._server.server_address[1]}"

    def keep(self) -> None:
        """Keep one answer back until the gate is taken away."""
        if next(self._kept) >= self.expected:
            self.has_kept.set()
        self._ends.wait()


class _Server(ThreadingHTTPServer):
    def handle_error(self, *_: object) -> None:
        """Tell nobody that a function was killed while it was being answered."""


class _Handler(BaseHTTPRequestHandler):
    gate: Gate
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length", 0))
        body = self.rfile.read(length)
        operation = self.headers.get("X-Amz-Target", "").rpartition(".")[2]
        if self.gate.refuses(operation, body.decode(errors="replace")):
            self._answer(400, {"Content-Type": "application/x-amz-json-1.0"}, BUSY)
            return
        status, headers, content = self._passed_on(body)
        if self.gate.keeps(operation, body.decode(errors="replace")):
            self.gate.keep()
            self.close_connection = True
            return
        self._answer(status, headers, content)

    def _passed_on(self, body: bytes) -> tuple[int, dict[str, str], bytes]:
        connection = http.client.HTTPConnection(urlsplit(self.gate.upstream).netloc)
        try:
            connection.request("POST", self.path, body, dict(self.headers))
            answer = connection.getresponse()
            return answer.status, dict(answer.getheaders()), answer.read()
        finally:
            connection.close()

    def _answer(self, status: int, headers: dict[str, str], content: bytes) -> None:
        self.send_response_only(status)
        for name, value in headers.items():
            if name.lower() not in NOT_PASSED_ON:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Tell nobody."""
