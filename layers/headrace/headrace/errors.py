"""The one error tree: what goes wrong here, and what to do about it.

The type carries the policy, so a handler has one ``except`` per branch and never
looks at a message's text:

    HeadraceError
    ├─ InvalidRequest       reject: delivering the message again cannot help
    ├─ InvalidDefinition    refuse the registration: its author must change it
    ├─ LaunchRefused        ECS will never take this launch: fail the job
    ├─ TryLater             nothing is wrong with the job: come back
    │  ├─ Throttled         AWS said "too fast"
    │  ├─ StoreBusy         the table could not take the write just now
    │  └─ ParametersBusy    S3 could not take or give parameters just now
    ├─ JobMoved             someone was faster: read again, then decide again
    ├─ DefinitionMoved      another registration was faster: number it anew
    ├─ IllegalMove          we decided wrongly: a bug, nothing was written
    ├─ RecordMissing        no job record where one must be
    ├─ RecordUnreadable     a record of newer code, or damaged: leave it alone
    ├─ UnreadableReport     a task report lacks what every one has: dead-letter it
    ├─ ForeignReport        a report of somebody else's task: count it, drop it
    └─ Misconfigured        the deployment is wrong: fail at cold start
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from headrace.jobs.job import Job
    from headrace.requests.rejection import Rejection


class HeadraceError(Exception):
    """The root: whatever Headrace raises on purpose."""


class InvalidRequest(HeadraceError):
    """A request that can never be valid: store the rejection, consume the message.

    Attributes:
        rejection: The stored answer: reason, field, limit and value.
    """

    def __init__(self, rejection: Rejection) -> None:
        super().__init__(rejection.message)
        self.rejection = rejection


class InvalidDefinition(HeadraceError):
    """A job definition that cannot be registered: nothing is written.

    Attributes:
        problems: One sentence each, naming field, limit and value; never empty.
    """

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = tuple(problems)


class LaunchRefused(HeadraceError):
    """ECS will never take this launch as it is: the job fails, and says why."""


class TryLater(HeadraceError):
    """Nothing is wrong with the job; the same step may succeed in a while."""


class Throttled(TryLater):
    """AWS limits the call rate: back off, consume no retry."""


class StoreBusy(TryLater):
    """The table refused or did not answer: give the message back."""


class ParametersBusy(TryLater):
    """S3 refused or did not answer: give this one message back."""


class JobMoved(HeadraceError):
    """Somebody else changed the job first: decide again from what stands now.

    Attributes:
        job_id: The job concerned.
        current: The record that stands; None where there is none.
    """

    def __init__(self, job_id: str, current: Job | None) -> None:
        stands = (
            "no record"
            if current is None
            else f"revision {current.revision}, status {current.status}"
        )
        super().__init__(f"job {job_id}: the write was not applied, found {stands}")
        self.job_id = job_id
        self.current = current


class DefinitionMoved(HeadraceError):
    """Another registration took the version: read the latest, then number anew."""


class IllegalMove(HeadraceError):
    """A move that the table of moves forbids: a bug of ours, nothing was written.

    Attributes:
        move: The move's name.
        job_id: The job concerned.
        obstacle: The guard, the status or the rule of shape that forbids it.
    """

    def __init__(self, move: str, job_id: str, obstacle: str) -> None:
        super().__init__(f"job {job_id}: {move} is forbidden by {obstacle}")
        self.move = move
        self.job_id = job_id
        self.obstacle = obstacle


class RecordMissing(HeadraceError):
    """No job record where one must be: let the queue retry, then dead-letter."""


class RecordUnreadable(HeadraceError):
    """A record that this version does not understand: never overwrite it.

    Newer code wrote it (the queue's retry meets the newer code soon) or somebody
    damaged it (the retries end as a dead letter, which is where people look).
    """


class UnreadableReport(HeadraceError):
    """A task report that cannot be read: let its queue retry, then dead-letter."""


class ForeignReport(HeadraceError):
    """A readable report of a task that is not this deployment's: nothing to do."""


class Misconfigured(HeadraceError):
    """The deployment is wrong: fail at once, loudly, before any job is touched."""
