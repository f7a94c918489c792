"""The functions' handlers, found as Lambda finds them, and what AWS passes to them."""

from __future__ import annotations

import hashlib
import importlib.util
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from builders import ACCOUNT_ID, REGION
from headrace_local.template import read_template

ROOT = Path(__file__).parents[1]
TEMPLATE = read_template(ROOT / "template.yaml")


class Context:
    """What AWS passes beside the event."""

    aws_request_id = "request-1"

    def __init__(self, milliseconds: int = 60_000) -> None:
        self._milliseconds = milliseconds

    def get_remaining_time_in_millis(self) -> int:
        """Return how long the invocation may still take."""
        return self._milliseconds


def handler_of(stage: str) -> Callable[..., dict[str, Any]]:
    """Return a function's handler, found by what the template says."""
    properties = TEMPLATE["Resources"][f"{stage.capitalize()}Function"]["Properties"]
    handler = TEMPLATE["Globals"]["Function"]["Handler"]
    module_name, function_name = handler.split(".")
    path = ROOT / properties["CodeUri"] / f"{module_name}.py"
    spec = importlib.util.spec_from_file_location(f"{stage}_{module_name}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    found: Callable[..., dict[str, Any]] = getattr(module, function_name)
    return found


def queue_event(queue: str, bodies: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """Return what Lambda gets for messages of a queue, given as ids and bodies.

    Written and read as JSON on the way, as Lambda does with every event.
    """
    records = [
        {
            "messageId": message_id,
            "receiptHandle": f"handle-of-{message_id}",
            "body": body,
            "attributes": {
                "ApproximateReceiveCount": "1",
                "SentTimestamp": "1767225600000",
                "SenderId": "AIDAEXAMPLE000000000",
                "ApproximateFirstReceiveTimestamp": "1767225600010",
            },
            "messageAttributes": {},
            "md5OfBody": hashlib.md5(  # noqa: S324 - what SQS sends
                body.encode("utf-8", "surrogatepass")
            ).hexdigest(),
            "eventSource": "aws:sqs",
            "eventSourceARN": f"arn:aws:sqs:{REGION}:{ACCOUNT_ID}:{queue}",
            "awsRegion": REGION,
        }
        for message_id, body in bodies
    ]
    event: dict[str, Any] = json.loads(json.dumps({"Records": records}))
    return event
