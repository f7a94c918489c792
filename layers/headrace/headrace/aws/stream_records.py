"""From what invokes announce to what it is told: the stream, letters, replays.

Decides nothing about jobs.
"""

from __future__ import annotations

import json
from base64 import b64decode
from typing import TYPE_CHECKING, Any

from headrace.announcements.event import Announcement
from headrace.announcements.letters import LetterKind, record_letter
from headrace.aws import table_keys as keys
from headrace.aws.job_item import from_item
from headrace.aws.rejection_item import rejection_from_item
from headrace.errors import RecordUnreadable
from headrace.instants import from_text
from headrace.stages.told import Change, Kept, Owed, Rejected, Replay, Unreadable

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from headrace.aws.wire_values import Item
    from headrace.stages.told import Told

_UNREADABLE = (RecordUnreadable, KeyError, TypeError, ValueError, AttributeError)


def read_told(event: Mapping[str, Any]) -> list[Told]:
    """Read an invocation's event: records of the stream, or what operators ask for.

    `replay` names jobs whose events are wanted again, `letters` holds the bodies of
    dead letters.
    """
    told = [each for record in event.get("Records", ()) for each in _record(record)]
    told += [Replay(f"replay-{job_id}", job_id) for job_id in event.get("replay", ())]
    for number, body in enumerate(event.get("letters", ())):
        told += _letter(f"letter-{number}", body)
    return told


def _record(record: Mapping[str, Any]) -> list[Told]:
    """Read one record; whatever is wrong with it concerns no other."""
    record_id = str(record.get("dynamodb", {}).get("SequenceNumber", ""))
    try:
        return list(_changes(record, record_id))
    except _UNREADABLE as error:
        problem = f"{type(error).__name__}: {error}"
        return [Unreadable(record_id, record_letter(record, problem), problem)]


def _changes(record: Mapping[str, Any], record_id: str) -> Iterable[Told]:
    change = record["dynamodb"]
    kind = change["Keys"]["pk"]["S"].partition("#")[0] + "#"
    if record.get("eventName") == "REMOVE":
        return  # the record's time was over
    image = _plain(change["NewImage"])
    if kind == keys.JOB_PREFIX:
        old = change.get("OldImage")
        before = from_item(_plain(old)) if old else None
        yield Change(record_id, before, from_item(image))
    elif kind == keys.REJECTION_PREFIX:
        yield Rejected(record_id, rejection_from_item(image))


def _letter(record_id: str, body: str) -> Sequence[Told]:
    """Read one dead letter.

    Raises:
        ValueError: It is no letter of ours: whoever sends it should hear of it.
    """
    letter = json.loads(body)
    if letter.get("kind") not in {str(kind) for kind in LetterKind}:
        raise ValueError(
            "letters: must be of announce's own making, with a kind; this one is not:"
            " drop it, and replay the jobs of its time"
        )
    match LetterKind(letter["kind"]):
        case LetterKind.EVENT:
            at = from_text(letter["at"])
            event = Announcement(letter["about"], at, letter["detail"])
            return [Kept(record_id, event)]
        case LetterKind.ANSWER:
            return [Owed(record_id, letter["about"])]
        case LetterKind.RECORD:
            # Letters have no tokens; who waits stands in the table.
            record = letter["record"]
            change = {**record["dynamodb"], "SequenceNumber": record_id}
            about = change["Keys"]["pk"]["S"].partition("#")[2]
            return [*_record({**record, "dynamodb": change}), Owed(record_id, about)]


def _plain(image: Mapping[str, Any]) -> Item:
    """Return an image as DynamoDB's client gives items: Lambda writes bytes as text."""
    return {name: _value(value) for name, value in image.items()}


def _value(value: Any) -> Any:  # noqa: ANN401 - wire values nest
    if not isinstance(value, dict):
        return value
    if isinstance(value.get("B"), str):
        return {"B": b64decode(value["B"], validate=True)}
    if "M" in value:
        return {"M": {name: _value(each) for name, each in value["M"].items()}}
    if "L" in value:
        return {"L": [_value(each) for each in value["L"]]}
    return value
