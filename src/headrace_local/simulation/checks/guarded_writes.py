"""I11: every write of a job has a condition, and raises its revision by one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headrace_local.simulation.checks.check import Check

if TYPE_CHECKING:
    from headrace_local.simulation.checks.check import Sent, Write

_WRITES = frozenset({"put_item", "update_item", "delete_item"})


class GuardedWrites(Check):
    """Asked at every write of a job, and at every request to write."""

    name = "I11"
    promise = "every write of a job is conditional, and raises its revision by one"

    def on_write(self, write: Write) -> None:
        """See `Check`."""
        before, after = write.before, write.after
        expected = 1 if before is None else before.revision + 1
        if after.revision != expected:
            self.fail(f"revision {after.revision}, not {expected}", about=after.job_id)

    def on_sent(self, sent: Sent) -> None:
        """See `Check`."""
        if sent.operation not in _WRITES:
            return
        key = sent.request.get("Key") or sent.request["Item"]
        pk = key["pk"]["S"]
        if pk.startswith("JOB#") and "ConditionExpression" not in sent.request:
            self.fail(f"{sent.operation} of {pk} without a condition")
