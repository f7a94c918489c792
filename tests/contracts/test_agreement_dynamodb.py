"""Our DynamoDB in memory answers as the emulators do, but where AWS does otherwise."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from hypothesis import strategies as st
from moto import mock_aws

from agreement import (
    Difference,
    Explained,
    Pair,
    answer_of,
    every,
    prefixed,
)
from agreement_exceptions import DYNAMODB
from agreement_requests import SEQUENCES, TABLE
from builders import NOW, a_job, a_rejection
from definition_builders import a_registered
from headrace.aws.definition_table import DefinitionTable
from headrace.aws.job_table import JobTable
from headrace.aws.launch_budget_table import LaunchBudgetTable
from headrace.aws.sweep_table import SweepTable
from headrace.errors import DefinitionMoved, JobMoved, RecordMissing
from headrace.jobs.job import Job, JobStatus
from headrace.launches.budget import LaunchRate
from headrace.launches.sweep import Sweep
from headrace.ports import Backlog, JobQuery, StoredRejection
from headrace_local.memory import VirtualClock
from headrace_local.memory_sdk import MemoryDynamoDb
from stores import a_sighting
from tables import a_dynamodb_client, a_table

SEQUENCES_OF = {"moto": 120, "ministack": 60}
CALLS_MIN = {"moto": 600, "ministack": 400}
"""Of these at least the answers must have been compared: a table of exceptions that
explains everything would show nothing."""


class OneTable:
    """A client whose tables are all the one table that it has."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self._table_name = a_table(client)

    def __getattr__(self, method: str) -> Any:
        def called(**arguments: Any) -> Any:
            real = renamed(arguments, TABLE, self._table_name)
            return renamed(
                getattr(self._client, method)(**real), self._table_name, TABLE
            )

        return called


def renamed(value: Any, old: str, new: str) -> Any:
    """Return arguments or an answer with another table's name."""
    if isinstance(value, dict):
        return {
            renamed(name, old, new): renamed(part, old, new)
            for name, part in value.items()
        }
    if isinstance(value, list):
        return [renamed(part, old, new) for part in value]
    return new if value == old else value


@pytest.fixture(scope="module", params=["moto", "ministack"])
def who(request):
    return request.param


@pytest.fixture(scope="module")
def other(who, request):
    if who == "ministack":
        yield OneTable(a_dynamodb_client(request.getfixturevalue("ministack_url")))
    else:
        with mock_aws():
            yield OneTable(a_dynamodb_client())


@pytest.fixture
def ours():
    return OneTable(MemoryDynamoDb(VirtualClock()))


def test_generated_sequences_of_requests_are_answered_alike(who, other, ours):
    pair = Pair(ours, other, who, DYNAMODB)
    numbers = count()

    def check(sequence):
        prefix = f"{who}-{next(numbers)}-"
        try:
            for call in sequence:
                pair.agree(tuple(prefixed(call, prefix)))
        except Explained:
            return

    every(SEQUENCES, check, count=SEQUENCES_OF[who])
    assert pair.calls >= CALLS_MIN[who]


@pytest.mark.parametrize("difference", DYNAMODB, ids=lambda each: each.aws[:40])
def test_a_documented_difference_still_exists(difference: Difference, who, other, ours):
    prefix = f"difference-{DYNAMODB.index(difference)}-"
    *before, shown = (tuple(prefixed(call, prefix)) for call in difference.calls)
    for call in before:
        assert answer_of(ours, call) == answer_of(other, call)
    differs = answer_of(ours, shown) != answer_of(other, shown)
    assert differs == (who in difference.who)


# --- What the adapters really send ------------------------------------------------

JOBS = st.integers(0, 2)
OPERATIONS = st.lists(
    st.one_of(
        st.tuples(st.just("accept"), JOBS, st.sampled_from(JobStatus)),
        st.tuples(st.just("replace"), JOBS, st.sampled_from(JobStatus), st.booleans()),
        st.tuples(
            st.just("note"),
            JOBS,
            st.sampled_from((JobStatus.RUNNING, JobStatus.SUCCEEDED)),
            st.integers(1, 9),
        ),
        st.tuples(st.just("due"), st.integers(1, 50)),
        st.tuples(st.just("ready"), st.integers(1, 5)),
        st.tuples(st.just("page"), st.booleans(), st.integers(1, 5)),
        st.tuples(st.just("reject"), JOBS),
        st.tuples(st.just("reserve"), st.integers(1, 4)),
        st.tuples(st.just("enlist"), st.sets(st.sampled_from("abc"))),
        st.tuples(st.just("dismiss"), st.sampled_from("abc"), st.integers(0, 3)),
        st.tuples(st.just("sweep"), st.sets(st.sampled_from("abc")), st.booleans()),
        st.tuples(st.just("register"), st.integers(1, 3)),
        st.tuples(st.just("activate"), st.integers(1, 3)),
    ),
    min_size=8,
    max_size=16,
)
WAITING = timedelta(seconds=30)
ADAPTER_SEQUENCES_OF = {"moto": 50, "ministack": 30}
ADAPTER_CALLS_MIN = {"moto": 500, "ministack": 300}


class Adapters:
    """Every adapter over one table, with a tenant and names of its own.

    Args:
        client: Of DynamoDB.
        own: Tells one sequence's records from another's.
    """

    def __init__(self, client: Any, own: str) -> None:
        self._own = own
        self._jobs = JobTable(client, TABLE)
        self._budget = LaunchBudgetTable(client, TABLE, LaunchRate(1, 3))
        self._sweeps = SweepTable(client, TABLE)
        self._definitions = DefinitionTable(client, TABLE)
        self._now = NOW

    def do(self, operation: str, *arguments: Any) -> None:
        """Do one thing, later than the one before; that it is refused is an answer."""
        self._now += timedelta(seconds=1)
        with suppress(JobMoved, DefinitionMoved, RecordMissing):
            getattr(self, f"_{operation}")(*arguments)

    def _job(self, number: int, **fields: Any) -> Job:
        return a_job(tenant=self._own, idempotency_key=f"r-{number}", **fields)

    def _accept(self, number: int, status: JobStatus) -> None:
        self._jobs.accept(self._job(number, status=status))

    def _replace(self, number: int, status: JobStatus, is_late: bool) -> None:  # noqa: FBT001 - drawn
        before = self._jobs.get(self._job(number).job_id)
        if before is None:
            return
        after = replace(
            self._job(number, status=status),
            revision=before.revision + 1,
            operation_id=f"operation-{self._now}",
            is_ready=status is JobStatus.RUNNABLE,
        )
        if is_late:
            before = replace(before, revision=before.revision + 7)
        self._jobs.replace(before, after)

    def _note(self, number: int, status: JobStatus, version: int) -> None:
        job_id = self._job(number).job_id
        operation_id = f"operation-{self._now}"
        self._jobs.note(
            a_sighting(
                status, job_id=job_id, version=version, operation_id=operation_id
            )
        )

    def _due(self, limit: int) -> None:
        self._jobs.due(until_at=NOW + timedelta(days=2), limit=limit)

    def _ready(self, limit: int) -> None:
        self._jobs.ready(self._own, limit=limit)

    def _page(self, is_by_name: bool, limit: int) -> None:  # noqa: FBT001 - drawn
        name = "report" if is_by_name else None
        self._jobs.page(JobQuery(tenant=self._own, job_name=name, limit=limit))

    def _reject(self, number: int) -> None:
        stored = StoredRejection(f"{self._own}-{number}", self._now, a_rejection())
        self._jobs.reject(stored, expires_at=NOW + timedelta(days=35))
        self._jobs.rejection(stored.message_id)

    def _reserve(self, wanted: int) -> None:
        self._budget.reserve(wanted, now=self._now)
        self._budget.hold(self._now + WAITING)

    def _enlist(self, tenants: set[str]) -> None:
        self._budget.enlist(frozenset(tenants), now=self._now)

    def _dismiss(self, tenant: str, revision: int) -> None:
        seen = Backlog(
            until_at=None, tenants=frozenset(), revision=revision, enlisted_at=None
        )
        self._budget.dismiss(tenant, seen=seen)

    def _sweep(self, found: set[str], has_more: bool) -> None:  # noqa: FBT001 - drawn
        sweep = Sweep(
            family=self._own,
            began_at=self._now,
            sought=frozenset("abc"),
            found=frozenset(found),
            cursor="page-2" if has_more else None,
        )
        self._sweeps.save(sweep)
        self._sweeps.load(self._own)

    def _register(self, version: int) -> None:
        registered = replace(a_registered(name=self._own), version=version)
        self._definitions.register(registered)

    def _activate(self, version: int) -> None:
        self._definitions.activate(self._own, version)
        self._definitions.active([self._own])


def test_what_the_adapters_send_is_answered_alike(who, other, ours):
    pair = Pair(ours, other, who, DYNAMODB)
    numbers = count()

    def check(operations):
        adapters = Adapters(pair, f"{who}-{next(numbers)}")
        try:
            for operation in operations:
                adapters.do(*operation)
        except Explained:
            return

    every(OPERATIONS, check, count=ADAPTER_SEQUENCES_OF[who])
    assert pair.calls >= ADAPTER_CALLS_MIN[who]
