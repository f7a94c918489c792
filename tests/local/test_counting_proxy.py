"""The proxy before a function: it passes calls on as they are, and notes them."""

from __future__ import annotations

import http.client
import threading
from contextlib import closing
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from headrace_local.bill.proxy import CountingProxy


class Echo(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        answer = b"%s %s" % (self.server.title, body)
        self.send_response(400 if body == b"bad" else 200)
        self.send_header("Content-Length", str(len(answer)))
        self.send_header("x-amzn-RequestId", "1")
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_):
        pass


@pytest.fixture
def upstream():
    """Starts servers that answer with their title and what they got."""
    servers = []

    def start(title):
        server = HTTPServer(("127.0.0.1", 0), Echo)
        server.title = title
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_port}"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def call(proxy, body, **headers):
    with closing(http.client.HTTPConnection(proxy.url.removeprefix("http://"))) as link:
        link.request("POST", "/path", body, headers)
        answer = link.getresponse()
        return answer.status, answer.read(), answer.headers["x-amzn-RequestId"]


def test_calls_go_where_they_belong_and_are_noted_by_stage_and_operation(upstream):
    noted = []
    with CountingProxy(
        "record", emulator=upstream(b"aws"), ecs=upstream(b"ecs"), note=noted.append
    ) as proxy:
        target = "AmazonEC2ContainerServiceV20141113.RunTask"
        assert call(proxy, b"1", **{"X-Amz-Target": target}) == (200, b"ecs 1", "1")
        target = "DynamoDB_20120810.GetItem"
        assert call(proxy, b"bad", **{"X-Amz-Target": target}) == (400, b"aws bad", "1")
        assert call(proxy, b"3") == (200, b"aws 3", "1")
    assert [(each.stage, each.operation, each.status) for each in noted] == [
        ("record", "ecs.RunTask", 200),
        ("record", "dynamodb.GetItem", 400),
        ("record", "lambda.Invoke", 200),
    ]
    assert (noted[1].request, noted[1].response) == (b"bad", b"aws bad")
