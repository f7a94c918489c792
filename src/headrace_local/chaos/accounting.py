"""Finds what is not accounted for in a chaos run's evidence. Pure.

The table's word is never taken alone: an end must agree with the local ECS's record of
the deciding launch and with what that launch's own process wrote.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

from headrace_local.chaos.evidence import (
    TERMINAL,
    Evidence,
    Message,
    MessageKind,
    Task,
)
from headrace_local.chaos.truth import Witnesses, untruths

UNFINISHED = float("inf")


class Sort(StrEnum):
    """What sort of promise a finding breaks."""

    LOST = "lost"  # a message or job that nobody accounts for, or an unknown outcome
    DOUBLE = "double"  # two tasks where one may be
    OPEN = "open"  # not terminal, or still moving
    UNTRUE = "untrue"  # an end that the evidence contradicts


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not accounted for."""

    sort: Sort
    subject: str
    text: str

    def __str__(self) -> str:
        """Say it in one line."""
        return f"{self.sort.upper()} {self.subject}: {self.text}"


def findings(evidence: Evidence) -> Sequence[Finding]:
    """Return what is not accounted for; empty when every promise was kept."""
    witnesses = Witnesses.of(evidence)
    return [
        *_vanished_messages(evidence),
        *_vanished_jobs(evidence),
        *_lost_outcomes(evidence),
        *_two_tasks_of_a_token(evidence),
        *_overlapping_tasks(evidence),
        *_overlapping_processes(evidence),
        *_second_successes(evidence),
        *_second_beginnings(evidence),
        *_open_ends(evidence),
        *(
            Finding(Sort.UNTRUE, subject, text)
            for subject, text in untruths(evidence, witnesses)
        ),
    ]


def work_done_again(evidence: Evidence) -> int:
    """Count the work that ended with 0 and whose exit code nobody lived to record.

    Its job may rightly run again: execution is at least once, accounting exactly once.
    """
    recorded = {each.task_id for each in evidence.tasks if each.exit_code == 0}
    return sum(
        sign.what == "end" and sign.code == 0 and sign.task_id not in recorded
        for sign in evidence.signs
    )


def _vanished_messages(evidence: Evidence) -> Iterator[Finding]:
    jobs = {each.job_id for each in evidence.jobs}
    for message in evidence.messages:
        reasons = {
            evidence.rejections[each]
            for each in message.ids
            if each in evidence.rejections
        }
        problem = _problem_of(message, reasons, jobs)
        if problem:
            yield Finding(Sort.LOST, f"message {message.ids[0]}", problem)


def _problem_of(message: Message, reasons: set[str], jobs: set[str]) -> str | None:
    """Return why a message is not accounted for, or None."""
    if message.kind is MessageKind.BAD:
        if reasons == {message.reason_code}:
            return None
        return f"must be rejected as {message.reason_code}, was as {sorted(reasons)}"
    if reasons:
        return f"a good {message.kind} was rejected as {sorted(reasons)}"
    if message.job_id not in jobs:
        return f"a {message.kind} is neither a job nor a stored rejection"
    return None


def _vanished_jobs(evidence: Evidence) -> Iterator[Finding]:
    jobs = {each.job_id for each in evidence.jobs}
    planned = {each.job_id for each in evidence.plans}
    for job_id in sorted(planned - jobs):
        yield Finding(Sort.LOST, f"job {job_id}", "has no record")
    for job_id in sorted(jobs - planned):
        yield Finding(Sort.DOUBLE, f"job {job_id}", "nobody asked for it")


def _lost_outcomes(evidence: Evidence) -> Iterator[Finding]:
    for job in evidence.jobs:
        if job.status == "LOST":
            yield Finding(Sort.LOST, f"job {job.job_id}", "its outcome is unknown")


def _two_tasks_of_a_token(evidence: Evidence) -> Iterator[Finding]:
    tokens = defaultdict(list)
    for task in evidence.tasks:
        tokens[task.started_by].append(task.task_id)
    for token, tasks in tokens.items():
        if len(tasks) > 1:
            yield Finding(Sort.DOUBLE, f"launch {token}", f"made {len(tasks)} tasks")


def _overlapping_tasks(evidence: Evidence) -> Iterator[Finding]:
    for job_id, tasks in _by_job(evidence.tasks).items():
        for first, second in pairwise(sorted(tasks, key=lambda each: each.created_at)):
            if second.created_at < (first.stopped_at or UNFINISHED):
                text = f"{second.started_by} began while {first.started_by} was alive"
                yield Finding(Sort.DOUBLE, f"job {job_id}", text)


def _overlapping_processes(evidence: Evidence) -> Iterator[Finding]:
    for sign in evidence.signs:
        if sign.what == "overlap":
            text = f"the process of task {sign.task_id} met another one of the job"
            yield Finding(Sort.DOUBLE, f"job {sign.job_id}", text)


def _second_successes(evidence: Evidence) -> Iterator[Finding]:
    for job_id, tasks in _by_job(evidence.tasks).items():
        succeeded = [each.started_by for each in tasks if each.has_succeeded]
        if len(succeeded) > 1:
            text = f"succeeded {len(succeeded)} times: {', '.join(succeeded)}"
            yield Finding(Sort.DOUBLE, f"job {job_id}", text)


def _second_beginnings(evidence: Evidence) -> Iterator[Finding]:
    tokens = {each.task_id: each.started_by for each in evidence.tasks}
    begun: set[str] = set()
    for sign in evidence.signs:
        if sign.what != "begin":
            continue
        token = tokens.get(sign.task_id)
        if token is None:
            text = f"task {sign.task_id} ran, and the local ECS never showed it"
            yield Finding(Sort.DOUBLE, f"job {sign.job_id}", text)
        elif token in begun:
            yield Finding(Sort.DOUBLE, f"launch {token}", "began to work twice")
        else:
            begun.add(token)


def _open_ends(evidence: Evidence) -> Iterator[Finding]:
    for job in evidence.jobs:
        if job.status not in TERMINAL:
            yield Finding(Sort.OPEN, f"job {job.job_id}", f"is still {job.status}")
    for text in evidence.changed_ends:
        yield Finding(Sort.OPEN, "a terminal status changed", text)
    for task in evidence.tasks:
        if task.stopped_at is None:
            yield Finding(Sort.OPEN, f"task {task.started_by}", "is still alive")
    for queue, count in evidence.messages_left.items():
        if count:
            yield Finding(Sort.OPEN, f"queue {queue}", f"has {count} messages left")


def _by_job(tasks: Sequence[Task]) -> dict[str, list[Task]]:
    found: dict[str, list[Task]] = defaultdict(list)
    for task in tasks:
        found[task.job_id].append(task)
    return found
