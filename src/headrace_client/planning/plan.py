"""A plan: what would become of a request, with the exact RunTask call. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from headrace.launches.orders import order_for
from headrace.launches.placing import Nowhere, place
from headrace.requests.rejection import Rejection
from headrace.stages.readings import Submission
from headrace_client.planning.cost import Cost, cost_of
from headrace_client.planning.timeline import Moment, timeline_of
from headrace_client.planning.verdict import verdict_on

if TYPE_CHECKING:
    from datetime import datetime

    from headrace.definitions.admission import Admitted
    from headrace.definitions.definition import RegisteredDefinition
    from headrace.jobs.job import Job
    from headrace.launches.launch import LaunchOrder
    from headrace.requests.request import SubmitRequest
    from headrace_client.snapshot import Limits, Snapshot

ATTEMPT_MAX, LAUNCH_NUMBER_MAX = 99, 99_999
"""The longest numbers that an order may carry."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What dispatch would make of a request that it accepts.

    Attributes:
        job: As it would wait; its id is the one that it will have.
        request: As it would be stored.
        registered: The definition's version that it would be pinned to.
        terms: What both together allow.
        limits: What holds every job of the deployment.
        order: The first RunTask call; None where there would be none.
        nowhere: Why the job would end without a task; None where it would not.
        overrides_characters_max: Of any launch of the job; ECS takes 8,192.
        timeline: What happens when.
        cost: What its tasks may cost.
    """

    job: Job
    request: SubmitRequest
    registered: RegisteredDefinition
    terms: Admitted
    limits: Limits
    order: LaunchOrder | None
    nowhere: Nowhere | None
    overrides_characters_max: int
    timeline: tuple[Moment, ...]
    cost: Cost


@dataclass(frozen=True, slots=True)
class Undecided:
    """A request about another job: what becomes of it is in that job's record."""

    job_id: str


def plan(
    body: str, snapshot: Snapshot, *, now: datetime
) -> Plan | Rejection | Undecided:
    """Say what would become of a request's body, if dispatch read it at this time.

    What only the deployment knows is left out: whether the idempotency key was used
    before, and how many jobs wait.

    Raises:
        headrace.errors.HeadraceError: The snapshot's definition cannot be used.
    """
    found = verdict_on(body, snapshot, now=now)
    if isinstance(found, Submission):
        return _planned(found, snapshot)
    return found if isinstance(found, Rejection) else Undecided(found.job_id)


def _planned(submission: Submission, snapshot: Snapshot) -> Plan:
    job, entry = submission.job, submission.entry
    placement = place(
        entry.registered,
        trusted=snapshot.placement,
        untrusted=snapshot.untrusted_placement,
    )
    is_nowhere = isinstance(placement, Nowhere)
    order = partial(
        order_for,
        request=entry.request,
        registered=entry.registered,
        terms=entry.terms,
        # Overrides are the same wherever the job would run.
        placement=snapshot.placement if isinstance(placement, Nowhere) else placement,
    )
    longest = replace(job, attempt=ATTEMPT_MAX, launch_number=LAUNCH_NUMBER_MAX)
    return Plan(
        job=job,
        request=entry.request,
        registered=entry.registered,
        terms=entry.terms,
        limits=snapshot.limits,
        order=None if is_nowhere else order(replace(job, launch_number=1)),
        nowhere=placement if isinstance(placement, Nowhere) else None,
        overrides_characters_max=order(longest).overrides_characters,
        timeline=timeline_of(job, entry.terms, snapshot.limits),
        cost=cost_of(entry.terms, entry.registered.resolved),
    )
