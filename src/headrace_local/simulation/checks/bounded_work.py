"""I9: no invocation makes more calls than its work explains."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headrace_local.simulation.checks.check import Check

if TYPE_CHECKING:
    from headrace_local.simulation.invocations import Invocation

CALLS_AT_LEAST = 330
CALLS_PER_JOB_MAX = 60
"""A drain that waits for the budget looks at the backlog once a second."""


class BoundedWork(Check):
    """Asked when an invocation ends."""

    name = "I9"
    promise = "no invocation makes more calls than its work explains"

    def on_invocation_end(self, invocation: Invocation) -> None:
        """See `Check`."""
        calls = sum(invocation.calls.values())
        allowed = CALLS_AT_LEAST + CALLS_PER_JOB_MAX * len(self.world.jobs)
        if calls > allowed:
            self.fail(f"{invocation.name} made {calls} calls, {allowed} are plenty")
