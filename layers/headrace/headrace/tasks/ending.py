"""The values of a task's ending, and what is known when one is judged.

Nothing is judged here.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from headrace.tasks.diagnosis import ADVICE, shortened

if TYPE_CHECKING:
    from datetime import datetime

    from headrace.jobs.job import ReasonCode, StopCause
    from headrace.tasks.report import ContainerReport, TaskReport


class EndingKind(StrEnum):
    """What an ending means for the job, before its budgets are asked."""

    SUCCEEDED = "SUCCEEDED"
    JOB_FAILURE = "JOB_FAILURE"
    NEVER_RETRY = "NEVER_RETRY"
    TRY_LATER = "TRY_LATER"
    INFRASTRUCTURE = "INFRASTRUCTURE"
    PERMANENT_AFTER_ONE = "PERMANENT_AFTER_ONE"
    PERMANENT = "PERMANENT"
    STOPPED_BY_US = "STOPPED_BY_US"
    STOPPED_EXTERNALLY = "STOPPED_EXTERNALLY"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """How a task ended.

    Attributes:
        summary: Why, in one sentence for people.
        advice: Something to try; empty only for a success.
        exit_code: The main container's, or that of the essential one that failed.
        stop_code: ECS's, as ECS wrote it.
        stopped_reason: ECS's text and the deciding container's, at most 512 characters.
    """

    kind: EndingKind
    reason_code: ReasonCode
    summary: str
    advice: str
    exit_code: int | None
    stop_code: str | None
    stopped_reason: str | None
    stopped_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """A stopped task's report, and what we know besides.

    Attributes:
        main_name: The container whose exit code is the job's.
        other_names: The other essential containers.
        cause: Why we asked ECS to stop the task; None where we did not.
        was_spot_warned: ECS had announced that it takes the capacity away.
        reject_exit_codes: The main container's codes for "never retry".
        later_exit_codes: Its codes for "nothing to do yet".
    """

    report: TaskReport
    main_name: str
    other_names: tuple[str, ...]
    cause: StopCause | None
    was_spot_warned: bool
    reject_exit_codes: frozenset[int]
    later_exit_codes: frozenset[int]

    @property
    def main(self) -> ContainerReport | None:
        """The main container; None where ECS did not name it."""
        return self.report.container(self.main_name)

    @property
    def reason(self) -> str:
        """ECS's text for the task; empty where there is none."""
        return self.report.stopped_reason or ""

    @property
    def all_reasons(self) -> str:
        """ECS's texts for the task and for all its containers."""
        reasons = (each.reason for each in self.report.containers)
        return "; ".join(filter(None, (self.reason, *reasons)))

    def ends_as(
        self,
        kind: EndingKind,
        reason_code: ReasonCode,
        summary: str,
        *,
        by: ContainerReport | None = None,
        advice: str = "",
    ) -> Ending:
        """Return the ending; `by` decided it, else the main container did.

        Without `advice` of its own it gets the reason code's.
        """
        container = by or self.main
        text = self.reason
        if container and container.reason and container.reason not in text:
            text = f"{text}; {container.reason}" if text else container.reason
        return Ending(
            kind=kind,
            reason_code=reason_code,
            summary=summary,
            advice=advice or ADVICE[reason_code],
            exit_code=container.exit_code if container else None,
            stop_code=self.report.stop_code,
            stopped_reason=shortened(text) or None,
            stopped_at=self.report.stopped_at,
        )
