"""The places of a port: memory, our own SDK clients over memory, and emulators."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from moto import mock_aws

from headrace_local.emulator import (
    EmulatorOptions,
    start_emulator,
    wait_until_emulator_ready,
)
from headrace_local.memory import VirtualClock
from headrace_local.memory_sdk import MemoryDynamoDb
from headrace_local.ports import LOOPBACK, choose_port
from network import allow_loopback
from tables import a_dynamodb_client, a_table

NOBODY = "http://127.0.0.1:9"  # the discard port: no task is asked about here


def pytest_itemcollected(item: pytest.Item) -> None:
    """Let the tests of this folder, and of no other, connect to this machine."""
    allow_loopback(item)


@dataclass(frozen=True, slots=True)
class Backend:
    """Where a port is kept: in memory, or in a fresh table of a DynamoDB.

    Attributes:
        kind: "memory_sdk" is the DynamoDB of `headrace_local.memory_sdk`.
    """

    kind: str
    client: Any = None
    table_name: str = ""


@pytest.fixture(scope="session")
def ministack_url(tmp_path_factory):
    """One emulator for the session, on a port that was free."""
    folder = tmp_path_factory.mktemp("ministack")
    port = choose_port(None, purpose="the emulator", option="none")
    process = start_emulator(
        EmulatorOptions(
            port=port,
            ecs_endpoint=NOBODY,
            scratch=folder,
            log=folder / "ministack.log",
            kept=None,
        )
    )
    try:
        wait_until_emulator_ready(process, port)
        yield f"http://{LOOPBACK}:{port}"
    finally:
        process.stop()


@pytest.fixture
def moto_client():
    with mock_aws():
        yield a_dynamodb_client()


@pytest.fixture(params=["memory", "memory_sdk", "moto", "ministack"])
def backend(request):
    """Each place where a port may be kept, empty."""
    if request.param == "memory":
        return Backend("memory")
    return _table_backend(request, request.param)


@pytest.fixture
def moto_table(moto_client):
    """An empty table inside this process."""
    return Backend("moto", moto_client, a_table(moto_client))


@pytest.fixture(params=["memory_sdk", "moto", "ministack"])
def table(request):
    """Each DynamoDB, with an empty table."""
    return _table_backend(request, request.param)


@pytest.fixture(params=["memory", "memory_sdk", "ministack"])
def racing_backend(request):
    """Each place that takes concurrent writes one after the other.

    moto is left out: it answers in the calling thread, without a lock, so that two
    writes may both find their condition true.
    """
    if request.param == "memory":
        return Backend("memory")
    return _table_backend(request, request.param)


def _table_backend(request, kind: str) -> Backend:
    if kind == "memory_sdk":
        client = MemoryDynamoDb(VirtualClock())
    elif kind == "moto":
        client = request.getfixturevalue("moto_client")
    else:
        client = a_dynamodb_client(request.getfixturevalue("ministack_url"))
    return Backend(kind, client, a_table(client))
