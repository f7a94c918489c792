"""What Lambda hands to announce for changes of the table."""

from __future__ import annotations

import json
from base64 import b64encode
from itertools import count
from typing import Any

from headrace.aws.job_item import to_item
from headrace.aws.rejection_item import rejection_to_item
from headrace.jobs.job import Job
from headrace.ports import StoredRejection

_NUMBERS = count(1)


def job_change(before: Job | None, after: Job) -> dict[str, Any]:
    """Return the record of a write of a job."""
    return change(to_item(before) if before else None, to_item(after))


def rejection_change(stored: StoredRejection) -> dict[str, Any]:
    """Return the record of a stored rejection."""
    return change(None, rejection_to_item(stored, expires_at=stored.rejected_at))


def change(before: dict[str, Any] | None, after: dict[str, Any]) -> dict[str, Any]:
    """Return a record as Lambda writes it: JSON, and bytes as text."""
    images = {"NewImage": _plain(after)} | (
        {"OldImage": _plain(before)} if before else {}
    )
    record = {
        "eventID": f"event-{next(_NUMBERS)}",
        "eventName": "MODIFY" if before else "INSERT",
        "eventSource": "aws:dynamodb",
        "dynamodb": {
            "Keys": {name: after[name] for name in ("pk", "sk")},
            "SequenceNumber": f"{next(_NUMBERS):021}",
            "StreamViewType": "NEW_AND_OLD_IMAGES",
            **images,
        },
    }
    return json.loads(json.dumps(record))


def _plain(item: dict[str, Any]) -> dict[str, Any]:
    return {
        name: {"B": b64encode(value["B"]).decode()} if "B" in value else value
        for name, value in item.items()
    }
