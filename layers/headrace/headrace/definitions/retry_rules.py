"""Retry rules: which failures of a job are worth another attempt.

Matching only; budgets and waiting are in `retry.py`.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, model_validator

from headrace import limits
from headrace.wire import Wire

Pattern = Annotated[str, Field(min_length=1, max_length=limits.RULE_PATTERN_CHARACTERS)]


class RetryAction(StrEnum):
    """What a rule decides."""

    RETRY = "RETRY"
    FAIL = "FAIL"


class RetryRule(Wire):
    """One rule: every condition that is given must match.

    A condition is alternatives separated by ``|``; ``*`` stands for any characters.
    Upper and lower case differ. What ECS did not report matches no condition.
    """

    on_exit_code: Annotated[
        str | None, Field(pattern=limits.EXIT_CODE_PATTERN, max_length=256)
    ] = None
    on_stop_code: Pattern | None = None
    on_reason: Pattern | None = None
    action: Annotated[RetryAction, Field(strict=False)]

    @model_validator(mode="after")
    def _has_a_condition(self) -> Self:
        if self.conditions == (None, None, None):
            raise ValueError("at least one of onExitCode, onStopCode, onReason")
        return self

    @property
    def conditions(self) -> tuple[str | None, str | None, str | None]:
        """The patterns, in the order exit code, stop code, reason."""
        return self.on_exit_code, self.on_stop_code, self.on_reason

    def matches(
        self, exit_code: int | None, stop_code: str | None, reason: str | None
    ) -> bool:
        """Tell whether every given condition matches what ECS reported."""
        facts = (None if exit_code is None else str(exit_code), stop_code, reason)
        return all(
            pattern is None or (fact is not None and matches_any(pattern, fact))
            for pattern, fact in zip(self.conditions, facts, strict=True)
        )

    def covers(self, other: RetryRule) -> bool:
        """Tell whether this rule surely matches whatever the other one matches."""
        return all(
            mine is None
            or (
                theirs is not None
                # A star in `text` can only be met by a star of ours, and then so
                # can whatever it stands for.
                and all(matches_any(mine, text) for text in theirs.split("|"))
            )
            for mine, theirs in zip(self.conditions, other.conditions, strict=True)
        )


Rules = Annotated[
    tuple[RetryRule, ...], Field(strict=False, max_length=limits.RULES_MAX)
]


def first_match(
    rules: tuple[RetryRule, ...],
    exit_code: int | None,
    stop_code: str | None,
    reason: str | None,
) -> RetryRule | None:
    """Return the first rule that matches; None, which means FAIL, when none does."""
    for rule in rules:
        if rule.matches(exit_code, stop_code, reason):
            return rule
    return None


def matches_any(alternatives: str, text: str) -> bool:
    """Tell whether one of ``a|b*|*c`` matches the whole text."""
    return any(_matches(pattern, text) for pattern in alternatives.split("|"))


def _matches(pattern: str, text: str) -> bool:
    """Match with ``*`` only; never backtracks, so hostile texts cost nothing."""
    first, *rest = pattern.split("*")
    if not rest:
        return text == first
    last = rest.pop()
    if len(text) < len(first) + len(last):
        return False
    if not (text.startswith(first) and text.endswith(last)):
        return False
    position, end = len(first), len(text) - len(last)
    for part in rest:
        found = text.find(part, position, end)
        if found < 0:
            return False
        position = found + len(part)
    return True
