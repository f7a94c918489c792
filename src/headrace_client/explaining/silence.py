"""A launch that no report has named yet: sent, searched for, replayed, or in doubt.

What may happen is asked of the moves' own guards; the windows are the launch's.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from headrace.definitions.definition import OnUnknown
from headrace.jobs.guards import is_evidence_gone, is_in_replay_window, is_not_refused
from headrace.jobs.refusals import withdrawal
from headrace_client.explaining.causes import Cause
from headrace_client.explaining.evidence import Evidence, windows_of
from headrace_client.explaining.explanation import NextStep
from headrace_client.explaining.fact_names import fact
from headrace_client.explaining.framing import framed
from headrace_client.explaining.wording import clock, counted, moment

if TYPE_CHECKING:
    from collections.abc import Iterator

    from headrace.jobs.job import Launch
    from headrace_client.explaining.explanation import Explanation, Fact


def silence(evidence: Evidence, launch: Launch) -> Explanation:
    """Return the explanation of a STARTING job whose task nobody has seen."""
    cause = _cause(evidence, launch)
    return framed(
        evidence,
        cause,
        _summary(cause, evidence, launch),
        since_at=launch.intended_at,
        facts=list(_facts(evidence, launch)),
        next_step=_next(cause, evidence, launch),
        advice="" if cause is Cause.LAUNCH_SENT else _ADVICE,
    )


_ADVICE = (
    "Nothing is to be done: at most one task comes of a launch, and reconcile finds out"
    " whether there is one. If it happens often, look at ECS's health."
)


def _cause(evidence: Evidence, launch: Launch) -> Cause:
    facts = evidence.facts()
    if is_evidence_gone(evidence.job, facts):
        return Cause.LAUNCH_UNPROVABLE
    if launch.is_refused:
        return Cause.LAUNCH_DOUBTED
    if launch.sends > 1:
        return Cause.LAUNCH_REPLAYED
    first_visit_at = launch.intended_at + timedelta(
        seconds=facts.windows.first_visit_seconds
    )
    is_visited = evidence.job.next_at is not None and (
        evidence.job.next_at > first_visit_at
    )
    return Cause.LAUNCH_SEARCHED if is_visited else Cause.LAUNCH_SENT


def _summary(cause: Cause, evidence: Evidence, launch: Launch) -> str:
    sent = clock(launch.last_sent_at, evidence.now)
    match cause:
        case Cause.LAUNCH_SENT:
            return (
                f"RunTask was sent at {sent}. ECS reports when the task runs; the"
                " report names the task."
            )
        case Cause.LAUNCH_SEARCHED:
            return (
                f"RunTask was sent at {sent}, and no report has named a task. Reconcile"
                " has looked among ECS's tasks and found none of it so far."
            )
        case Cause.LAUNCH_REPLAYED:
            return (
                f"RunTask was sent {counted(launch.sends, 'time')} with the same client"
                f" token, last at {sent}: the answer got lost, and no report has named"
                " a task."
            )
        case Cause.LAUNCH_DOUBTED:
            return (
                "ECS refused RunTask when it was sent again, or called its token taken,"
                " but an earlier send may have made a task. It is not sent again;"
                " reconcile needs proof that there is none."
            )
        case _:
            return (
                "RunTask was sent so long ago that ECS may have forgotten the task, and"
                " no report has named one. Whether it ran, nobody can tell."
            )


def _next(cause: Cause, evidence: Evidence, launch: Launch) -> NextStep:
    job, facts = evidence.job, evidence.facts()
    may_replay = is_not_refused(job, facts) and is_in_replay_window(job, facts)
    withdrawn = withdrawal(job, facts)
    if cause is Cause.LAUNCH_UNPROVABLE:
        then = "if the last search finds nothing either, the job is LOST"
        definition = evidence.registered.definition if evidence.registered else None
        if definition and definition.on_unknown is OnUnknown.RETRY:
            then = "if the last search finds nothing either, it is launched again"
    elif withdrawn is not None:
        then = f"once there surely is none, the job ends as {withdrawn.status}"
    elif may_replay:
        then = "if it finds none, it sends the same RunTask again"
    else:
        quiet = timedelta(seconds=windows_of(launch).quiet_seconds)
        provable = clock(launch.last_sent_at + quiet, evidence.now)
        then = (
            f"if it finds none after {provable}, there is none, and it is launched anew"
        )
    start = "Reconcile looks"
    if cause is Cause.LAUNCH_SENT:
        start = "If no report comes, reconcile looks"
    what = f"{start} for the task among those of ECS; {then}."
    return NextStep(what, "reconcile", job.next_at)


def _facts(evidence: Evidence, launch: Launch) -> Iterator[Fact]:
    now, windows = evidence.now, windows_of(launch)
    yield fact("sends", launch.sends, counted(launch.sends, "time"))
    yield fact("sentAt", launch.last_sent_at, moment(launch.last_sent_at, now))
    if not launch.is_refused:
        replay_at = launch.intended_at + timedelta(seconds=windows.replay_seconds)
        yield fact("replayUntilAt", replay_at, moment(replay_at, now))
    provable_at = launch.last_sent_at + timedelta(seconds=windows.quiet_seconds)
    yield fact("provableAt", provable_at, moment(provable_at, now))
    forgotten_at = launch.intended_at + timedelta(seconds=windows.absence_end_seconds)
    yield fact("forgottenAt", forgotten_at, moment(forgotten_at, now))
