"""What a record's own sentence about an end does not say: who or what decided. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from headrace.jobs.job import ReasonCode
from headrace_client.explaining.budgets import rule_text
from headrace_client.explaining.causes import Cause
from headrace_client.explaining.wording import counted, duration

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from headrace.definitions.admission import Admitted
    from headrace.definitions.retry_rules import RetryRule
    from headrace.jobs.job import Job
    from headrace_client.explaining.evidence import Evidence


@dataclass(frozen=True, slots=True)
class _Case:
    job: Job
    terms: Admitted
    rule: RetryRule | None

    @property
    def launches(self) -> str:
        """The infrastructure budget in words."""
        return counted(self.terms.retry.infrastructure_retries, "launch", "launches")


def decider(cause: Cause, evidence: Evidence, rule: RetryRule | None) -> str:
    """Return what decided, as a sentence; empty where nothing is to be added."""
    if cause is Cause.START_DEADLINE:
        return _last_obstacle(evidence)
    if cause in _BY_TERMS and evidence.terms is not None:
        return _BY_TERMS[cause](_Case(evidence.job, evidence.terms, rule))
    return _PLAIN.get(cause, "")


def _no_rule(case: _Case) -> str:
    none = "Its definition has no retry rule"
    if case.terms.retry.rules:
        none = "No rule of its retryStrategy matched"
    left = case.terms.retry.attempts - case.job.attempt
    verb = "was" if left == 1 else "were"
    unused = f", though {counted(left, 'attempt')} {verb} left" if left > 0 else ""
    return f"{none}, and no match means fail{unused}."


def _rule_fails(case: _Case) -> str:
    if case.rule is None:
        return ""
    return f"The first rule that matched says so: {rule_text(case.rule)}."


def _attempts_used(case: _Case) -> str:
    would = "It would be tried again with more memory"
    if case.rule is not None:
        would = f"The rule {rule_text(case.rule)} would retry that"
    attempts = case.terms.retry.attempts
    return f"{would}, but it was attempt {case.job.attempt} of {attempts}."


def _largest_memory(case: _Case) -> str:
    return (
        f"{case.terms.memory[-1]} MiB is the largest size in the definition's list, and"
        " no rule retries that."
    )


def _launches_used(case: _Case) -> str:
    if case.terms.retry.infrastructure_retries == 0:
        return "Its infrastructureRetries is 0: there is no launch beyond the first."
    return (
        f"Its infrastructure budget is used up: {case.job.infrastructure_used} of"
        f" {case.launches} beyond the first."
    )


_BY_TERMS: Mapping[Cause, Callable[[_Case], str]] = {
    Cause.NO_RULE: _no_rule,
    Cause.RULE_FAILS: _rule_fails,
    Cause.ATTEMPTS_USED: _attempts_used,
    Cause.LARGEST_MEMORY: _largest_memory,
    Cause.LAUNCHES_USED: _launches_used,
    Cause.NO_TASK_MADE: _launches_used,
    Cause.START_TIMEOUT: _launches_used,
}

_PLAIN: Mapping[Cause, str] = {
    Cause.REJECT_EXIT_CODE: "That code ends the job whatever its rules say.",
    Cause.IMAGE_FAILED_TWICE: "One more launch was tried, with the same result.",
    Cause.NEVER_STARTS: "Another launch would end the same way, so none was tried.",
    Cause.LAUNCH_REFUSED: "Another launch would be refused as well, so none was tried.",
    Cause.STOPPED_EXTERNALLY: (
        "A stop from outside is somebody's wish: it is not tried again, whatever the"
        " exit code."
    ),
    Cause.RUN_TIMEOUT: "A job whose time is over is not tried again.",
}


def _last_obstacle(evidence: Evidence) -> str:
    """Return what an expired job waited for last, as far as its record tells."""
    job, last = evidence.job, evidence.last
    if job.launch is not None:
        return "Its task had been launched, and was not running by then."
    if last is None:
        waited = duration((job.status_at - job.accepted_at).total_seconds())
        return f"It waited for {waited} and was never launched."
    if last.reason_code is ReasonCode.CAPACITY and last.task_arn is None:
        return f"It waited for capacity; the last time ECS said {last.detail!r}."
    return f"Its last launch had ended with {last.reason_code}: {last.detail}"
