"""What a launched job does: its task known or not, running, ending or out of sight."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from headrace.jobs.job import DesiredStatus, JobStatus, StopCause
from headrace_client.explaining.causes import Cause
from headrace_client.explaining.evidence import Evidence, windows_of
from headrace_client.explaining.explanation import NextStep
from headrace_client.explaining.fact_names import fact
from headrace_client.explaining.framing import framed, task_fact
from headrace_client.explaining.silence import silence
from headrace_client.explaining.wording import clock, counted, moment

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from headrace.jobs.job import Launch
    from headrace_client.explaining.explanation import Explanation, Fact

STOP_WORDS = {
    StopCause.CANCEL: "it was cancelled",
    StopCause.RUN_TIMEOUT: "it ran longer than timeoutSeconds",
    StopCause.START_TIMEOUT: "it did not start in startTimeoutSeconds",
    StopCause.START_DEADLINE: "its start deadline passed",
}


def launched(evidence: Evidence) -> Explanation:
    """Return the explanation of a job that is STARTING or RUNNING.

    Raises:
        ValueError: The record has no launch, which no stage would store.
    """
    job = evidence.job
    launch = job.launch
    if launch is None:
        raise ValueError(f"job {job.job_id}: {job.status} without a launch")
    if launch.stop_cause is not None:
        return _stopping(evidence, launch, launch.stop_cause)
    if job.desired_status is DesiredStatus.CANCELLED:
        return _cancelling(evidence, launch)
    if launch.missing_count:
        return _missing(evidence, launch)
    if job.status is JobStatus.RUNNING:
        return _running(evidence, launch)
    if launch.task_arn is None:
        return silence(evidence, launch)
    return _starting(evidence, launch, launch.task_arn)


def _starting(evidence: Evidence, launch: Launch, task_arn: str) -> Explanation:
    now = evidence.now
    by_at = start_timeout_at(evidence, launch)
    return framed(
        evidence,
        Cause.TASK_STARTING,
        "ECS took the launch and prepares its task: finds a place, sets up the network"
        " and pulls the image.",
        since_at=launch.intended_at,
        facts=[
            task_fact(task_arn),
            fact("startTimeoutAt", by_at, moment(by_at, now)),
        ],
        next_step=NextStep(
            "ECS reports that the task runs. If it does not start in time, reconcile"
            " stops it and launches it again.",
            "ECS",
            by_at,
        ),
        advice="If it takes long, look at the image's size, and at the task's events in"
        " the ECS console.",
    )


def _running(evidence: Evidence, launch: Launch) -> Explanation:
    job, now = evidence.job, evidence.now
    started_at = launch.started_at or job.status_at
    timeout_at = started_at + timedelta(seconds=job.timeout_seconds)
    facts = [
        fact("startedAt", started_at, moment(started_at, now)),
        fact("timeoutAt", timeout_at, moment(timeout_at, now)),
        *_task_facts(launch),
    ]
    if launch.was_spot_warned:
        return framed(
            evidence,
            Cause.SPOT_WARNED,
            "Its task runs, and AWS has warned that it takes the Spot capacity away,"
            " normally within two minutes. Whatever it exits with then, it is launched"
            " again from the infrastructure budget.",
            since_at=started_at,
            facts=facts,
            next_step=NextStep("ECS stops the task and reports that.", "ECS"),
        )
    is_over = timeout_at <= now
    return framed(
        evidence,
        Cause.TASK_RUNNING,
        "Its time is over; reconcile is about to stop its task."
        if is_over
        else f"Its task runs, since {clock(started_at, now)}.",
        since_at=started_at,
        facts=facts,
        next_step=NextStep(
            "The task ends by itself, or reconcile stops it at its timeout.",
            "reconcile" if is_over else "the task",
            timeout_at,
        ),
    )


def _cancelling(evidence: Evidence, launch: Launch) -> Explanation:
    job = evidence.job
    known = launch.task_arn is not None
    return framed(
        evidence,
        Cause.CANCEL_ASKED,
        "Somebody asked for it to be cancelled. Its task goes on until reconcile has"
        " asked ECS to stop it."
        if known
        else "Somebody asked for it to be cancelled. No report has named its task yet,"
        " so reconcile first has to find the task, or to prove that there is none.",
        since_at=launch.intended_at,
        facts=list(_task_facts(launch)),
        next_step=NextStep(
            "Reconcile asks ECS to stop the task."
            if known
            else "Reconcile looks for the task.",
            "reconcile",
            job.next_at,
        ),
    )


def _stopping(evidence: Evidence, launch: Launch, cause: StopCause) -> Explanation:
    job, now = evidence.job, evidence.now
    asked_at = launch.stop_requested_at or job.status_at
    windows = windows_of(launch)
    alarm_at = asked_at + timedelta(seconds=windows.stuck_seconds)
    is_stuck = alarm_at <= now
    why = STOP_WORDS[cause]
    return framed(
        evidence,
        Cause.STOP_IGNORED if is_stuck else Cause.STOP_ASKED,
        f"Headrace asked ECS to stop its task because {why}, and the task still goes"
        " on. Without evidence that it stopped, the job is not ended."
        if is_stuck
        else f"Headrace asked ECS to stop its task because {why}. ECS gives the"
        " container its stopTimeout, 30 s by default, before it kills it.",
        since_at=asked_at,
        facts=[
            fact("stopCause", cause.value, why),
            fact("stopAskedAt", asked_at, moment(asked_at, now)),
            fact("alarmAt", alarm_at, moment(alarm_at, now)),
            *_task_facts(launch),
        ],
        next_step=NextStep(
            "ECS reports that the task has stopped; until then reconcile asks again.",
            "reconcile",
            job.next_at,
        ),
        advice="Look at the task's host: an instance that lost its agent does not hear"
        " ECS. Stop the instance, or the container on it; the job then ends by itself."
        if is_stuck
        else "",
    )


def _missing(evidence: Evidence, launch: Launch) -> Explanation:
    job = evidence.job
    most = windows_of(launch).missing_sightings
    definition = evidence.registered.definition if evidence.registered else None
    then = (
        "runs again" if definition and definition.on_unknown == "retry" else "is LOST"
    )
    return framed(
        evidence,
        Cause.TASK_MISSING,
        f"ECS does not know its task any more: {counted(launch.missing_count, 'look')}"
        f" in a row found nothing. After {most} the task counts as gone and the job"
        f" {then}, unless a report tells how it ended.",
        since_at=launch.missing_at or job.status_at,
        facts=[
            fact("missingCount", launch.missing_count, str(launch.missing_count)),
            fact("missingMax", most, str(most)),
            *_task_facts(launch),
        ],
        next_step=NextStep("Reconcile asks ECS again.", "reconcile", job.next_at),
        advice="A report of its end may lie in a dead-letter queue: headrace doctor"
        " looks there.",
    )


def start_timeout_at(evidence: Evidence, launch: Launch) -> datetime:
    """Return when a launch whose task does not run is given up."""
    seconds = evidence.job.start_timeout_seconds
    return launch.intended_at + timedelta(seconds=seconds)


def _task_facts(launch: Launch) -> Iterator[Fact]:
    if launch.task_arn:
        yield task_fact(launch.task_arn)
