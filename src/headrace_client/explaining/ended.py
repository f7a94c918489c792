"""Why a job ended: which rule, budget, deadline or person decided. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headrace.jobs.job import JobStatus, ReasonCode
from headrace.jobs.verdicts import Decision, Verdict, decided
from headrace.tasks.ending import EndingKind
from headrace_client.explaining.budgets import budget_facts, rule_fact
from headrace_client.explaining.causes import Cause
from headrace_client.explaining.deciding import decider
from headrace_client.explaining.evidence import Evidence
from headrace_client.explaining.fact_names import fact
from headrace_client.explaining.framing import framed, task_fact
from headrace_client.explaining.recorded import recorded_ending

if TYPE_CHECKING:
    from collections.abc import Iterator

    from headrace.jobs.job import Job, Outcome
    from headrace_client.explaining.explanation import Explanation, Fact

_BY_REASON = {
    ReasonCode.CANCELLED_BY_USER: Cause.CANCELLED,
    ReasonCode.RUNTIME_LIMIT: Cause.RUN_TIMEOUT,
    ReasonCode.STOPPED_EXTERNALLY: Cause.STOPPED_EXTERNALLY,
    ReasonCode.LOST: Cause.LOST,
}

_BY_REFUSAL = {
    ReasonCode.LAUNCH_REJECTED: Cause.LAUNCH_REFUSED,
    ReasonCode.INFRASTRUCTURE: Cause.NO_TASK_MADE,
}

_BY_VERDICT = {
    Verdict.SUCCEEDED: Cause.SUCCEEDED,
    Verdict.UNWANTED: Cause.CANCELLED,
    Verdict.NO_RULE: Cause.NO_RULE,
    Verdict.RULE_FAILS: Cause.RULE_FAILS,
    Verdict.ATTEMPTS_USED: Cause.ATTEMPTS_USED,
    Verdict.LAUNCHES_USED: Cause.LAUNCHES_USED,
    Verdict.FAILED_TWICE: Cause.IMAGE_FAILED_TWICE,
}

_BY_KIND = {
    EndingKind.NEVER_RETRY: Cause.REJECT_EXIT_CODE,
    EndingKind.PERMANENT: Cause.NEVER_STARTS,
    EndingKind.STOPPED_EXTERNALLY: Cause.STOPPED_EXTERNALLY,
}


def ended(evidence: Evidence) -> Explanation:
    """Return the explanation of a job with a terminal status.

    Raises:
        ValueError: The record has no outcome, which no stage would store.
    """
    job = evidence.job
    outcome = job.outcome
    if outcome is None:
        raise ValueError(f"job {job.job_id}: {job.status} without an outcome")
    cause, decision = _cause(evidence, outcome)
    rule = decision.rule if decision else None
    return framed(
        evidence,
        cause,
        " ".join(filter(None, (outcome.summary, decider(cause, evidence, rule)))),
        since_at=outcome.finished_at,
        facts=list(_facts(evidence, outcome, decision)),
        advice=_advice(cause, outcome),
    )


def _cause(evidence: Evidence, outcome: Outcome) -> tuple[Cause, Decision | None]:
    job, registered, terms = evidence.job, evidence.registered, evidence.terms
    ending = recorded_ending(job, registered) if registered else None
    if ending is None or terms is None:
        return _without_a_report(job, outcome), None
    decision = decided(job, ending, terms)
    if outcome.reason_code in _BY_REASON:
        return _BY_REASON[outcome.reason_code], decision
    if outcome.reason_code is ReasonCode.START_LIMIT:
        return _start_limit(outcome), decision
    is_memory = outcome.reason_code is ReasonCode.OUT_OF_MEMORY
    if is_memory and terms.memory and decision.verdict is Verdict.NO_RULE:
        return Cause.LARGEST_MEMORY, decision
    cause = _BY_VERDICT.get(decision.verdict) or _BY_KIND.get(ending.kind, Cause.ENDED)
    return cause, decision


def _without_a_report(job: Job, outcome: Outcome) -> Cause:
    """Return what ended a job of which no task's end is on record."""
    reason = outcome.reason_code
    if reason is ReasonCode.OK:
        return Cause.SUCCEEDED
    if reason is ReasonCode.START_LIMIT:
        return _start_limit(outcome)
    if job.launch is None and reason is ReasonCode.LAUNCH_REJECTED:
        return Cause.NOWHERE_TO_RUN
    if job.launch is None or job.launch.last_version is None:
        return (_BY_REASON | _BY_REFUSAL).get(reason, Cause.ENDED)
    return _BY_REASON.get(reason, Cause.ENDED)


def _start_limit(outcome: Outcome) -> Cause:
    is_deadline = outcome.status is JobStatus.EXPIRED
    return Cause.START_DEADLINE if is_deadline else Cause.START_TIMEOUT


def _facts(
    evidence: Evidence, outcome: Outcome, decision: Decision | None
) -> Iterator[Fact]:
    job = evidence.job
    yield fact("reasonCode", outcome.reason_code.value, outcome.reason_code.value)
    yield fact("summary", outcome.summary, outcome.summary)
    if outcome.exit_code is not None:
        yield fact("exitCode", outcome.exit_code, str(outcome.exit_code))
    if outcome.stop_code:
        yield fact("stopCode", outcome.stop_code, outcome.stop_code)
    if outcome.stopped_reason:
        yield fact("ecsText", outcome.stopped_reason, outcome.stopped_reason)
    if decision is not None and decision.rule is not None:
        yield rule_fact(decision.rule)
    yield from budget_facts(evidence)
    if job.launch is not None and job.launch.task_arn:
        yield task_fact(job.launch.task_arn)


def _advice(cause: Cause, outcome: Outcome) -> str:
    """Return the record's advice, or better where the deciding rule is known."""
    if cause is Cause.ATTEMPTS_USED:
        return (
            "Read its log: headrace logs --all shows every attempt. Raise attempts in"
            " the definition's retryStrategy if one more is worth it."
        )
    if cause is Cause.REJECT_EXIT_CODE:
        return (
            "Correct what the job was given, as its log says, and submit it under a new"
            " idempotency key. If the code is worth a retry, take it out of the"
            " definition's exitCodes.reject."
        )
    if cause is Cause.LAUNCHES_USED and outcome.reason_code is ReasonCode.EXIT_CODE:
        return (
            "Raise the definition's infrastructureRetries or its backoff if the work"
            " comes later than that, or submit the job when there is some."
        )
    return outcome.advice
