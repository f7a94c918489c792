"""A job's own module talks to servers on this machine."""

from __future__ import annotations

from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

import headrace_job
from network import allow_loopback


def pytest_itemcollected(item: pytest.Item) -> None:
    """Let the tests of this folder, and of no other, connect to this machine."""
    allow_loopback(item)


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch):
    """Tries follow each other at once."""
    monkeypatch.setattr(headrace_job, "_BACKOFF_SECONDS", 0)


class Place:
    """A server that gives each of `answers` once, the last one for good.

    Attributes:
        url: Its address.
        asked: The requests that came, as path and headers.
    """

    def __init__(self, *answers):
        self.answers = list(answers)
        self.asked = []
        self.url = ""

    def next(self, path, headers):
        """Return status and content for a request."""
        self.asked.append((path, dict(headers)))
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return answer if isinstance(answer, tuple) else (200, answer)


@contextmanager
def serving(*answers):
    """Serve answers on a free port of this machine."""
    place = Place(*answers)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            status, content = place.next(self.path, self.headers)
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_):
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    place.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield place
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture(name="serving")
def _serving():
    return serving
