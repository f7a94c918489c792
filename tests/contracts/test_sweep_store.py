"""What every `SweepStore` promises, in memory and in each DynamoDB."""

from __future__ import annotations

import pytest

from builders import NOW
from headrace.aws.sweep_table import SweepTable
from headrace.launches.sweep import Sweep
from headrace_local.memory import MemorySweeps


@pytest.fixture
def store(backend):
    if backend.kind == "memory":
        return MemorySweeps()
    return SweepTable(backend.client, backend.table_name)


def a_sweep(**changes):
    fields = {
        "family": "headrace-job-report",
        "began_at": NOW,
        "sought": frozenset({"a-1-1", "b-1-1"}),
        "found": frozenset({"a-1-1"}),
        "cursor": "page-2",
    }
    return Sweep(**(fields | changes))


def test_there_is_no_sweep_before_one_is_kept(store):
    assert store.load("headrace-job-report") is None


@pytest.mark.parametrize("found", [frozenset(), frozenset({"a-1-1", "b-1-1"})])
@pytest.mark.parametrize("cursor", [None, "page-2"])
def test_an_unfinished_sweep_comes_back_as_it_was(store, found, cursor):
    kept = a_sweep(found=found, cursor=cursor)
    store.save(a_sweep())
    store.save(kept)

    assert store.load(kept.family) == kept
    assert store.load("headrace-job-other") is None


def test_a_complete_sweep_is_not_taken_up_again(store):
    store.save(a_sweep())
    store.save(a_sweep(cursor=None, is_complete=True))

    assert store.load("headrace-job-report") is None
