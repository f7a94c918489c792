"""How a task ended, judged from ECS's last report of it.

ECS's stop code says who ended the task; exit codes only count where it says that the
containers ended by themselves. What an ending means for the job (retry, budget, status)
is decided elsewhere; no AWS calls.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from headrace.jobs.job import ReasonCode, StopCause
from headrace.tasks.ending import Ending, EndingKind, Stop
from headrace.tasks.exit_codes import (
    LATER_EXIT_CODES,
    REJECT_EXIT_CODES,
    ending_by_exit_codes,
)
from headrace.tasks.start_failures import Cure, start_failure

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from headrace.tasks.report import TaskReport

__all__ = [
    "LATER_EXIT_CODES",
    "REJECT_EXIT_CODES",
    "Ending",
    "EndingKind",
    "ending_of",
    "is_lone_success",
    "is_spot_warning",
]

_SPOT_STOP_CODES = frozenset({"SpotInterruption", "TerminationNotice"})
_SPOT_CAPACITY = "FARGATE_SPOT"
_SPOT_REASON = "Your Spot Task was interrupted"  # Developer Guide, Fargate Spot
_HOST_LOST = re.compile(
    r"Host EC2 .*(?:terminated|stopped)|agent (?:was |is )?(?:disconnected|lost)"
    r"|maintenance on the underlying infrastructure",
    re.IGNORECASE,
)

_KINDS: Mapping[Cure, EndingKind] = {
    Cure.NEW_LAUNCH: EndingKind.INFRASTRUCTURE,
    Cure.ONE_MORE_LAUNCH: EndingKind.PERMANENT_AFTER_ONE,
    Cure.NONE: EndingKind.PERMANENT,
}

_BY_US: Mapping[StopCause, tuple[ReasonCode, str]] = {
    StopCause.CANCEL: (ReasonCode.CANCELLED_BY_USER, "the job was cancelled"),
    StopCause.RUN_TIMEOUT: (ReasonCode.RUNTIME_LIMIT, "its time limit was reached"),
    StopCause.START_TIMEOUT: (ReasonCode.START_LIMIT, "it did not start in time"),
    StopCause.START_DEADLINE: (ReasonCode.START_LIMIT, "its start deadline passed"),
}


def ending_of(
    report: TaskReport,
    *,
    main_container: str,
    essential: frozenset[str],
    stop_cause: StopCause | None,
    was_spot_warned: bool,
    reject_exit_codes: frozenset[int] = REJECT_EXIT_CODES,
    later_exit_codes: frozenset[int] = LATER_EXIT_CODES,
) -> Ending:
    """Judge a stopped task.

    Args:
        report: ECS's last report of the task.
        main_container: Whose exit code is the job's.
        essential: Names of the essential containers, with or without the main one.
        stop_cause: Why we asked ECS to stop the task; None where we did not.
        was_spot_warned: ECS had announced that it takes the capacity away.
        reject_exit_codes: The main container's codes for "never retry".
        later_exit_codes: Its codes for "nothing to do yet".

    Raises:
        ValueError: The task has not stopped; there is no ending to judge.
    """
    if not report.is_stopped:
        raise ValueError(f"{report.task_arn}: is {report.last_status}, not STOPPED")
    stop = Stop(
        report=report,
        main_name=main_container,
        other_names=tuple(sorted(essential - {main_container})),
        cause=stop_cause,
        was_spot_warned=was_spot_warned,
        reject_exit_codes=reject_exit_codes,
        later_exit_codes=later_exit_codes,
    )
    return _JUDGES.get(report.stop_code or "", _unknown)(stop)


def is_lone_success(report: TaskReport) -> bool:
    """Tell whether the report alone proves success, if its one container is all.

    Whether the task has no other container, and was not warned by Spot before, only
    the job's record knows.
    """
    return (
        report.is_stopped
        and report.stop_code == "EssentialContainerExited"
        and len(report.containers) == 1
        and report.containers[0].exit_code == 0
        and report.containers[0].reason is None  # one that has a reason is judged
        and not _is_spot_reason(report)
    )


def is_spot_warning(report: TaskReport, *, we_asked: bool) -> bool:
    """Tell whether ECS announces that it takes a running task's capacity away.

    The documented stop code is not always there ("Fargate Spot termination notices"
    in the Developer Guide shows it). Without any code, a Spot task that is to stop
    though nobody asked and no container ended is being taken away too.
    """
    if not report.is_stop_warning:
        return False
    if report.stop_code in _SPOT_STOP_CODES or _is_spot_reason(report):
        return True
    has_ended = any(each.exit_code is not None for each in report.containers)
    return (
        report.stop_code is None
        and report.capacity_provider == _SPOT_CAPACITY
        and not we_asked
        and not has_ended
    )


def _exited(stop: Stop) -> Ending:
    """A container ended: by itself, unless Spot was about to take the task.

    A stop that we asked for does not matter here. Had it come first, ECS's stop code
    would be UserInitiated; so a container ended first, and the exit codes count, be
    they a success or the job's own failure.
    """
    if stop.was_spot_warned or _is_spot_reason(stop.report):
        return _interrupted(stop)
    return ending_by_exit_codes(stop)


def _interrupted(stop: Stop) -> Ending:
    """Even with exit code 0: a worker that heeds SIGTERM did not finish."""
    return stop.ends_as(
        EndingKind.INFRASTRUCTURE,
        ReasonCode.SPOT_INTERRUPTION,
        "AWS took the Spot capacity away before the task had finished.",
    )


def _infrastructure(stop: Stop) -> Ending:
    return stop.ends_as(
        EndingKind.INFRASTRUCTURE,
        ReasonCode.INFRASTRUCTURE,
        "The task was stopped because of the infrastructure that it ran on.",
    )


def _never_started(stop: Stop) -> Ending:
    failure = start_failure(stop.all_reasons)
    return stop.ends_as(
        _KINDS[failure.cure],
        failure.reason_code,
        f"The task never started: {failure.cause}.",
        advice=failure.advice,
    )


def _stopped_by_call(stop: Stop) -> Ending:
    """StopTask was called: by us where we noted why, else by somebody else."""
    if stop.cause is None:
        return _stopped_by_others(stop)
    reason_code, why = _BY_US[stop.cause]
    return stop.ends_as(
        EndingKind.STOPPED_BY_US,
        reason_code,
        f"Headrace stopped the task because {why}.",
    )


def _stopped_by_others(stop: Stop) -> Ending:
    """Somebody else's wish, except where the text tells of a lost host.

    ECS has no stop code of its own for every lost host. An instance that a person
    deregistered by force keeps its containers running, so that stays a stop from
    outside: a new launch could run beside the old task.
    """
    if _is_spot_reason(stop.report):
        return _interrupted(stop)
    if _HOST_LOST.search(stop.reason):
        return _infrastructure(stop)
    return stop.ends_as(
        EndingKind.STOPPED_EXTERNALLY,
        ReasonCode.STOPPED_EXTERNALLY,
        "The task was stopped from outside, not by Headrace.",
    )


def _unknown(stop: Stop) -> Ending:
    """No stop code, or one that AWS has added since: never a success.

    A new code means a new way of being stopped, so exit codes say nothing. Without any
    code, a container's own failure still counts.
    """
    if stop.was_spot_warned or _is_spot_reason(stop.report):
        return _interrupted(stop)
    if stop.report.stop_code or _HOST_LOST.search(stop.reason):
        return _infrastructure(stop)
    return ending_by_exit_codes(stop)


def _is_spot_reason(report: TaskReport) -> bool:
    return (report.stopped_reason or "").startswith(_SPOT_REASON)


_JUDGES: Mapping[str, Callable[[Stop], Ending]] = {
    "EssentialContainerExited": _exited,
    "InfrastructureHealth": _infrastructure,
    "ServiceSchedulerInitiated": _stopped_by_others,
    "SpotInterruption": _interrupted,
    "TaskFailedToStart": _never_started,
    "TerminationNotice": _interrupted,
    "UserInitiated": _stopped_by_call,
}
"""Amazon ECS API Reference, Task, `stopCode`."""
