"""Judges a task by its containers' exit codes, where ECS says that these decide.

Which stops those are is decided in `outcome.py`. What is absent is never success.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from headrace.jobs.job import ReasonCode
from headrace.tasks.diagnosis import exit_text, success_summary
from headrace.tasks.ending import Ending, EndingKind, Stop

if TYPE_CHECKING:
    from collections.abc import Sequence

    from headrace.tasks.report import ContainerReport

REJECT_EXIT_CODES = frozenset({3})
"""The container says: this can never work, do not retry."""

LATER_EXIT_CODES = frozenset({4})
"""The container says: nothing to do yet, try later, no penalty."""

STOPPED_WITH_TASK = frozenset({137, 143})
"""Exit codes of containers that ECS stops because another essential one ended."""

OUT_OF_MEMORY_EXIT_CODE = 137

_UNTOLD = {
    EndingKind.NEVER_RETRY: ", which means that it must not be retried",
    EndingKind.TRY_LATER: ", which means that there was nothing to do yet",
}


def ending_by_exit_codes(stop: Stop) -> Ending:
    """Judge by the main container's exit code and the other essential ones'.

    Another essential container decides only where the main one cannot have failed by
    itself: where it exited with 0, or with the code of being stopped along with it.
    """
    main = stop.main
    others = [stop.report.container(name) for name in stop.other_names]
    main_code = main.exit_code if main else None
    may_be_stopped = main_code is None or main_code in STOPPED_WITH_TASK | {0}
    suspects = [main, *others] if may_be_stopped else [main]
    if (killed := _out_of_memory(suspects)) is not None:
        summary = f"Container {killed.name!r} was killed for using too much memory."
        return stop.ends_as(
            EndingKind.JOB_FAILURE, ReasonCode.OUT_OF_MEMORY, summary, by=killed
        )
    if main is None or main.exit_code is None:
        return _no_exit_code(stop, stop.main_name)
    if may_be_stopped and (failed := _failed(others)) is not None:
        return _exited(stop, failed, failed.exit_code, EndingKind.JOB_FAILURE)
    if main.exit_code == 0:
        return _by_presence(stop, main)
    kind = EndingKind.JOB_FAILURE
    if main.exit_code in stop.reject_exit_codes:
        kind = EndingKind.NEVER_RETRY
    elif main.exit_code in stop.later_exit_codes:
        kind = EndingKind.TRY_LATER
    return _exited(stop, main, main.exit_code, kind)


def _by_presence(stop: Stop, main: ContainerReport) -> Ending:
    """The main container exited with 0, and no other essential one with a failure.

    It is a success only if every other one gave an exit code, and only if ECS itself
    says that a container's end was what stopped the task.
    """
    for name in stop.other_names:
        other = stop.report.container(name)
        if other is None or other.exit_code is None:
            return _no_exit_code(stop, name)
    summary = success_summary(main.name)
    if stop.report.stop_code == "EssentialContainerExited":
        return stop.ends_as(EndingKind.SUCCEEDED, ReasonCode.OK, summary)
    return stop.ends_as(
        EndingKind.INFRASTRUCTURE,
        ReasonCode.INFRASTRUCTURE,
        f"Container {main.name!r} exited with 0, but ECS did not say what ended the"
        " task, so that it may have been interrupted.",
    )


def _exited(
    stop: Stop, container: ContainerReport, exit_code: int | None, kind: EndingKind
) -> Ending:
    code = "no code" if exit_code is None else exit_text(exit_code)
    meaning = _UNTOLD.get(kind, "")
    summary = f"Container {container.name!r} exited with {code}{meaning}."
    return stop.ends_as(kind, ReasonCode.EXIT_CODE, summary, by=container)


def _failed(others: Sequence[ContainerReport | None]) -> ContainerReport | None:
    for other in others:
        code = other.exit_code if other else None
        if code is not None and code not in STOPPED_WITH_TASK | {0}:
            return other
    return None


def _out_of_memory(
    containers: Sequence[ContainerReport | None],
) -> ContainerReport | None:
    """`OutOfMemoryError: Container killed due to memory usage` (Developer Guide)."""
    for container in containers:
        if (
            container is not None
            and container.exit_code == OUT_OF_MEMORY_EXIT_CODE
            and "OutOfMemory" in (container.reason or "")
        ):
            return container
    return None


def _no_exit_code(stop: Stop, name: str) -> Ending:
    """Nobody knows how a container ended.

    A task that never ran did none of the job's work, so a new launch is safe. One that
    ran may have done all of it: only the definition's rules may start it again.
    """
    has_run = stop.report.started_at is not None
    return stop.ends_as(
        EndingKind.JOB_FAILURE if has_run else EndingKind.INFRASTRUCTURE,
        ReasonCode.NO_EXIT_CODE,
        f"The task stopped, and ECS gave no exit code of container {name!r}.",
    )
