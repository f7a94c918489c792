"""A bad way to EventBridge: calls fail before or after they took effect, or in part."""

from __future__ import annotations

import json
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from threading import Thread
from urllib.request import Request, urlopen

# What becomes of a call, one after the other.
MANNERS = ("well", "in part", "lost", "well", "refused", "in part", "answer lost")


class FaultyBus:
    """An endpoint for EventBridge before a healthy one.

    Attributes:
        is_out: Whether it takes nothing at all.
        faults: How many calls went wrong.
    """

    def __init__(self, healthy):
        self._healthy = healthy
        self._numbers = count()
        self.is_out = False
        self.faults = 0

    def answer(self, body, headers):
        """Return a status and a body, as EventBridge would."""
        manner = (
            "refused" if self.is_out else MANNERS[next(self._numbers) % len(MANNERS)]
        )
        self.faults += manner != "well"
        if manner in {"lost", "refused"}:
            return 500, b'{"__type": "InternalException"}'
        if manner == "in part":
            return 200, self._in_part(body, headers)
        answer = self._passed_on(body, headers)
        if manner == "answer lost":
            return 500, b'{"__type": "InternalException"}'
        return 200, answer

    def _in_part(self, body, headers):
        """Take all entries but the first."""
        entries = json.loads(body)["Entries"]
        refused = {"ErrorCode": "InternalFailure", "ErrorMessage": "a test"}
        taken = []
        if entries[1:]:
            rest = json.dumps({"Entries": entries[1:]}).encode()
            taken = json.loads(self._passed_on(rest, headers))["Entries"]
        return json.dumps(
            {"FailedEntryCount": 1, "Entries": [refused, *taken]}
        ).encode()

    def _passed_on(self, body, headers):
        request = Request(self._healthy, data=body, headers=headers, method="POST")  # noqa: S310 - this machine's
        with urlopen(request, timeout=10) as answer:  # noqa: S310 - ditto
            return answer.read()


@contextmanager
def faulty_bus(healthy):
    """Give the bus, and the address at which it listens."""
    bus = FaultyBus(healthy)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            kept = ("X-Amz-Target", "Content-Type", "Authorization", "X-Amz-Date")
            headers = {
                name: self.headers[name] for name in kept if name in self.headers
            }
            status, answer = bus.answer(body, headers)
            self.send_response(status)
            self.send_header("Content-Type", "application/x-amz-json-1.1")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield bus, f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
