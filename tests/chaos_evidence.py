"""Evidence of chaos runs for tests: a good one, and pieces to spoil it with."""

from __future__ import annotations

from dataclasses import replace

from headrace_local.chaos.evidence import (
    Evidence,
    Job,
    Message,
    MessageKind,
    Plan,
    Sign,
    Task,
)

GOOD, FLAKY, ENDLESS, LATE = "good", "flaky", "endless", "late"


def task(job_id: str, number: int = 1, **changes: object) -> Task:
    """Return a task of a job's attempt that succeeded; attempts follow each other."""
    made = Task(
        task_id=f"task-{job_id}-{number}",
        started_by=f"{job_id}-{number}-1",
        created_at=10.0 * number,
        stopped_at=10.0 * number + 9,
        stop_code="EssentialContainerExited",
        exit_code=0,
    )
    return replace(made, **changes)  # type: ignore[arg-type] # the test's own


def signs(job_id: str, number: int = 1, code: int | None = 0) -> list[Sign]:
    """Return what the task of an attempt wrote; None for no end."""
    begin = Sign(
        what="begin",
        job_id=job_id,
        attempt=number,
        task_id=f"task-{job_id}-{number}",
        code=None,
        at=10.0 * number + 1,
    )
    end = replace(begin, what="end", code=code, at=10.0 * number + 8)
    return [begin] if code is None else [begin, end]


def job(job_id: str, status: str, exit_code: int | None, attempt: int = 1) -> Job:
    """Return a job's record."""
    return Job(
        job_id=job_id,
        status=status,
        reason_code="ANY",
        exit_code=exit_code,
        attempt=attempt,
        launch=1,
    )


def submitted(job_id: str) -> Message:
    """Return the message that asks for a job."""
    return Message(kind=MessageKind.SUBMIT, ids=(f"message-{job_id}",), job_id=job_id)


def evidence() -> Evidence:
    """Return what a run without any fault leaves: one job of each sort."""
    user_stopped = {"stop_code": "UserInitiated", "exit_code": 143}
    return Evidence(
        plans=[
            Plan(job_id=GOOD, codes=(0,)),
            Plan(job_id=FLAKY, codes=(1, 0)),
            Plan(job_id=ENDLESS, codes=(0,), is_cancelled=True),
            Plan(job_id=LATE, codes=(0,), is_timed_out=True),
        ],
        messages=[
            submitted(GOOD),
            submitted(FLAKY),
            submitted(ENDLESS),
            submitted(LATE),
            Message(kind=MessageKind.COPY, ids=("copy",), job_id=GOOD),
            Message(kind=MessageKind.CANCEL, ids=("cancel",), job_id=ENDLESS),
            Message(
                kind=MessageKind.BAD,
                ids=("bad", "bad-redriven"),
                job_id=None,
                reason_code="MALFORMED_JSON",
            ),
        ],
        jobs=[
            job(GOOD, "SUCCEEDED", 0),
            job(FLAKY, "SUCCEEDED", 0, attempt=2),
            job(ENDLESS, "CANCELLED", 143),
            job(LATE, "TIMED_OUT", 143),
        ],
        rejections={"bad-redriven": "MALFORMED_JSON"},
        tasks=[
            task(GOOD),
            task(FLAKY, exit_code=1),
            task(FLAKY, 2),
            task(ENDLESS, **user_stopped),
            task(LATE, **user_stopped),
        ],
        signs=[
            *signs(GOOD),
            *signs(FLAKY, code=1),
            *signs(FLAKY, 2),
            *signs(ENDLESS, code=None),
            *signs(LATE, code=None),
        ],
        killed_tasks=frozenset(),
        changed_ends=[],
        messages_left={"requests": 0, "requests-dead": 0},
    )
