"""The deployment's table, as template.yaml defines it, in any DynamoDB."""

from __future__ import annotations

from uuid import uuid4

import boto3
from botocore.config import Config

from builders import REGION
from expanded_template import source

_OF_CREATE_TABLE = ("AttributeDefinitions", "BillingMode", "GlobalSecondaryIndexes")
_KEYS = ("KeySchema",)


def a_table(client) -> str:
    """Create the table with its keys and indexes; return its name."""
    properties = source()["Resources"]["JobTable"]["Properties"]
    name = f"jobs-{uuid4().hex}"
    client.create_table(
        TableName=name,
        **{part: properties[part] for part in (*_OF_CREATE_TABLE, *_KEYS)},
    )
    return name


def a_dynamodb_client(endpoint_url: str | None = None, *, attempts: int = 1):
    """Return a client that talks to an emulator, or to moto inside this process."""
    return boto3.session.Session().client(
        "dynamodb",
        region_name=REGION,
        endpoint_url=endpoint_url,
        aws_access_key_id="123456789012",
        aws_secret_access_key="test",
        config=Config(
            connect_timeout=5,
            read_timeout=20,
            max_pool_connections=32,
            retries={"mode": "standard", "total_max_attempts": attempts},
        ),
    )


def stored_item(client, table_name: str, pk: str, sk: str = "META"):
    """Return an item as outsiders read it, with plain get_item."""
    key = {"pk": {"S": pk}, "sk": {"S": sk}}
    answer = client.get_item(TableName=table_name, Key=key, ConsistentRead=True)
    return answer.get("Item")
