"""Clients of a local ECS over HTTP, for tests."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from typing import Any

import boto3
from botocore.config import Config

CREDENTIALS = {
    "region_name": "us-east-1",
    "aws_access_key_id": "test",
    "aws_secret_access_key": "test",
}
TARGET = "AmazonEC2ContainerServiceV20141113"


def ecs_client(url: str) -> Any:
    """Return a boto3 client that makes one attempt a call."""
    return client("ecs", url)


def client(service: str, url: str) -> Any:
    """Return a boto3 client of any service that makes one attempt a call."""
    config = Config(retries={"total_max_attempts": 1}, read_timeout=20)
    return boto3.client(service, endpoint_url=url, config=config, **CREDENTIALS)


def post(url: str, operation: str, body: Any) -> tuple[int, dict[str, Any]]:
    """Send one request of the wire protocol; return status and answer."""
    text = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = {
        "X-Amz-Target": f"{TARGET}.{operation}",
        "Content-Type": "application/x-amz-json-1.1",
    }
    return exchange("POST", url, text, headers)


def control(
    method: str, url: str, path: str, body: Any = None
) -> tuple[int, dict[str, Any]]:
    """Make one request of the control path; return status and answer."""
    text = None if body is None else json.dumps(body).encode()
    return exchange(method, f"{url}/_headrace/ecs/{path}", text, {})


def exchange(
    method: str, url: str, body: bytes | None, headers: dict[str, str]
) -> tuple[int, dict[str, Any]]:
    """Make one HTTP request; return status and answer."""
    request = urllib.request.Request(url, body, headers, method=method)  # noqa: S310 - a server of this test
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310 - ditto
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.load(error)
