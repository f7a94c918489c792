"""How a job's last task ended, made again from what its record keeps. Pure.

A record keeps the outcome, not the judgement before it. The judgement follows from it,
so that the rule that decided can be asked again instead of being stored.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from headrace.jobs.job import JobStatus, ReasonCode
from headrace.tasks.ending import Ending, EndingKind
from headrace.tasks.start_failures import Cure, start_failure

if TYPE_CHECKING:
    from headrace.definitions.definition import RegisteredDefinition
    from headrace.jobs.job import Job, Outcome

_NEVER_STARTED = "TaskFailedToStart"

_BY_REASON = {
    ReasonCode.OK: EndingKind.SUCCEEDED,
    ReasonCode.OUT_OF_MEMORY: EndingKind.JOB_FAILURE,
    ReasonCode.CAPACITY: EndingKind.INFRASTRUCTURE,
    ReasonCode.THROTTLED: EndingKind.INFRASTRUCTURE,
    ReasonCode.SPOT_INTERRUPTION: EndingKind.INFRASTRUCTURE,
    ReasonCode.INFRASTRUCTURE: EndingKind.INFRASTRUCTURE,
    ReasonCode.RUNTIME_LIMIT: EndingKind.STOPPED_BY_US,
    ReasonCode.START_LIMIT: EndingKind.STOPPED_BY_US,
    ReasonCode.CANCELLED_BY_USER: EndingKind.STOPPED_BY_US,
    ReasonCode.STOPPED_EXTERNALLY: EndingKind.STOPPED_EXTERNALLY,
}

_BY_CURE = {
    Cure.NEW_LAUNCH: EndingKind.INFRASTRUCTURE,
    Cure.ONE_MORE_LAUNCH: EndingKind.PERMANENT_AFTER_ONE,
    Cure.NONE: EndingKind.PERMANENT,
}


def recorded_ending(job: Job, registered: RegisteredDefinition) -> Ending | None:
    """Return how the last task ended; None where no task's end decided.

    A job whose launch was refused, proven absent, withdrawn or lost ended without a
    report, and only a report leaves its version on the launch.
    """
    outcome, launch = job.outcome, job.launch
    if outcome is None or launch is None or launch.last_version is None:
        return None
    if outcome.status is JobStatus.LOST:
        return None
    return Ending(
        kind=_kind(job, outcome, registered),
        reason_code=outcome.reason_code,
        summary=outcome.summary,
        advice=outcome.advice,
        exit_code=outcome.exit_code,
        stop_code=outcome.stop_code,
        stopped_reason=outcome.stopped_reason,
        stopped_at=outcome.finished_at,
    )


def _kind(job: Job, outcome: Outcome, registered: RegisteredDefinition) -> EndingKind:
    reason = outcome.reason_code
    if outcome.stop_code == _NEVER_STARTED and reason in {
        ReasonCode.IMAGE_PULL,
        ReasonCode.LAUNCH_REJECTED,
    }:
        return _BY_CURE[start_failure(outcome.stopped_reason or "").cure]
    if reason is ReasonCode.EXIT_CODE:
        return _of_exit_code(outcome, registered)
    if reason is ReasonCode.NO_EXIT_CODE:
        has_run = job.launch is not None and job.launch.started_at is not None
        return EndingKind.JOB_FAILURE if has_run else EndingKind.INFRASTRUCTURE
    return _BY_REASON.get(reason, EndingKind.PERMANENT)


def _of_exit_code(outcome: Outcome, registered: RegisteredDefinition) -> EndingKind:
    """Only the main container's codes have a meaning beyond "failed"."""
    definition = registered.definition
    is_main = outcome.summary.startswith(f"Container {definition.container!r} ")
    if is_main and outcome.exit_code in definition.exit_codes.reject:
        return EndingKind.NEVER_RETRY
    if is_main and outcome.exit_code in definition.exit_codes.try_later:
        return EndingKind.TRY_LATER
    return EndingKind.JOB_FAILURE
