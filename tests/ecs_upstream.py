"""An emulator behind the local ECS, and a queue that a rule feeds, for tests."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import uuid
from contextlib import contextmanager
from pathlib import Path

from ecs_server import client
from processes import wait_for


@contextmanager
def emulator(folder):
    """Start ministack on a free port and give its URL."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "TMPDIR": str(folder),
        "GATEWAY_PORT": str(port),
        "BIND_HOST": "127.0.0.1",
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        "MINISTACK_ACCOUNT_ID": "123456789012",
    }
    command = [str(Path(sys.executable).parent / "ministack")]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(  # noqa: S603 - our own command line
            command, env=environment, cwd=folder, stdout=log, stderr=log
        )
        try:
            assert wait_for(lambda: answers(port), seconds=30)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(20)


def answers(port):
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


class Queue:
    """A queue that a rule feeds, read until what is waited for has come."""

    def __init__(self, upstream, pattern, **target):
        self.sqs = client("sqs", upstream)
        self.events = client("events", upstream)
        self.name = f"q-{uuid.uuid4().hex[:8]}"
        self.url = self.sqs.create_queue(QueueName=self.name)["QueueUrl"]
        arn = f"arn:aws:sqs:us-east-1:123456789012:{self.name}"
        self.events.put_rule(Name=self.name, EventPattern=json.dumps(pattern))
        targets = [{"Id": "1", "Arn": arn, **target}]
        self.events.put_targets(Rule=self.name, Targets=targets)
        self.bodies = []

    def receive(self):
        answer = self.sqs.receive_message(
            QueueUrl=self.url, MaxNumberOfMessages=10, WaitTimeSeconds=0
        )
        for each in answer.get("Messages", ()):
            self.bodies.append(json.loads(each["Body"]))
            self.sqs.delete_message(
                QueueUrl=self.url, ReceiptHandle=each["ReceiptHandle"]
            )
        return self.bodies

    def holds(self, number, seconds=10):
        wait_for(lambda: len(self.receive()) >= number, seconds=seconds)
        return self.bodies

    def close(self):
        self.events.remove_targets(Rule=self.name, Ids=["1"])
        self.events.delete_rule(Name=self.name)
