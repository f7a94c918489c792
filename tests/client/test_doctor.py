"""The doctor where AWS says no, or says nothing."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from click.testing import CliRunner

from headrace_client.cli.root import root
from headrace_local.ports import choose_port

NAMES = {
    "AWS_REGION": "eu-west-1",
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "HEADRACE_REQUEST_QUEUE_URL": "https://sqs.eu-west-1.amazonaws.com/1/requests",
    "HEADRACE_JOB_TABLE_NAME": "jobs",
    "HEADRACE_DEPLOYMENT_ID": "deployment",
}
IDENTITY = """\
<GetCallerIdentityResponse><GetCallerIdentityResult>
<Arn>arn:aws:iam::1:user/ann</Arn><UserId>A</UserId><Account>1</Account>
</GetCallerIdentityResult></GetCallerIdentityResponse>"""
DENIAL = """\
<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code>
<Message>no</Message></Error></ErrorResponse>"""


class NothingAllowed(BaseHTTPRequestHandler):
    """An AWS whose caller is known and may do nothing; it keeps what was asked."""

    asked: list[str]

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        target = self.headers.get("X-Amz-Target")
        self.asked.append(target or body)
        if target:
            self.answer(400, json.dumps({"__type": "AccessDeniedException"}))
        elif "GetCallerIdentity" in body:
            self.answer(200, IDENTITY)
        else:
            self.answer(403, DENIAL)

    def answer(self, status, text):
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_):
        """Say nothing."""


@pytest.fixture
def nothing_allowed():
    """The address of an AWS that denies everything, and what it was asked."""
    handler = type("Handler", (NothingAllowed,), {"asked": []})
    server = HTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", handler.asked
    server.shutdown()
    thread.join()
    server.server_close()


def consult(*arguments, **variables):
    nowhere = {"HEADRACE_STACK": None, "AWS_ENDPOINT_URL": None, "AWS_PROFILE": None}
    return CliRunner().invoke(
        root, ["doctor", *arguments], env={**nowhere, **NAMES, **variables}
    )


def test_what_the_caller_may_not_look_at_is_unknown_and_not_wrong(nothing_allowed):
    endpoint, asked = nothing_allowed

    done = consult("--json", "--no-canary", "--endpoint-url", endpoint)

    findings = json.loads(done.stdout)["findings"]
    assert {each["check"]: each["verdict"] for each in findings} == {
        "account": "well",
        "stack": "unknown",
        "request queue": "unknown",
        "table": "unknown",
    }
    assert findings[0]["said"] == "You are arn:aws:iam::1:user/ann, in eu-west-1."
    assert "You are not allowed to look at the table" in findings[3]["said"]
    assert done.exit_code == 0
    assert not any("SendMessage" in each for each in asked)


def test_a_canary_that_may_not_be_sent_is_wrong(nothing_allowed):
    endpoint, _ = nothing_allowed

    done = consult("--endpoint-url", endpoint)

    assert done.exit_code == 1
    assert "WRONG canary" in done.stdout
    assert "You are not allowed to send the request" in done.stdout
    assert done.stdout.splitlines()[-1] == (
        "Wrong: canary. Not looked at: stack, request queue, table."
    )


def test_an_aws_that_does_not_answer_ends_the_examination():
    port = choose_port(None, purpose="nothing", option="none")

    done = consult("--endpoint-url", f"http://127.0.0.1:{port}")

    assert done.exit_code == 3
    assert f"nothing answers at http://127.0.0.1:{port}" in done.stdout
    assert "Try: " in done.stdout
    assert done.stdout.splitlines()[-1] == "Wrong: account."


def test_a_missing_region_or_name_ends_the_examination():
    regionless = consult("--json", AWS_REGION=None, AWS_DEFAULT_REGION=None)
    nameless = consult("--json", HEADRACE_DEPLOYMENT_ID=None)

    assert (regionless.exit_code, nameless.exit_code) == (3, 3)
    [region] = json.loads(regionless.stdout)["findings"]
    assert region["said"] == "No AWS region is configured."
    [name] = json.loads(nameless.stdout)["findings"]
    assert name["check"] == "deployment"
    assert "HEADRACE_DEPLOYMENT_ID is not set" in name["said"]
