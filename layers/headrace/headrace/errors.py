"""The one error tree: what goes wrong here, and what to do about it.

The type carries the policy, so a handler has one ``except`` per branch and never
looks at a message's text:

    HeadraceError
    ├─ InvalidRequest       reject: delivering the message again cannot help
    ├─ InvalidDefinition    refuse the registration: its author must change it
    ├─ LaunchRefused        ECS will never take this launch: fail the job
    ├─ TryLater             nothing is wrong with the job: come back
    │  ├─ Throttled         AWS said "too fast"
    │  └─ StoreBusy         the table could not take the write just now
    ├─ JobMoved             someone was faster: read again, then decide again
    ├─ RecordMissing        no job record where one must be
    └─ Misconfigured        the deployment is wrong: fail at cold start
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from headrace.rejection import Rejection


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


class JobMoved(HeadraceError):
    """Somebody else changed the job first: read it again and decide again."""


class RecordMissing(HeadraceError):
    """No job record where one must be: let the queue retry, then dead-letter."""


class Misconfigured(HeadraceError):
    """The deployment is wrong: fail at once, loudly, before any job is touched."""
