"""When a job tries again: its two budgets, its rules and its backoff.

Values and decisions only; randomness is an argument. Rules are in `retry_rules.py`.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, NamedTuple, Self

from pydantic import Field, model_validator

from headrace import limits
from headrace.definitions.retry_rules import RetryAction, RetryRule, Rules, first_match
from headrace.wire import Wire


class Backoff(Wire):
    """How long to wait before trying again: exponential, with full jitter."""

    initial_seconds: Annotated[int, Field(ge=1, le=limits.BACKOFF_SECONDS_MAX)] = 10
    max_seconds: Annotated[int, Field(ge=1, le=limits.BACKOFF_SECONDS_MAX)] = 600
    factor: Annotated[int, Field(ge=1, le=limits.BACKOFF_FACTOR_MAX)] = 2

    @model_validator(mode="after")
    def _is_a_range(self) -> Self:
        if self.max_seconds < self.initial_seconds:
            raise ValueError("maxSeconds at least initialSeconds")
        return self

    def delay(self, n: int, random: float) -> timedelta:
        """Return the wait before retry ``n``, counted from 1.

        ``random`` is drawn evenly from [0, 1): the wait lies anywhere between
        nothing and the ceiling, so that jobs that failed together do not return
        together. Source: AWS Architecture Blog, "Exponential Backoff And Jitter".
        """
        doublings = min(max(n, 1) - 1, 32)  # far beyond maxSeconds, never overflows
        ceiling = min(self.max_seconds, self.initial_seconds * self.factor**doublings)
        return timedelta(seconds=random * ceiling)


class RequestedBackoff(Wire):
    """The part of a backoff that a request changes."""

    initial_seconds: (
        Annotated[int, Field(ge=1, le=limits.BACKOFF_SECONDS_MAX)] | None
    ) = None
    max_seconds: Annotated[int, Field(ge=1, le=limits.BACKOFF_SECONDS_MAX)] | None = (
        None
    )
    factor: Annotated[int, Field(ge=1, le=limits.BACKOFF_FACTOR_MAX)] | None = None


class RequestedRetryStrategy(Wire):
    """The part of a retry strategy that a request changes; it may only narrow."""

    # No maxima of its own: the definition's are the ones worth naming.
    attempts: Annotated[int, Field(ge=1)] | None = None
    infrastructure_retries: Annotated[int, Field(ge=0)] | None = None
    rules: Rules | None = None
    backoff: RequestedBackoff | None = None


class WiderThanAllowed(ValueError):
    """A request's retry strategy asks for more than the definition's.

    Attributes:
        field: Which part, as ``attempts`` or ``rules[0]``.
        limit: What it would have to be.
        value: What was asked for, as JSON has it.
    """

    def __init__(self, field: str, limit: str, value: object) -> None:
        super().__init__(f"{field}: must be {limit}, but is {value}")
        self.field = field
        self.limit = limit
        self.value = value


class Ruling(NamedTuple):
    """What the rules say, and which of them; None where none matched."""

    action: RetryAction
    rule: RetryRule | None


class RetryStrategy(Wire):
    """How often and after what a job tries again.

    Attributes:
        attempts: Tries in all, the first included, paid from the job budget.
        infrastructure_retries: Launches beyond the first that infrastructure
            failures may use, without any rule.
        rules: First match wins; no match means FAIL.
    """

    attempts: Annotated[int, Field(ge=1, le=limits.ATTEMPTS_MAX)] = 1
    infrastructure_retries: Annotated[
        int, Field(ge=0, le=limits.INFRASTRUCTURE_RETRIES_MAX)
    ] = 5
    rules: Rules = ()
    backoff: Backoff = Backoff()

    def ruling(
        self, exit_code: int | None, stop_code: str | None, reason: str | None
    ) -> Ruling:
        """Decide by rule about a failure of the job itself.

        None says that ECS reported no such thing. Budgets are the caller's to count.
        """
        return _ruling(first_match(self.rules, exit_code, stop_code, reason))

    def narrowed_by(self, asked: RequestedRetryStrategy | None) -> RetryStrategy:
        """Return this strategy with a request's wishes, which ask for no more.

        Fewer tries, fewer reasons to retry and longer waits are narrower.

        Raises:
            WiderThanAllowed: The first part that asks for more.
        """
        if asked is None:
            return self
        for field, theirs, ours in (
            ("attempts", asked.attempts, self.attempts),
            (
                "infrastructureRetries",
                asked.infrastructure_retries,
                self.infrastructure_retries,
            ),
        ):
            if theirs is not None and theirs > ours:
                raise WiderThanAllowed(field, f"at most {ours}", theirs)
        for index, rule in enumerate(asked.rules or ()):
            self._check_covered(index, rule)
        narrowed = self.model_copy(
            update={
                "attempts": asked.attempts or self.attempts,
                "infrastructure_retries": self.infrastructure_retries
                if asked.infrastructure_retries is None
                else asked.infrastructure_retries,
                "backoff": self._slower_backoff(asked.backoff or RequestedBackoff()),
            }
        )
        if asked.rules is None:
            return narrowed
        return NarrowedRetryStrategy(**dict(narrowed), narrowing_rules=asked.rules)

    def _check_covered(self, index: int, rule: RetryRule) -> None:
        if rule.action is RetryAction.RETRY and not any(
            ours.action is RetryAction.RETRY and ours.covers(rule)
            for ours in self.rules
        ):
            raise WiderThanAllowed(
                f"rules[{index}]",
                "covered by a RETRY rule of the job definition",
                rule.to_wire(),
            )

    def _slower_backoff(self, asked: RequestedBackoff) -> Backoff:
        wishes = asked.model_dump(exclude_none=True)
        ours = self.backoff.model_dump()
        for name, alias in (
            ("initial_seconds", "initialSeconds"),
            ("max_seconds", "maxSeconds"),
            ("factor", "factor"),
        ):
            if name in wishes and wishes[name] < ours[name]:
                raise WiderThanAllowed(
                    f"backoff.{alias}", f"at least {ours[name]}", wishes[name]
                )
        slower = ours | wishes
        slower["max_seconds"] = max(slower["max_seconds"], slower["initial_seconds"])
        return Backoff(**slower)


class NarrowedRetryStrategy(RetryStrategy):
    """A definition's strategy under a request's own rules.

    Attributes:
        narrowing_rules: What they do not retry is not retried, whatever the
            definition's rules say.
    """

    narrowing_rules: Rules

    def ruling(
        self, exit_code: int | None, stop_code: str | None, reason: str | None
    ) -> Ruling:
        """Retry only what both the definition's and the request's rules retry."""
        ours = super().ruling(exit_code, stop_code, reason)
        if ours.action is RetryAction.FAIL:
            return ours
        theirs = first_match(self.narrowing_rules, exit_code, stop_code, reason)
        return _ruling(theirs)


def _ruling(rule: RetryRule | None) -> Ruling:
    return Ruling(RetryAction.FAIL if rule is None else rule.action, rule)
