"""Virtual time: the order of things, greenlets, and sudden ends."""

from __future__ import annotations

import gc
import weakref
from functools import partial

import pytest

from headrace_local.simulation.invocations import Crew, Invocation
from headrace_local.simulation.loop import Loop


@pytest.fixture
def loop():
    return Loop()


@pytest.fixture
def invocation(loop):
    return Invocation(loop, "dispatch-1", {}, deadline_seconds=60)


def crew_of(invocation, loop):
    crew = Crew(loop)
    crew.invocation = invocation
    return crew


def test_actions_come_in_the_order_of_their_moments_and_then_of_their_making(loop):
    done = []
    loop.after(2, partial(done.append, "late"))
    loop.after(1, partial(done.append, "first"))
    loop.after(1, partial(done.append, "second"))
    loop.run(until_seconds=5)
    assert done == ["first", "second", "late"]
    assert loop.elapsed_seconds == 5


def test_a_cancelled_action_is_not_done(loop):
    done = []
    loop.after(1, partial(done.append, "never")).cancel()
    loop.run(until_seconds=5)
    assert done == []


def test_a_greenlet_waits_in_virtual_time(loop, invocation):
    moments = []

    def work():
        invocation.wait(3)
        moments.append(loop.elapsed_seconds)

    invocation.spawn(work)
    loop.run(until_seconds=10)
    assert moments == [3]


def test_a_dead_invocation_does_not_wake(loop, invocation):
    done = []

    def work():
        invocation.wait(3)
        done.append("woke")

    invocation.spawn(work)
    loop.after(2, partial(invocation.die, "killed"))
    loop.run(until_seconds=10)
    assert done == []


def test_a_dead_invocation_does_not_clean_up_either(loop, invocation):
    """A killed process runs no `finally`; nothing that it would send is sent."""
    cleaned_up = []

    def work():
        try:
            invocation.wait(3)
        finally:
            cleaned_up.append("finally")

    invocation.spawn(work)
    loop.after(2, partial(invocation.die, "killed"))
    loop.run(until_seconds=10)
    assert cleaned_up == []


def test_steps_of_a_crew_overlap_up_to_its_size(loop, invocation):
    crew, ended = crew_of(invocation, loop), []

    def step(name):
        invocation.wait(1)
        return f"{name} at {loop.elapsed_seconds:.0f}"

    def work():
        steps = [partial(step, name) for name in "abcde"]
        ended.extend(each.result() for each in crew.run(steps, at_once_max=2))

    invocation.spawn(work)
    loop.run(until_seconds=10)
    assert ended == ["a at 1", "b at 1", "c at 2", "d at 2", "e at 3"]


def test_what_a_step_raises_is_its_own(loop, invocation):
    crew, ended = crew_of(invocation, loop), []

    def fails():
        raise ValueError("mine")

    def work():
        ended.extend(crew.run([fails, lambda: "fine"], at_once_max=2))

    invocation.spawn(work)
    loop.run(until_seconds=1)
    failed, fine = ended
    assert isinstance(failed.exception(), ValueError)
    assert fine.result() == "fine"


def test_a_closed_loop_keeps_nothing_of_what_still_waits(loop, invocation):
    class Kept:
        """Something that only a waiting greenlet holds."""

    held = []

    def work():
        mine = Kept()
        held.append(weakref.ref(mine))
        invocation.wait(30)
        held.append(mine)

    invocation.spawn(work)
    loop.run(until_seconds=1)
    assert held[0]() is not None
    loop.close()
    gc.collect()
    assert held[0]() is None


def test_a_crew_of_a_dead_invocation_ends_nothing(loop, invocation):
    crew, ended = crew_of(invocation, loop), []

    def work():
        steps = [partial(invocation.wait, 3)] * 4
        ended.append(crew.run(steps, at_once_max=2))

    invocation.spawn(work)
    loop.after(4, partial(invocation.die, "out of time"))
    loop.run(until_seconds=20)
    assert ended == []
