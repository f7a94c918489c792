"""Dispatch's own judgement of a request, over a snapshot instead of a deployment.

The stage's code is called, not repeated, so that both cannot disagree. Only what the
snapshot holds is there: reaching for a record, a queue or ECS would be an error.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from headrace.aws.absent import Absent
from headrace.aws.parameter_bucket import ParameterBucket
from headrace.errors import InvalidRequest
from headrace.ports import Ports
from headrace.requests.parsing import parse_request
from headrace.requests.request import SubmitRequest
from headrace.stages.acceptance import Message, read_all
from headrace.stages.readings import Refusal, Submission, Trouble
from headrace.windows import Windows

if TYPE_CHECKING:
    from datetime import datetime

    from headrace.requests.rejection import Rejection
    from headrace.requests.request import CancelRequest, RerunRequest
    from headrace_client.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class _Instant:
    """A clock that stands at one instant."""

    at: datetime

    def now(self) -> datetime:
        """Return it."""
        return self.at

    def pause(self, seconds: float) -> None:
        """Let no time pass."""


class _NoIds:
    """Ids of writes that are never made."""

    def operation_id(self) -> str:
        """Return nothing."""
        return ""

    def fraction(self) -> float:
        """Return the shortest jitter."""
        return 0.0


def verdict_on(
    body: str, snapshot: Snapshot, *, now: datetime
) -> Submission | Rejection | CancelRequest | RerunRequest:
    """Return what dispatch makes of a body that it reads at this time.

    What becomes of a request about another job is in that job's record, so such a
    request is returned as it is.

    Raises:
        headrace.errors.HeadraceError: The snapshot's definition cannot be used.
    """
    pinned_tenant = snapshot.limits.pinned_tenant
    try:
        request = parse_request(body, pinned_tenant=pinned_tenant, now=now)
    except InvalidRequest as error:
        return error.rejection
    if not isinstance(request, SubmitRequest):
        return request
    (reading,) = read_all([Message("", body)], ports_over(snapshot, now=now))
    match reading:
        case Submission():
            return reading
        case Refusal(error=refused):
            return refused.rejection
        case Trouble(error=trouble):
            raise trouble
        case _:
            raise TypeError(f"a submission was read as {reading!r}")


def ports_over(snapshot: Snapshot, *, now: datetime) -> Ports:
    """Return the world that a snapshot holds, at one instant."""
    absent: Any = Absent("such thing", "a snapshot")
    return Ports(
        jobs=absent,
        catalogue=snapshot.catalogue(),
        parameters=ParameterBucket(absent, snapshot.parameter_bucket_name),
        budget=absent,
        tasks=absent,
        sweeps=absent,
        waker=absent,
        bus=absent,
        workflows=absent,
        letters=absent,
        clock=_Instant(now),
        ids=_NoIds(),
        workers=absent,
        signals=absent,
        windows=Windows.of(snapshot.limits.profile),
        placement=snapshot.placement,
        untrusted_placement=snapshot.untrusted_placement,
        deployment_id=snapshot.deployment.deployment_id,
        pinned_tenant=snapshot.limits.pinned_tenant,
        retention_days=snapshot.limits.retention_days,
    )
