"""Holds each job's end against the local ECS's record and the task's own witness. Pure.

A process that we killed may have written its last line just before: its exit code is
then 137 whatever it wrote.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Self

from headrace_local.chaos.evidence import Evidence, Job, Plan, Task

KILLED = 137  # 128 + SIGKILL


@dataclass(frozen=True, slots=True, kw_only=True)
class Witnesses:
    """The evidence by what it is about.

    Attributes:
        tasks: By `startedBy`; of a token that made two, the last.
        codes: What a task wrote that it would exit with, by task id.
        killed: The ids of the tasks whose process was killed.
    """

    tasks: Mapping[str, Task]
    codes: Mapping[str, int | None]
    killed: frozenset[str]

    @classmethod
    def of(cls, evidence: Evidence) -> Self:
        """Sort a run's evidence."""
        return cls(
            tasks={each.started_by: each for each in evidence.tasks},
            codes={
                each.task_id: each.code for each in evidence.signs if each.what == "end"
            },
            killed=evidence.killed_tasks,
        )


def untruths(evidence: Evidence, witnesses: Witnesses) -> Iterator[tuple[str, str]]:
    """Yield each end that the evidence contradicts, and each contradiction in it."""
    plans = {each.job_id: each for each in evidence.plans}
    for job in evidence.jobs:
        plan = plans.get(job.job_id)
        problem = None if plan is None else _problem_of(job, plan, witnesses)
        if problem:
            yield f"job {job.job_id}", f"is {_end_of(job)}, and {problem}"
    succeeded = {each.job_id for each in evidence.jobs if each.status == "SUCCEEDED"}
    for task in evidence.tasks:
        if task.has_succeeded and task.job_id not in succeeded:
            yield f"task {task.started_by}", "succeeded, and its job did not"
        problem = _contradiction(task, witnesses)
        if problem:
            yield f"task {task.started_by}", problem


def _problem_of(job: Job, plan: Plan, witnesses: Witnesses) -> str | None:
    task = witnesses.tasks.get(job.token)
    match job.status:
        case "SUCCEEDED":
            return _problem_of_success(task, witnesses)
        case "FAILED":
            return _problem_of_failure(job, plan, task)
        case "TIMED_OUT" if not plan.is_timed_out:
            return "its work was shorter than its timeout"
        case "CANCELLED" if not plan.is_cancelled:
            return "nobody cancelled it"
        case "EXPIRED":
            return "it had no start deadline"
        case _:
            return None


def _problem_of_success(task: Task | None, witnesses: Witnesses) -> str | None:
    if task is None:
        return "ECS had no task of its last launch"
    if not task.has_succeeded:
        return f"ECS says {_record_of(task)} of its last launch"
    if witnesses.codes.get(task.task_id) != 0:
        return "the task of its last launch did not write that it ended with 0"
    return None


def _problem_of_failure(job: Job, plan: Plan, task: Task | None) -> str | None:
    recorded = None if task is None else task.exit_code
    if job.exit_code != recorded:
        return f"ECS recorded exit code {recorded}"
    if job.exit_code is not None:
        planned = plan.code_of(job.attempt)
        if job.exit_code not in {planned, KILLED} or job.exit_code == 0:
            return f"attempt {job.attempt} was to exit with {planned}"
    return None


def _contradiction(task: Task, witnesses: Witnesses) -> str | None:
    """Return how ECS's record and the task's witness contradict each other, if so."""
    wrote = witnesses.codes.get(task.task_id)
    if task.exit_code is None or task.stop_code == "UserInitiated":
        return None
    if task.exit_code == KILLED:
        is_known = task.task_id in witnesses.killed
        return None if is_known else "has exit code 137, and nobody killed it"
    if wrote != task.exit_code:
        return f"has exit code {task.exit_code}, and wrote {wrote}"
    return None


def _end_of(job: Job) -> str:
    code = "" if job.exit_code is None else f" exit code {job.exit_code}"
    return f"{job.status} {job.reason_code}{code}"


def _record_of(task: Task) -> str:
    return f"{task.stop_code}, exit code {task.exit_code}"
