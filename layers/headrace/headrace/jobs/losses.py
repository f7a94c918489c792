"""What a job becomes when nobody can tell any more what its task did. Pure."""

from __future__ import annotations

from headrace.definitions.definition import OnUnknown
from headrace.jobs.guards import Facts
from headrace.jobs.job import Job, JobStatus, LaunchEntry, Outcome, ReasonCode
from headrace.jobs.moves import Move
from headrace.jobs.settlement import Settler, deadline_after_start


def after_loss(
    move: Move, job: Job, facts: Facts, settler: Settler, *, on_unknown: OnUnknown
) -> Job:
    """Return the job as LOST, or waiting to run again where its owner allows that.

    `move` is GIVE_UP (no task was ever seen) or LOSE (the task is gone).
    """
    used = job.infrastructure_used + 1
    budget = settler.terms.retry.infrastructure_retries
    task_arn = job.launch.task_arn if job.launch else None
    if on_unknown is OnUnknown.RETRY and used <= budget:
        entry = LaunchEntry(
            attempt=job.attempt,
            launch=job.launch_number,
            intended_at=job.launch.intended_at if job.launch else facts.now,
            ended_at=facts.now,
            reason_code=ReasonCode.LOST,
            detail="Nothing is known of how this launch ended.",
            task_arn=task_arn,
        )
        return settler.again(
            move,
            job,
            facts,
            entry=entry,
            delay=settler.terms.retry.backoff.delay(used, settler.fraction),
            infrastructure_used=used,
            start_deadline_at=deadline_after_start(job),
        )
    outcome = Outcome(
        status=JobStatus.LOST,
        reason_code=ReasonCode.LOST,
        summary=(
            "Nobody knows how the job ended: ECS no longer shows its task, and no"
            " state change of it arrived."
        ),
        advice=(
            "Look for the job's own effects and logs; submit it again under a new"
            " idempotency key if running it twice does no harm."
        ),
        finished_at=facts.now,
    )
    return settler.finished(move, job, facts, outcome=outcome)
