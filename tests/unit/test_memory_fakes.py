"""The fakes' own means: faults on demand, virtual time, repeatable ids."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import cycle

import pytest

from builders import NOW, a_job
from headrace.errors import StoreBusy
from headrace_local.memory import (
    CollectedSignals,
    CollectedWaker,
    Faults,
    MemoryJobStore,
    Moment,
    SeededIds,
    Signal,
    VirtualClock,
)

JOB = a_job()


def test_a_fault_before_a_write_leaves_the_store_as_it_was():
    store = MemoryJobStore()
    store.faults.plan("accept", Moment.BEFORE)
    with pytest.raises(StoreBusy):
        store.accept(JOB)
    assert store.jobs() == []


def test_a_fault_after_a_write_leaves_it_done():
    store = MemoryJobStore()
    store.faults.plan("accept", Moment.AFTER)
    with pytest.raises(StoreBusy):
        store.accept(JOB)
    assert store.jobs() == [JOB]


def test_a_write_that_is_tried_again_after_either_fault_is_our_own():
    for moment in Moment:
        store = MemoryJobStore()
        store.faults.plan("accept", moment)
        with pytest.raises(StoreBusy):
            store.accept(JOB)
        assert store.accept(JOB).is_new
        changed = replace(JOB, revision=2, operation_id="mine")
        store.faults.plan("replace", moment)
        with pytest.raises(StoreBusy):
            store.replace(JOB, changed)
        store.replace(JOB, changed)
        assert store.get(JOB.job_id) == changed


def test_faults_hit_the_calls_they_were_planned_for():
    store = MemoryJobStore()
    store.faults.plan("get", None, Moment.BEFORE)
    assert store.get(JOB.job_id) is None
    assert store.rejection("message-1") is None
    with pytest.raises(StoreBusy, match="get: refused on demand"):
        store.get(JOB.job_id)
    assert store.get(JOB.job_id) is None


def test_a_simulation_decides_from_its_own_randomness():
    fates = cycle([None, Moment.BEFORE])
    store = MemoryJobStore(Faults(lambda _method: next(fates)))
    outcomes = []
    for _ in range(4):
        try:
            store.get(JOB.job_id)
            outcomes.append("fine")
        except StoreBusy:
            outcomes.append("busy")
    assert outcomes == ["fine", "busy", "fine", "busy"]


def test_virtual_time_moves_only_when_told():
    clock = VirtualClock(NOW)
    assert clock.now() == NOW
    clock.advance(1.5)
    clock.pause(0.5)
    assert clock.now() == NOW + timedelta(seconds=2)


def test_virtual_time_never_runs_backwards():
    clock = VirtualClock(NOW)
    clock.advance_to(NOW - timedelta(days=1))
    assert clock.now() == NOW
    clock.advance_to(NOW + timedelta(days=1))
    assert clock.now() == NOW + timedelta(days=1)
    with pytest.raises(ValueError, match="seconds: must be at least 0, but is -1"):
        clock.advance(-1)


def drawn(ids):
    return [(ids.operation_id(), ids.fraction()) for _ in range(5)]


def test_the_same_seed_gives_the_same_ids():
    assert drawn(SeededIds(7)) == drawn(SeededIds(7))
    assert drawn(SeededIds(7)) != drawn(SeededIds(8))


def test_no_two_ids_are_alike():
    operations, fractions = zip(*drawn(SeededIds(7)), strict=True)
    assert len(set(operations)) == 5
    assert all(0 <= fraction < 1 for fraction in fractions)


def test_signals_are_kept_in_order():
    signals = CollectedSignals()
    signals.emit("a", number=1)
    signals.emit("b")
    signals.emit("a", number=2)
    assert signals.of("a") == [Signal("a", {"number": 1}), Signal("a", {"number": 2})]
    assert [signal.event for signal in signals.all()] == ["a", "b", "a"]


def test_a_wake_is_taken_once():
    waker = CollectedWaker()
    waker.wake()
    waker.wake(stray_task_arns=["arn"])
    assert waker.take() == [(), ("arn",)]
    assert waker.take() == []
