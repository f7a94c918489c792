"""What `sam local invoke` gets besides what the SAM CLI knows."""

from __future__ import annotations

import threading
from contextlib import closing
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

import pytest

from headrace_local.ports import LOOPBACK
from headrace_local.problems import LaptopRunError
from headrace_local.relay import Relay
from headrace_local.sam_local import endpoints_of

GREETING = b"hello" * 50_000  # more than one chunk


class Greeter(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(GREETING)

    def log_message(self, *_):
        pass


def test_a_relay_passes_on_what_either_side_says():
    with ThreadingHTTPServer((LOOPBACK, 0), Greeter) as server:
        threading.Thread(target=server.serve_forever).start()
        endpoint = f"http://{LOOPBACK}:{server.server_port}"
        with Relay(LOOPBACK, [endpoint]) as relay:
            assert relay.url_of(endpoint) != endpoint
            for _ in range(2):
                connection = HTTPConnection(urlsplit(relay.url_of(endpoint)).netloc)
                with closing(connection):
                    connection.request("GET", "/")
                    assert connection.getresponse().read() == GREETING
        server.shutdown()


def test_a_relay_is_reached_before_its_thread_runs():
    relay = Relay(LOOPBACK, ["http://127.0.0.1:1"])
    connection = HTTPConnection(urlsplit(relay.url_of("http://127.0.0.1:1")).netloc)
    with closing(connection):
        connection.connect()
    with relay:
        pass


def test_without_a_pipeline_it_says_how_to_get_one():
    with pytest.raises(LaptopRunError, match="AWS_ENDPOINT_URL_ECS is not set") as told:
        endpoints_of({"AWS_ENDPOINT_URL": "http://127.0.0.1:1"})
    assert "make local" in told.value.advice


def test_a_shell_with_the_exports_names_the_pipeline():
    found = endpoints_of(
        {"AWS_ENDPOINT_URL": "http://a:1", "AWS_ENDPOINT_URL_ECS": "http://a:2"}
    )
    assert (found.emulator_endpoint, found.ecs_endpoint) == ("http://a:1", "http://a:2")
