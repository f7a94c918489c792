"""Keeps the newest state of each job, however often and in whichever order events come.

The key of an event is its job and its `sequence`: one that is not newer than what is
kept is a duplicate, or came late, and changes nothing.
"""

from __future__ import annotations

import json
import os
from typing import Any

import boto3
from botocore.exceptions import ClientError

NEWER = "attribute_not_exists(#sequence) OR #sequence < :sequence"


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Take a batch; name the messages to deliver again."""
    table = boto3.resource("dynamodb").Table(os.environ["STATE_TABLE_NAME"])
    failed = []
    for record in event["Records"]:
        try:
            detail = json.loads(record["body"])["detail"]
            if is_news(table, detail):
                act_on(detail)
        except Exception as error:  # noqa: BLE001 - one bad event must not stop the others
            print(f"{record['messageId']}: {error!r}")
            failed.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failed}


def is_news(table: Any, detail: dict[str, Any]) -> bool:  # noqa: ANN401 - boto3's
    """Keep an event's state, if it is newer than the one that is kept."""
    try:
        table.update_item(
            Key={"id": detail.get("jobId") or detail["messageId"]},
            UpdateExpression="SET #sequence = :sequence, #status = :status, #at = :at",
            ConditionExpression=NEWER,
            ExpressionAttributeNames={
                "#sequence": "sequence",
                "#status": "status",
                "#at": "at",
            },
            ExpressionAttributeValues={
                ":sequence": detail["sequence"],
                ":status": detail["status"],
                ":at": detail["at"],
            },
        )
    except ClientError as error:
        if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
            raise
        return False
    return True


def act_on(detail: dict[str, Any]) -> None:
    """Do what should follow a job's end; here, say so.

    It comes after the state was kept, so it happens at most once. Where it must happen
    at least once, act first, and let what you do bear a repetition.
    """
    about = detail.get("jobId") or detail["messageId"]
    print(f"{about} is {detail['status']}: {detail.get('summary', '')}")
