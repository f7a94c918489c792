"""Notes of what was dropped: who, when, why and what. On DynamoDB, in items of its own.

The body is kept beside its note, in parts, because one item takes 400 KB and a message
1 MiB. Parts are written first, so that a note never tells of a body that is not there.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from headrace.aws.attributes import (
    EPOCH_SECONDS,
    NUMBER,
    REQUIRED,
    TEXT,
    TIME,
    Attribute,
    read,
    written,
)
from headrace.aws.wire_values import binary, number, text
from headrace.errors import RecordUnreadable
from headrace.requests.secret_patterns import secret_kind
from headrace_client.aws_problems import speaking_to_aws

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from mypy_boto3_dynamodb import DynamoDBClient

    from headrace.aws.wire_values import Item
    from headrace_client.redrive.letters import About, DeadLetter
    from headrace_client.redrive.ports import LastError

PREFIX = "DROPPED#"
"""Of the partition key of every item here, and of no other item of the table."""

PART_BYTES_MAX = 350_000
"""Of a body in one item: Amazon DynamoDB Developer Guide, "Constraints": 400 KB."""

WHY_CHARACTERS_MAX = 1_000

_SCHEMA = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Dropped:
    """The note of a message that was dropped.

    Attributes:
        queue_name: The dead-letter queue that it was in.
        message_id: Its id there.
        dropped_at: When.
        dropped_by: Who, as AWS knows the person.
        why: In the person's words.
        body_sha256: Which body it was.
        body_bytes: Its size.
        parts: In how many items the body is kept; 0 where it is not.
        body: What is to be kept; None where it is not, and in a list of notes.
        sent_at: When the message was first sent.
        job_id, job_name, idempotency_key, tenant, task_arn: What it was about.
        last_error: What had gone wrong with it, where that is known.
    """

    queue_name: str
    message_id: str
    dropped_at: datetime
    dropped_by: str
    why: str
    body_sha256: str
    body_bytes: int
    sent_at: datetime
    parts: int = 0
    body: str | None = None
    job_id: str | None = None
    job_name: str | None = None
    idempotency_key: str | None = None
    tenant: str | None = None
    task_arn: str | None = None
    last_error: str | None = None


_NOTE = (
    Attribute("queue", "queue_name", TEXT, REQUIRED),
    Attribute("messageId", "message_id", TEXT, REQUIRED),
    Attribute("droppedAt", "dropped_at", TIME, REQUIRED),
    Attribute("droppedBy", "dropped_by", TEXT, REQUIRED),
    Attribute("why", "why", TEXT, REQUIRED),
    Attribute("bodySha256", "body_sha256", TEXT, REQUIRED),
    Attribute("bodyBytes", "body_bytes", NUMBER, REQUIRED),
    Attribute("sentAt", "sent_at", TIME, REQUIRED),
    Attribute("bodyParts", "parts", NUMBER, absent=0),
    Attribute("jobId", "job_id", TEXT),
    Attribute("jobName", "job_name", TEXT),
    Attribute("idempotencyKey", "idempotency_key", TEXT),
    Attribute("tenant", "tenant", TEXT),
    Attribute("taskArn", "task_arn", TEXT),
    Attribute("lastError", "last_error", TEXT),
)


def note_of(
    letter: DeadLetter,
    about: About,
    error: LastError | None,
    *,
    by: str,
    why: str,
    at: datetime,
) -> Dropped:
    """Return the note of a message that is to be dropped.

    A body with what looks like a credential is not kept, as none of a rejection is.
    """
    return Dropped(
        queue_name=letter.queue_name,
        message_id=letter.message_id,
        dropped_at=at,
        dropped_by=by,
        why=why,
        body_sha256=letter.body_sha256,
        body_bytes=letter.body_bytes,
        sent_at=letter.sent_at,
        body=letter.body if secret_kind(letter.body) is None else None,
        job_id=about.job_id,
        job_name=about.job_name,
        idempotency_key=about.idempotency_key,
        tenant=about.tenant,
        task_arn=about.task_arn,
        last_error=f"{error.error}: {error.detail}" if error else None,
    )


def note_to_item(dropped: Dropped, *, parts: int, expires_at: datetime) -> Item:
    """Return a note's item, whose body is in so many parts."""
    return {
        **_key(dropped.queue_name, dropped.message_id),
        "schema": number(_SCHEMA),
        **written(dropped, _NOTE),
        **({"bodyParts": number(parts)} if parts else {}),
        "expiresAt": EPOCH_SECONDS.write(expires_at),
    }


def parts_of(body: str | None) -> list[bytes]:
    """Return a body as it is kept: compressed, in parts that fit into items."""
    if body is None:
        return []
    packed = zlib.compress(body.encode("utf-8", "surrogatepass"), level=9)
    starts = range(0, len(packed), PART_BYTES_MAX)
    return [packed[start : start + PART_BYTES_MAX] for start in starts]


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteTable:
    """Notes in the job table; see `Notes`.

    Attributes:
        dynamodb: A low-level client.
        table_name: The table's.
        endpoint: Where the client connects, for error messages; None is AWS.
    """

    dynamodb: DynamoDBClient
    table_name: str
    endpoint: str | None = None

    def keep(self, dropped: Dropped, *, expires_at: datetime) -> Dropped:
        """See `Notes`."""
        parts = parts_of(dropped.body)
        for index, part in enumerate(parts):
            item = {
                **_part_key(dropped, index),
                "schema": number(_SCHEMA),
                "body": binary(part),
                "expiresAt": EPOCH_SECONDS.write(expires_at),
            }
            self._put_new(item)
        item = note_to_item(dropped, parts=len(parts), expires_at=expires_at)
        return _note_from(self._put_new(item) or item)

    def all(self, queue_name: str) -> Sequence[Dropped]:
        """See `Notes`; newest first."""
        request: Any = {
            "TableName": self.table_name,
            "KeyConditionExpression": "pk = :pk",
            "ExpressionAttributeValues": {":pk": text(f"{PREFIX}{queue_name}")},
        }
        notes: list[Dropped] = []
        while True:
            with speaking_to_aws("list what was dropped", endpoint=self.endpoint):
                page: Any = self.dynamodb.query(**request)
                notes += [_note_from(item) for item in page["Items"]]
            if "LastEvaluatedKey" not in page:
                return sorted(notes, key=lambda note: note.dropped_at, reverse=True)
            request["ExclusiveStartKey"] = page["LastEvaluatedKey"]

    def body(self, dropped: Dropped) -> str | None:
        """See `Notes`."""
        if not dropped.parts:
            return None
        packed = b""
        for index in range(dropped.parts):
            with speaking_to_aws("read the body", endpoint=self.endpoint):
                answer: Any = self.dynamodb.get_item(
                    TableName=self.table_name, Key=_part_key(dropped, index)
                )
            if "Item" not in answer:
                return None  # it has expired, a moment before its note
            packed += bytes(answer["Item"]["body"]["B"])
        return zlib.decompress(packed).decode("utf-8", "surrogatepass")

    def _put_new(self, item: Item) -> Item | None:
        """Store an item unless its key is taken; return what stands there then."""
        with speaking_to_aws("keep the note", endpoint=self.endpoint):
            try:
                self.dynamodb.put_item(
                    TableName=self.table_name,
                    Item=item,
                    ConditionExpression="attribute_not_exists(pk)",
                    ReturnValuesOnConditionCheckFailure="ALL_OLD",
                )
            except ClientError as error:
                response: Any = error.response
                if response["Error"]["Code"] != "ConditionalCheckFailedException":
                    raise
                standing: Item | None = response.get("Item")
                return standing
        return None


def _key(queue_name: str, message_id: str) -> Item:
    return {"pk": text(f"{PREFIX}{queue_name}"), "sk": text(message_id)}


def _part_key(dropped: Dropped, index: int) -> Item:
    pk = f"{PREFIX}{dropped.queue_name}#{dropped.message_id}"
    return {"pk": text(pk), "sk": text(f"BODY#{index}")}


def _note_from(item: Item) -> Dropped:
    try:
        return Dropped(**read(item, _NOTE))
    except ValueError as error:
        raise RecordUnreadable(f"note of a dropped message: {error}") from error
