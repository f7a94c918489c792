"""What is left of a job's two budgets, and which retry rule spoke. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headrace_client.explaining.fact_names import fact
from headrace_client.explaining.wording import counted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from headrace.definitions.retry_rules import RetryRule
    from headrace_client.explaining.evidence import Evidence
    from headrace_client.explaining.explanation import Fact


def budget_facts(evidence: Evidence) -> Iterator[Fact]:
    """Yield what the job has used of its attempts and launches."""
    job, terms = evidence.job, evidence.terms
    if terms is None:
        yield fact("attempt", job.attempt, f"attempt {job.attempt}")
        return
    yield attempt_fact(evidence)
    yield fact(
        "attemptsMax",
        terms.retry.attempts,
        f"{counted(terms.retry.attempts, 'attempt')} in all",
    )
    yield from launch_facts(evidence)


def attempt_fact(evidence: Evidence) -> Fact:
    """Return which attempt it is, and of how many."""
    job, terms = evidence.job, evidence.terms
    of = f" of {terms.retry.attempts}" if terms else ""
    return fact("attempt", job.attempt, f"{job.attempt}{of}")


def launch_facts(evidence: Evidence) -> Iterator[Fact]:
    """Yield what the job has used of its infrastructure budget."""
    job, terms = evidence.job, evidence.terms
    if terms is None:
        return
    used, most = job.infrastructure_used, terms.retry.infrastructure_retries
    yield fact("infrastructureUsed", used, f"{used} of {most}")
    yield fact("infrastructureMax", most, str(most))


def rule_text(rule: RetryRule) -> str:
    """Return a rule as its owner may have written it."""
    *conditions, action = rule.to_wire().items()
    written = [f'{name}: "{pattern}"' for name, pattern in conditions]
    return f"{{ {', '.join([*written, f'action: {action[1]}'])} }}"


def rule_fact(rule: RetryRule) -> Fact:
    """Return the rule that decided."""
    return fact("rule", rule.to_wire(), rule_text(rule))
