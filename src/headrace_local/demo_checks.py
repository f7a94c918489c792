"""Compares what the demo saw with what must have become of each step. Pure."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from headrace_local.demo_steps import Cancels, EndsAs, RejectedAs, SameJobAs, Step

type Record = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What was found when nothing moved any more.

    Attributes:
        sent: The steps whose message was sent.
        jobs: By step, the record of the job that its body asks for.
        rejections: By step, the rejection stored for its message.
        tasks: By job id, how many tasks ECS knows.
        messages_left: How many messages are still in the request queue.
    """

    sent: frozenset[str]
    jobs: Mapping[str, Record]
    rejections: Mapping[str, Record]
    tasks: Mapping[str, int]
    messages_left: int


@dataclass(frozen=True, slots=True)
class Complaint:
    """One thing that is not as it must be; `step` is empty for the whole."""

    step: str
    what: str
    expected: object
    found: object

    def __str__(self) -> str:
        """Say it in one line."""
        start = f"{self.step}: " if self.step else ""
        return f"{start}{self.what}: expected {self.expected}, found {self.found}"


def complaints(steps: Sequence[Step], seen: Seen) -> list[Complaint]:
    """Return what is wrong; empty when all is as it must be."""
    found = [complaint for step in steps for complaint in _of_step(step, seen)]
    found += _overlap(seen)
    if seen.messages_left != 0:
        found.append(Complaint("", "messages left in the queue", 0, seen.messages_left))
    return found


def _of_step(step: Step, seen: Seen) -> Iterator[Complaint]:
    if step.name not in seen.sent:
        yield Complaint(step.name, "message", "sent", "not sent")
        return
    match step.expected:
        case EndsAs():
            yield from _end(step.name, step.expected, seen)
        case RejectedAs():
            yield from _rejection(step.name, step.expected, seen)
        case SameJobAs() | Cancels():
            yield from _compare(
                step.name, "rejection", None, _reason(seen.rejections.get(step.name))
            )


def _end(step: str, expected: EndsAs, seen: Seen) -> Iterator[Complaint]:
    rejected = _reason(seen.rejections.get(step))
    yield from _compare(step, "rejection", None, rejected)
    job = seen.jobs.get(step)
    if job is None:
        yield Complaint(step, "job record", "one", "none")
        return
    yield from _compare(step, "status", expected.status, job.get("status"))
    yield from _compare(step, "reasonCode", expected.reason_code, job.get("reasonCode"))
    yield from _compare(step, "attempt", expected.attempts, job.get("attempt"))
    if expected.exit_code is not None:
        yield from _compare(step, "exitCode", expected.exit_code, job.get("exitCode"))
    tasks = seen.tasks.get(str(job.get("jobId")), 0)
    yield from _compare(step, "tasks", expected.tasks, tasks)


def _rejection(step: str, expected: RejectedAs, seen: Seen) -> Iterator[Complaint]:
    stored = seen.rejections.get(step)
    if stored is None:
        yield Complaint(step, "rejection", expected.reason_code, None)
        return
    yield from _compare(
        step, "reasonCode", expected.reason_code, stored.get("reasonCode")
    )
    yield from _compare(step, "field", expected.field, stored.get("field"))
    yield from _compare(step, "value", expected.value, stored.get("value"))
    limit = stored.get("limit")
    if not fnmatch.fnmatchcase(str(limit), expected.limit):
        yield Complaint(step, "limit", expected.limit, limit)


def _overlap(seen: Seen) -> Iterator[Complaint]:
    """The memory-eater must have died while its neighbour ran."""
    hungry, neighbour = seen.jobs.get("hungry", {}), seen.jobs.get("neighbour", {})
    times = [
        neighbour.get("startedAt"),
        hungry.get("finishedAt"),
        neighbour.get("finishedAt"),
    ]
    known = [time for time in times if time is not None]
    if len(known) < len(times) or known != sorted(known):
        order = "neighbour starts, hungry dies, neighbour ends"
        yield Complaint("neighbour", "order of times", order, times)


def _compare(
    step: str, what: str, expected: object, found: object
) -> Iterator[Complaint]:
    if expected != found:
        yield Complaint(step, what, expected, found)


def _reason(rejection: Record | None) -> str | None:
    return None if rejection is None else str(rejection.get("reasonCode"))
