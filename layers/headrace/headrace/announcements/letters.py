"""Dead letters: what could not be announced, whole, so that it can be another time.

A letter holds no task token, which would make everybody who reads it able to answer
for the job: who waits is in the record, and is read there again.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from headrace.announcements.event import Announcement
from headrace.instants import to_text

BODY_BYTES_MAX = 1_048_576
"""Amazon SQS Developer Guide, "Message quotas": 1 MiB."""

_TOKENS = frozenset({"taskToken", "taskTokens"})
_IMAGES = ("OldImage", "NewImage")


class LetterKind(StrEnum):
    """What a letter holds."""

    EVENT = "event"
    ANSWER = "answer"
    RECORD = "record"


def event_letter(announcement: Announcement, why: str) -> str:
    """Return the letter of an event that could not be published."""
    return json.dumps(
        {
            "kind": LetterKind.EVENT,
            "why": why,
            "about": announcement.about,
            "at": to_text(announcement.at),
            "detail": announcement.detail,
        }
    )


def answer_letter(about: str, why: str) -> str:
    """Return the letter of a job, or a rejection, whose tokens must be answered."""
    return json.dumps({"kind": LetterKind.ANSWER, "why": why, "about": about})


def record_letter(record: Mapping[str, Any], why: str) -> str:
    """Return the letter of a record of the stream that could not be read.

    One too large for a message is cut down to its keys, by which the item is found.
    """
    change = dict(record.get("dynamodb", {}))
    for image in _IMAGES:
        if isinstance(change.get(image), Mapping):
            change[image] = {
                name: value
                for name, value in change[image].items()
                if name not in _TOKENS
            }
    kept = {**record, "dynamodb": change}
    body = json.dumps({"kind": LetterKind.RECORD, "why": why, "record": kept})
    if len(body) > BODY_BYTES_MAX:
        kept = {"eventID": record.get("eventID"), "dynamodb": _without_images(change)}
        body = json.dumps({"kind": LetterKind.RECORD, "why": why, "record": kept})
    return body


def _without_images(change: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in change.items() if name not in _IMAGES}
