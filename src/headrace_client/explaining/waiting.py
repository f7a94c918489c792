"""Why a job waits, where it stands, and what lets it go on. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headrace.jobs.job import Job, ReasonCode, WaitReason
from headrace_client.explaining.backoffs import backoff
from headrace_client.explaining.causes import Cause
from headrace_client.explaining.evidence import POSITIONS_MAX, Evidence
from headrace_client.explaining.explanation import Explanation, NextStep
from headrace_client.explaining.fact_names import fact
from headrace_client.explaining.framing import framed
from headrace_client.explaining.wording import counted, duration, moment

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from headrace_client.explaining.evidence import BacklogView
    from headrace_client.explaining.explanation import Fact

_NOT_BUILT = {
    WaitReason.DEPENDENCY: "a job that it depends on has not succeeded yet",
    WaitReason.JOB_LIMIT: "as many jobs of its definition run as may",
    WaitReason.TENANT_LIMIT: "as many jobs of its tenant run as may",
    WaitReason.KEY_LIMIT: "a job with its concurrency key runs",
    WaitReason.HELD: "an operator holds it",
}


def waiting(evidence: Evidence) -> Explanation:
    """Return the explanation of a job that is PENDING or RUNNABLE."""
    reason = evidence.job.wait_reason
    if reason is WaitReason.SCHEDULED:
        return _scheduled(evidence)
    if reason is WaitReason.CAPACITY:
        return _capacity(evidence)
    if reason is WaitReason.BACKOFF:
        return backoff(evidence)
    if reason is WaitReason.LAUNCH_BUDGET:
        return _backlog(evidence)
    why = _NOT_BUILT.get(reason, "its record does not say why") if reason else ""
    return framed(
        evidence,
        Cause.LIMIT,
        f"It waits because {why}.",
        since_at=evidence.job.status_at,
        next_step=NextStep("Reconcile looks again.", "reconcile", evidence.job.next_at),
    )


def _scheduled(evidence: Evidence) -> Explanation:
    job, now = evidence.job, evidence.now
    at = job.not_before_at or job.next_at or now
    return framed(
        evidence,
        Cause.SCHEDULED,
        f"It was scheduled for {at:%F %H:%M:%S} UTC and starts {moment(at, now)}."
        if at > now
        else f"Its time came {moment(at, now)}; reconcile is about to launch it.",
        since_at=job.accepted_at,
        facts=[fact("notBeforeAt", at, moment(at, now))],
        next_step=NextStep("Reconcile launches it.", "reconcile", at),
        advice="To run it at once, cancel it and submit it without scheduledAt, under a"
        " new idempotency key.",
    )


def _capacity(evidence: Evidence) -> Explanation:
    """ECS refused for want of room: what it said, how often, and when it is asked."""
    job, now, last = evidence.job, evidence.now, evidence.last
    at = job.not_before_at or job.next_at or now
    refusals = _refusals(job)
    said = last.detail if last else "that there is no room"
    capacity = evidence.terms.capacity[job.capacity_rung] if evidence.terms else None
    facts = [fact("ecsText", said, said)]
    facts.append(
        fact("refusals", refusals, f"{counted(refusals, 'time')} in this attempt")
    )
    if capacity:
        facts.append(fact("nextCapacity", capacity, capacity))
    facts.append(fact("notBeforeAt", at, moment(at, now)))
    asked = f" {capacity}" if capacity else ""
    return framed(
        evidence,
        Cause.CAPACITY,
        f"ECS had no room for its task and refused it {counted(refusals, 'time')}; the"
        f" last time it said {said!r}. That costs the job nothing but time.",
        since_at=_refused_since(job) or job.status_at,
        facts=facts,
        next_step=NextStep(f"Reconcile asks ECS for{asked} again.", "reconcile", at),
        advice="Offer more subnets, another capacity in the definition's list or more"
        " instances, or ask AWS for a higher quota. Without a start deadline it waits"
        " for as long as it takes.",
    )


def _refusals(job: Job) -> int:
    """Return how often this attempt was refused for capacity, as far as is kept."""
    return sum(
        entry.attempt == job.attempt
        and entry.reason_code is ReasonCode.CAPACITY
        and entry.task_arn is None
        for entry in job.history
    )


def _refused_since(job: Job) -> datetime | None:
    since_at = None
    for entry in reversed(job.history):
        if entry.reason_code is not ReasonCode.CAPACITY or entry.task_arn:
            break
        since_at = entry.ended_at
    return since_at


def _backlog(evidence: Evidence) -> Explanation:
    job, now, view = evidence.job, evidence.now, evidence.backlog
    is_held = bool(view and view.held_until_at and view.held_until_at > now)
    if _was_throttled(job):
        return framed(
            evidence,
            Cause.THROTTLED,
            "ECS limited the rate of RunTask when this job was launched, or its sender"
            " ran out of time. No task was made, nothing was used up, and it is back in"
            " the backlog.",
            next_step=_turn(evidence),
            advice="If this is frequent, lower LaunchesPerSecond below the account's"
            " RunTask quota, or ask AWS for a higher one.",
            since_at=job.status_at,
            facts=tuple(_backlog_facts(evidence)),
        )
    if view is None or (not is_held and view.position in {None, 1}):
        place = "It is the next of its tenant."
        if view is None:
            place = "Its place in the backlog could not be read."
        return framed(
            evidence,
            Cause.LAUNCH_BUDGET,
            f"The deployment's launches per second were used up when it came. {place}",
            next_step=_turn(evidence),
            advice=_RATE_ADVICE,
            since_at=job.status_at,
            facts=tuple(_backlog_facts(evidence)),
        )
    return framed(
        evidence,
        Cause.BACKLOG,
        f"It waits its turn: {_before(view)}. While there is a backlog only reconcile"
        " launches, so that new jobs do not overtake old ones.",
        next_step=_turn(evidence),
        advice=_RATE_ADVICE,
        since_at=job.status_at,
        facts=tuple(_backlog_facts(evidence)),
    )


_RATE_ADVICE = (
    "It starts by itself. If the backlog is often long, raise LaunchesPerSecond, as far"
    " as the account's Fargate quota goes."
)


def _before(view: BacklogView) -> str:
    if view.position is None and view.counted < POSITIONS_MAX:
        return "it is about to be launched, or joined a moment ago"
    if view.position is None:
        return f"at least {counted(view.counted, 'job')} of its tenant are before it"
    ahead = view.position - 1
    if ahead == 0:
        return "it is the next of its tenant"
    verb = "is" if ahead == 1 else "are"
    return f"{counted(ahead, 'job')} of its tenant {verb} before it"


def _was_throttled(job: Job) -> bool:
    """Whether the last launch left no trace: a throttle is the only end that does."""
    numbers = {(entry.attempt, entry.launch) for entry in job.history}
    return job.launch_number > 0 and (job.attempt, job.launch_number) not in numbers


def _turn(evidence: Evidence) -> NextStep:
    """What lets it go: its turn in reconcile's drain, at the latest its timer."""
    view, rate = evidence.backlog, evidence.launches_per_second
    what = "Reconcile, which runs every minute and when woken, launches it in its turn"
    if view and view.position and rate:
        tenants = view.other_tenants + 1
        seconds = view.position * tenants / rate
        what += f"; at {rate:g} launches a second that takes about {duration(seconds)}"
    return NextStep(f"{what}.", "reconcile")


def _backlog_facts(evidence: Evidence) -> Iterator[Fact]:
    view, now, rate = evidence.backlog, evidence.now, evidence.launches_per_second
    if view is not None:
        if view.position is not None:
            yield fact("position", view.position, f"{view.position} of its tenant's")
        elif view.counted >= POSITIONS_MAX:
            yield fact("ahead", view.counted, f"at least {view.counted}")
        if view.other_tenants:
            names = counted(view.other_tenants, "other tenant")
            yield fact("otherTenants", view.other_tenants, f"{names} in turn")
        if view.held_until_at and view.held_until_at > now:
            held = moment(view.held_until_at, now)
            yield fact("backlogHeldUntilAt", view.held_until_at, f"{held}, or renewed")
    if rate is not None:
        text = f"{rate:g}" if rate else "no limit"
        yield fact("launchesPerSecond", rate, text)
