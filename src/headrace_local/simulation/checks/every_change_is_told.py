"""I17: every change of status arrives as an event, or lies whole as a dead letter."""

from __future__ import annotations

import json
from collections import defaultdict
from typing import TYPE_CHECKING, Any

from headrace.announcements.event import REJECTED
from headrace_local.simulation.checks.check import Check

if TYPE_CHECKING:
    from headrace_local.simulation.checks.check import Write
    from headrace_local.simulation.world import World


class EveryChangeIsTold(Check):
    """Asked when everything has come to rest."""

    name = "I17"
    promise = "every change of status is an event, numbered without gaps"

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self._changes: defaultdict[str, dict[int, str]] = defaultdict(dict)

    def on_write(self, write: Write) -> None:
        """See `Check`."""
        job = write.after
        if write.before is None or write.before.status is not job.status:
            self._changes[job.job_id][job.sequence] = str(job.status)

    def at_end(self) -> None:
        """See `Check`."""
        world = self.world
        if not world.announces:
            return
        if world.stream.waiting():
            self.fail(f"{world.stream.waiting()} changes are still in the stream")
        told, rejected = self._told()
        for job_id, changes in self._changes.items():
            if sorted(changes) != list(range(1, len(changes) + 1)):
                self.fail(f"sequence {sorted(changes)} has gaps", about=job_id)
            if told.get(job_id) != changes:
                problem = f"told is {told.get(job_id)}, not {changes}"
                self.fail(problem, about=job_id)
        stored = {
            item["messageId"]["S"]
            for item in world.items()
            if item["pk"]["S"].startswith("REJECTION#")
        }
        if rejected != stored:
            self.fail(f"told of the rejections {rejected}, not {stored}")

    def _told(self) -> tuple[dict[str, dict[int, str]], set[str]]:
        """Return statuses by job and sequence, and rejected messages."""
        details = [*self.world.aws.bus.details, *self._kept()]
        told: defaultdict[str, dict[int, str]] = defaultdict(dict)
        rejected = set()
        for detail in details:
            if detail["status"] == REJECTED:
                rejected.add(detail["messageId"])
            else:
                told[detail["jobId"]][detail["sequence"]] = detail["status"]
        return told, rejected

    def _kept(self) -> list[dict[str, Any]]:
        letters = [json.loads(each) for each in self.world.letters.bodies()]
        return [each["detail"] for each in letters if each["kind"] == "event"]
