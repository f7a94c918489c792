"""A failing schedule loses the faults that have nothing to do with its failure."""

from __future__ import annotations

from headrace_local.simulation.schedules import Report
from headrace_local.simulation.shrinking import shrunk

KEYS = tuple(f"KILL_AFTER@dispatch-{n}" for n in range(40))


def a_report(keys, violation):
    return Report(
        seed=7,
        trace_hash="0",
        faults={"KILL_AFTER": len(keys)},
        fault_keys=tuple(keys),
        statuses={},
        violation=violation,
    )


def a_run(needed, *, otherwise=None):
    def run(spared):
        left = [key for key in KEYS if key not in spared]
        fails = needed <= set(left)
        return a_report(left, "I1: two tasks live" if fails else otherwise)

    return run


def test_the_faults_that_it_takes_are_left():
    needed = {KEYS[3], KEYS[17], KEYS[38]}
    small = shrunk(a_report(KEYS, "I1: two tasks live"), a_run(needed))
    assert set(small.fault_keys) == needed


def test_another_invariant_is_another_failure():
    needed = {KEYS[3]}
    run = a_run(needed, otherwise="I7: a message vanished")
    small = shrunk(a_report(KEYS, "I1: two tasks live"), run)
    assert small.violation == "I1: two tasks live"
    assert set(small.fault_keys) == needed


def test_a_schedule_that_fails_without_faults_loses_all_of_them():
    small = shrunk(a_report(KEYS, "I1: two tasks live"), a_run(set()))
    assert small.fault_keys == ()
