from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from headrace.definitions.retry import (
    Backoff,
    RequestedRetryStrategy,
    RetryStrategy,
    WiderThanAllowed,
)
from headrace.definitions.retry_rules import RetryAction, matches_any

RETRY, FAIL = RetryAction.RETRY, RetryAction.FAIL


def a_strategy(**wire: Any) -> RetryStrategy:
    return RetryStrategy.from_wire(wire)


def asked(**wire: Any) -> RequestedRetryStrategy:
    return RequestedRetryStrategy.from_wire(wire)


@pytest.mark.parametrize(
    ("pattern", "text", "is_match"),
    [
        ("1", "1", True),
        ("1", "11", False),
        ("1|137|4*", "137", True),
        ("1|137|4*", "42", True),
        ("1|137|4*", "4", True),
        ("1|137|4*", "14", False),
        ("*", "", True),
        ("*CannotPull*", "x CannotPullContainerError: y", True),
        ("*CannotPull*", "cannotpull", False),
        ("a*b*c", "a-b-c", True),
        ("a*b*c", "a-c-b", False),
        ("ab*ba", "aba", False),
        ("a**b", "ab", True),
        ("[0-9]", "5", False),
        ("?", "x", False),
    ],
)
def test_a_pattern_matches_whole_texts_by_alternatives_and_stars(
    pattern: str, text: str, *, is_match: bool
) -> None:
    assert matches_any(pattern, text) is is_match


def test_no_rule_that_matches_means_fail() -> None:
    assert a_strategy().ruling(1, "EssentialContainerExited", "x").action is FAIL
    rules = [{"onExitCode": "2", "action": "RETRY"}]
    assert a_strategy(rules=rules).ruling(1, None, None).action is FAIL


def test_the_first_rule_that_matches_wins() -> None:
    strategy = a_strategy(
        rules=[
            {"onReason": "*OutOfMemory*", "action": "FAIL"},
            {"onExitCode": "137|1", "action": "RETRY"},
        ]
    )
    assert strategy.ruling(137, None, "OutOfMemoryError: killed").action is FAIL
    assert strategy.ruling(137, None, "Essential container exited").action is RETRY


def test_every_condition_of_a_rule_must_match() -> None:
    rule = {"onExitCode": "1", "onStopCode": "Essential*", "action": "RETRY"}
    strategy = a_strategy(rules=[rule])
    assert strategy.ruling(1, "EssentialContainerExited", None).action is RETRY
    assert strategy.ruling(1, "UserInitiated", None).action is FAIL


def test_what_ecs_did_not_report_matches_nothing() -> None:
    strategy = a_strategy(rules=[{"onExitCode": "*", "action": "RETRY"}])
    assert strategy.ruling(0, None, None).action is RETRY
    assert strategy.ruling(None, None, None).action is FAIL


@pytest.mark.parametrize(
    "rule",
    [
        {"action": "RETRY"},
        {"onExitCode": "1"},
        {"onExitCode": "x", "action": "RETRY"},
        {"onExitCode": "", "action": "RETRY"},
        {"onExitCode": 1, "action": "RETRY"},
        {"onExitCode": "1", "action": "retry"},
        {"onExitCode": "1", "action": "RETRY", "when": "now"},
    ],
)
def test_a_rule_that_says_too_little_or_too_much_is_refused(rule: object) -> None:
    with pytest.raises(ValidationError):
        a_strategy(rules=[rule])


def test_delays_double_up_to_the_maximum_with_full_jitter() -> None:
    backoff = Backoff.from_wire({"initialSeconds": 10, "maxSeconds": 60, "factor": 2})
    ceilings = [backoff.delay(n, 1.0).total_seconds() for n in (1, 2, 3, 4, 5)]
    assert ceilings == [10, 20, 40, 60, 60]
    assert backoff.delay(3, 0.0) == timedelta(0)
    assert backoff.delay(3, 0.5) == timedelta(seconds=20)
    assert backoff.delay(10_000_000, 1.0) == timedelta(seconds=60)
    assert backoff.delay(0, 1.0) == timedelta(seconds=10)


def test_a_request_may_ask_for_less() -> None:
    entry = a_strategy(
        attempts=3,
        infrastructureRetries=5,
        rules=[{"onExitCode": "1|4*", "action": "RETRY"}],
        backoff={"initialSeconds": 10, "maxSeconds": 20},
    )
    narrowed = entry.narrowed_by(
        asked(
            attempts=2,
            infrastructureRetries=0,
            rules=[{"onExitCode": "42", "action": "RETRY"}],
            backoff={"initialSeconds": 30},
        )
    )
    assert (narrowed.attempts, narrowed.infrastructure_retries) == (2, 0)
    assert narrowed.ruling(42, None, None).action is RETRY
    assert narrowed.ruling(1, None, None).action is FAIL
    assert (narrowed.backoff.initial_seconds, narrowed.backoff.max_seconds) == (30, 30)


def test_a_request_without_wishes_changes_nothing() -> None:
    entry = a_strategy(attempts=3, rules=[{"onExitCode": "1", "action": "RETRY"}])
    assert entry.narrowed_by(None) == entry
    assert entry.narrowed_by(asked()) == entry


def test_a_request_cannot_retry_what_the_entry_fails_first() -> None:
    entry = a_strategy(
        rules=[
            {"onReason": "*OutOfMemory*", "action": "FAIL"},
            {"onExitCode": "*", "action": "RETRY"},
        ]
    )
    narrowed = entry.narrowed_by(asked(rules=[{"onExitCode": "*", "action": "RETRY"}]))
    assert narrowed.ruling(137, None, "OutOfMemoryError").action is FAIL
    assert narrowed.ruling(137, None, "other").action is RETRY


@pytest.mark.parametrize(
    ("wishes", "field", "limit"),
    [
        ({"attempts": 4}, "attempts", "at most 3"),
        ({"infrastructureRetries": 6}, "infrastructureRetries", "at most 5"),
        ({"backoff": {"initialSeconds": 9}}, "backoff.initialSeconds", "at least 10"),
        ({"backoff": {"maxSeconds": 599}}, "backoff.maxSeconds", "at least 600"),
        ({"backoff": {"factor": 1}}, "backoff.factor", "at least 2"),
        ({"rules": [{"onExitCode": "2", "action": "RETRY"}]}, "rules[0]", "covered"),
        ({"rules": [{"onExitCode": "*", "action": "RETRY"}]}, "rules[0]", "covered"),
        ({"rules": [{"onReason": "4", "action": "RETRY"}]}, "rules[0]", "covered"),
        (
            {
                "rules": [
                    {"onReason": "*", "action": "FAIL"},
                    {"onExitCode": "1|5", "action": "RETRY"},
                ]
            },
            "rules[1]",
            "covered",
        ),
    ],
)
def test_a_request_that_asks_for_more_is_told_where(
    wishes: dict[str, Any], field: str, limit: str
) -> None:
    entry = a_strategy(attempts=3, rules=[{"onExitCode": "1|4*", "action": "RETRY"}])
    with pytest.raises(WiderThanAllowed) as caught:
        entry.narrowed_by(asked(**wishes))
    assert caught.value.field == field
    assert limit in caught.value.limit
