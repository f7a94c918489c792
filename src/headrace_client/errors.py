"""What a caller of the client can meet, drawn as a tree; each says what to try.

    ClientError
    ├─ NotConfiguredError        a name, a region or a credential is missing or wrong
    ├─ UnusableFileError         a file cannot be read, or what it holds is unknown
    ├─ UnreachableError          AWS did not answer, or refused the call
    │  ├─ NotAllowedError        a permission is missing
    │  ├─ NotSentError           SQS did not take the request; there is no job
    │  └─ FateUnknownError       SQS did not answer; send the same again, it is safe
    ├─ NotFoundError             there is no such job, rejection or definition
    │  └─ NoLogsError            the job printed nothing that can be read, and why
    ├─ RefusedError              the request would be rejected; nothing was sent
    ├─ RedriveRefusedError       the dead letter may not be treated so; it stays
    ├─ RerunRefusedError         the job cannot be run again so; nothing was sent
    ├─ RegistrationRefusedError  a job definition is wrong; nothing was stored
    │  └─ WouldRefuseError       a version would refuse requests that are on their way
    ├─ ScheduleRefusedError      a schedule is wrong, or is there already
    └─ DeadlinePassedError       the job had not ended when the deadline passed

No AWS calls here.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from headrace.errors import HeadraceError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from headrace.jobs.job import Job
    from headrace.requests.rejection import Rejection
    from headrace_client.evolution.findings import Evolution


class ClientError(HeadraceError):
    """The root: what happened, and something to try.

    Attributes:
        problem: One sentence or two, naming what was wrong.
        advice: Something to try.
    """

    def __init__(self, problem: str, *, advice: str) -> None:
        super().__init__(f"{problem} {advice}")
        self.problem = problem
        self.advice = advice


class NotConfiguredError(ClientError):
    """A name, a region or a credential is missing, or names nothing."""


class UnusableFileError(ClientError):
    """A file cannot be read, or nobody can tell what it holds."""


class UnreachableError(ClientError):
    """AWS did not answer, or refused the call."""


class NotAllowedError(UnreachableError):
    """AWS refused the call, because the caller lacks a permission."""


class NotSentError(UnreachableError):
    """The queue did not take a request, so there is no job of it.

    Attributes:
        is_final: No later request will be taken either: the queue is not there, or
            the caller may not send to it.
    """

    def __init__(self, problem: str, *, advice: str, is_final: bool = False) -> None:
        super().__init__(problem, advice=advice)
        self.is_final = is_final


class FateUnknownError(UnreachableError):
    """Nobody knows whether a request was sent.

    Sending it again under the same idempotency key is safe.
    """


class NotFoundError(ClientError):
    """There is no such job, rejection, definition or version."""


class NoLogsError(NotFoundError):
    """There are no lines of a job to be read; the problem says why."""


class RefusedError(ClientError):
    """The request would be rejected as it is, so it was not sent.

    Attributes:
        rejection: What the deployment would have answered.
    """

    def __init__(self, rejection: Rejection, *, advice: str) -> None:
        super().__init__(f"{rejection.reason}: {rejection.message}.", advice=advice)
        self.rejection = rejection


class RedriveRefusedError(ClientError):
    """A dead letter may not be treated so: it stays as it is."""


class RerunObstacle(StrEnum):
    """Why a job cannot be run again as it was asked for."""

    NOT_ENDED = "NOT_ENDED"
    DEFINITION_GONE = "DEFINITION_GONE"
    TASK_DEFINITION_GONE = "TASK_DEFINITION_GONE"
    IMAGE_GONE = "IMAGE_GONE"
    IMAGE_MOVED = "IMAGE_MOVED"
    IMAGE_UNKNOWN = "IMAGE_UNKNOWN"

    @property
    def can_be_forced(self) -> bool:
        """Whether the deployment would run it, only perhaps not exactly."""
        return self in {RerunObstacle.IMAGE_MOVED, RerunObstacle.IMAGE_UNKNOWN}


class RerunRefusedError(ClientError):
    """A job cannot be run again as it was asked for; nothing was sent.

    Attributes:
        obstacle: Why, for programs.
    """

    def __init__(self, problem: str, *, advice: str, obstacle: RerunObstacle) -> None:
        super().__init__(problem, advice=advice)
        self.obstacle = obstacle


class RegistrationRefusedError(ClientError):
    """Job definitions are wrong: none of the files was registered.

    Attributes:
        problems: One sentence each, with file, line and field; never empty.
    """

    def __init__(self, problems: Sequence[str], *, advice: str) -> None:
        super().__init__("\n".join(problems), advice=advice)
        self.problems = tuple(problems)


class WouldRefuseError(RegistrationRefusedError):
    """A version would refuse requests that the active one accepts; nothing changed.

    Attributes:
        evolutions: What it would refuse, one entry for each definition; never empty.
    """

    def __init__(
        self, problems: Sequence[str], evolutions: Sequence[Evolution]
    ) -> None:
        super().__init__(
            problems,
            advice="Let the definition accept them too, or go ahead all the same:"
            " --force. Jobs that wait keep the version that they have.",
        )
        self.evolutions = tuple(evolutions)


class ScheduleRefusedError(ClientError):
    """A schedule is wrong, or there is one of that name already; none was made."""


class DeadlinePassedError(ClientError):
    """The job had not ended when the deadline passed; it goes on regardless.

    Attributes:
        job: Its record as last seen; None where there was none yet.
    """

    def __init__(self, problem: str, *, advice: str, job: Job | None) -> None:
        super().__init__(problem, advice=advice)
        self.job = job
