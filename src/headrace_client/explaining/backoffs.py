"""Why a job waits before it is tried again: after which failure, and by what right."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headrace.jobs.job import ReasonCode
from headrace_client.explaining.budgets import (
    attempt_fact,
    launch_facts,
    rule_fact,
    rule_text,
)
from headrace_client.explaining.causes import Cause
from headrace_client.explaining.explanation import NextStep
from headrace_client.explaining.fact_names import fact
from headrace_client.explaining.framing import framed
from headrace_client.explaining.wording import moment

if TYPE_CHECKING:
    from collections.abc import Iterator

    from headrace.definitions.retry_rules import RetryRule
    from headrace.jobs.job import LaunchEntry
    from headrace_client.explaining.evidence import Evidence
    from headrace_client.explaining.explanation import Explanation, Fact


def backoff(evidence: Evidence) -> Explanation:
    """Return the explanation of a job that waits for its backoff to pass."""
    job, now, last = evidence.job, evidence.now, evidence.last
    at = job.not_before_at or job.next_at or now
    cause, why = _cause(evidence)
    facts = [fact("notBeforeAt", at, moment(at, now)), *_failure_facts(evidence, cause)]
    return framed(
        evidence,
        cause,
        why,
        since_at=last.ended_at if last else job.status_at,
        facts=facts,
        next_step=NextStep(
            f"Reconcile starts {_what_follows(evidence, cause)}.", "reconcile", at
        ),
        advice=_ADVICE[cause],
    )


_ADVICE = {
    Cause.BACKOFF_BY_RULE: "It goes on by itself. To see what failed: headrace logs.",
    Cause.BACKOFF_FOR_MEMORY: "It goes on by itself. If the larger size is always"
    " needed, begin the definition's list of memory sizes with it.",
    Cause.BACKOFF_FOR_LAUNCH: "It goes on by itself.",
    Cause.BACKOFF_TRY_LATER: "It goes on by itself, until the infrastructure budget or"
    " the start deadline ends it.",
}


def _cause(evidence: Evidence) -> tuple[Cause, str]:
    """Return the cause and its sentence, from how the last launch ended."""
    job, last = evidence.job, evidence.last
    if last is None:
        return Cause.BACKOFF_FOR_LAUNCH, "It waits before its next launch."
    if last.attempt < job.attempt:
        return _new_attempt(evidence, last)
    if last.reason_code is ReasonCode.EXIT_CODE:
        return (
            Cause.BACKOFF_TRY_LATER,
            (
                f"{last.detail} It comes back without losing an attempt; that takes"
                " one launch of the infrastructure budget."
            ),
        )
    return (
        Cause.BACKOFF_FOR_LAUNCH,
        (
            f"{_sentence(last.detail)} That is no fault of the job: it is launched"
            " again within the same attempt, from the infrastructure budget."
        ),
    )


def _new_attempt(evidence: Evidence, last: LaunchEntry) -> tuple[Cause, str]:
    memory = _next_memory(evidence)
    if last.reason_code is ReasonCode.OUT_OF_MEMORY and memory:
        return (
            Cause.BACKOFF_FOR_MEMORY,
            (
                f"{last.detail} It is tried again with {memory} MiB, the next size of"
                " the definition's list."
            ),
        )
    rule = deciding_rule(evidence, last)
    by = f"The rule {rule_text(rule)}" if rule else "A rule of its retryStrategy"
    return Cause.BACKOFF_BY_RULE, f"{last.detail} {by} gives it another attempt."


def deciding_rule(evidence: Evidence, last: LaunchEntry) -> RetryRule | None:
    """Return the rule that gave the attempt; None where the record cannot tell.

    A past launch keeps no text of ECS, so that a rule that asks for one stays open.
    """
    if evidence.terms is None:
        return None
    for rule in evidence.terms.retry.rules:
        codes_only = rule.model_copy(update={"on_reason": None})
        if codes_only.matches(last.exit_code, last.stop_code, None):
            return rule if rule.on_reason is None else None
    return None


def _next_memory(evidence: Evidence) -> int | None:
    terms, rung = evidence.terms, evidence.job.memory_rung
    if terms is None or not 0 < rung < len(terms.memory):
        return None
    return terms.memory[rung]


def _what_follows(evidence: Evidence, cause: Cause) -> str:
    job = evidence.job
    if cause in {Cause.BACKOFF_BY_RULE, Cause.BACKOFF_FOR_MEMORY}:
        of = f" of {evidence.terms.retry.attempts}" if evidence.terms else ""
        return f"attempt {job.attempt}{of}"
    return f"launch {job.launch_number + 1} of attempt {job.attempt}"


def _failure_facts(evidence: Evidence, cause: Cause) -> Iterator[Fact]:
    last = evidence.last
    if last is not None:
        yield fact("failure", last.reason_code.value, last.reason_code.value)
        if last.exit_code is not None:
            yield fact("exitCode", last.exit_code, str(last.exit_code))
        if last.stop_code:
            yield fact("stopCode", last.stop_code, last.stop_code)
    if cause is Cause.BACKOFF_BY_RULE and last is not None:
        rule = deciding_rule(evidence, last)
        if rule is not None:
            yield rule_fact(rule)
    memory = _next_memory(evidence)
    if cause is Cause.BACKOFF_FOR_MEMORY and memory:
        yield fact("nextMemoryMib", memory, f"{memory} MiB")
    yield attempt_fact(evidence)
    if cause in {Cause.BACKOFF_FOR_LAUNCH, Cause.BACKOFF_TRY_LATER}:
        yield from launch_facts(evidence)
        if evidence.terms and len(evidence.terms.capacity) > 1:
            capacity = evidence.terms.capacity[evidence.job.capacity_rung]
            yield fact("nextCapacity", capacity, capacity)


def _sentence(detail: str) -> str:
    """Make a sentence of a code of ECS's: `The launch failed: ServerException.`."""
    return detail if detail.endswith(".") else f"The launch failed: {detail}."
