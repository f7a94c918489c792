"""What decides about a job whose task stopped: a rule, a budget, its time, its owner.

Settling a job and explaining how it was settled ask the same function. Pure.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from headrace.definitions.admission import Admitted
from headrace.definitions.retry_rules import RetryAction, RetryRule
from headrace.jobs.job import DesiredStatus, Job, ReasonCode, StopCause
from headrace.tasks.outcome import Ending, EndingKind


class Verdict(StrEnum):
    """What follows an ending. The first three go on, the others end the job."""

    RULE_RETRIES = "RULE_RETRIES"
    MORE_MEMORY = "MORE_MEMORY"
    NEW_LAUNCH = "NEW_LAUNCH"
    SUCCEEDED = "SUCCEEDED"
    UNWANTED = "UNWANTED"
    OUT_OF_TIME = "OUT_OF_TIME"
    NO_RULE = "NO_RULE"
    RULE_FAILS = "RULE_FAILS"
    ATTEMPTS_USED = "ATTEMPTS_USED"
    LAUNCHES_USED = "LAUNCHES_USED"
    FAILED_TWICE = "FAILED_TWICE"
    NEVER = "NEVER"

    @property
    def goes_on(self) -> bool:
        """Whether the job is tried again."""
        return self in {self.RULE_RETRIES, self.MORE_MEMORY, self.NEW_LAUNCH}


@dataclass(frozen=True, slots=True)
class Decision:
    """A verdict, and the retry rule behind it, where one matched."""

    verdict: Verdict
    rule: RetryRule | None = None


def decided(  # noqa: PLR0911 - one return for each thing that can decide
    job: Job, ending: Ending, terms: Admitted
) -> Decision:
    """Decide what follows the end of a job's current launch.

    Args:
        job: As it was when the task stopped; what a record keeps of that is enough.
        ending: How the task ended.
        terms: What the job was accepted with.
    """
    if ending.kind is EndingKind.SUCCEEDED:
        return Decision(Verdict.SUCCEEDED)
    if job.desired_status is not DesiredStatus.RUN:
        return Decision(Verdict.UNWANTED)
    if ending.kind is EndingKind.JOB_FAILURE:
        return _by_rule(job, ending, terms)
    if _is_out_of_time(job):
        return Decision(Verdict.OUT_OF_TIME)
    match ending.kind:
        case EndingKind.INFRASTRUCTURE | EndingKind.TRY_LATER:
            return _by_launches(job, terms)
        case EndingKind.PERMANENT_AFTER_ONE if _failed_before(job, ending):
            return Decision(Verdict.FAILED_TWICE)
        case EndingKind.PERMANENT_AFTER_ONE:
            return _by_launches(job, terms)
        case EndingKind.STOPPED_BY_US if _is_start_timeout(job):
            return _by_launches(job, terms)
        case _:
            return Decision(Verdict.NEVER)


def _by_rule(job: Job, ending: Ending, terms: Admitted) -> Decision:
    """A rule that says no counts before the budget: more attempts would not help."""
    has_rung = job.memory_rung + 1 < len(terms.memory)
    climbs = ending.reason_code is ReasonCode.OUT_OF_MEMORY and has_rung
    action, rule = terms.retry.ruling(
        ending.exit_code, ending.stop_code, ending.stopped_reason
    )
    if not climbs and action is not RetryAction.RETRY:
        return Decision(Verdict.NO_RULE if rule is None else Verdict.RULE_FAILS, rule)
    if job.attempt >= terms.retry.attempts:
        return Decision(Verdict.ATTEMPTS_USED, rule)
    return Decision(Verdict.MORE_MEMORY if climbs else Verdict.RULE_RETRIES, rule)


def _by_launches(job: Job, terms: Admitted) -> Decision:
    has_launch = job.infrastructure_used < terms.retry.infrastructure_retries
    return Decision(Verdict.NEW_LAUNCH if has_launch else Verdict.LAUNCHES_USED)


def _failed_before(job: Job, ending: Ending) -> bool:
    """Whether an earlier launch of this attempt ended for the same reason."""
    return any(
        entry.attempt == job.attempt and entry.reason_code is ending.reason_code
        for entry in job.history
    )


def _is_out_of_time(job: Job) -> bool:
    """Whether a new launch would begin a job whose time is over."""
    cause = job.launch.stop_cause if job.launch else None
    return cause in {StopCause.RUN_TIMEOUT, StopCause.START_DEADLINE}


def _is_start_timeout(job: Job) -> bool:
    return job.launch is not None and job.launch.stop_cause is StopCause.START_TIMEOUT
