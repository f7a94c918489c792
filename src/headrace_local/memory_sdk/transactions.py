"""TransactWriteItems: every write or none, and each request token once.

Source: Amazon DynamoDB API Reference, TransactWriteItems.
"""

from __future__ import annotations

from copy import deepcopy
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from headrace_local.memory_sdk.service_errors import Refused, invalid, malformed
from headrace_local.memory_sdk.writes import (
    CONDITION_FAILED,
    Write,
    a_change,
    a_check,
    a_removal,
    a_replacement,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from headrace_local.memory_sdk.memory_table import MemoryTable, Row

ACTIONS_MAX = 100
TOKEN_KEPT = timedelta(minutes=10)
"""A ClientRequestToken is valid for 10 minutes after the first request completed."""

_PREPARE: dict[str, Callable[[MemoryTable, Mapping[str, Any]], Write]] = {
    "Put": a_replacement,
    "Update": a_change,
    "Delete": a_removal,
    "ConditionCheck": a_check,
}
_REASONS = {
    CONDITION_FAILED: "ConditionalCheckFailed",
    "ValidationException": "ValidationError",
}
_NO_REASON = {"Code": "None"}


class RequestTokens:
    """The request tokens of completed transactions, for as long as they count."""

    def __init__(self) -> None:
        self._done: dict[str, tuple[datetime, Any]] = {}

    def is_done(self, token: str, actions: Sequence[Any], now: datetime) -> bool:
        """Whether this very transaction was done under this token.

        Raises:
            Refused: The token was used for other actions.
        """
        self._done = {
            each: entry for each, entry in self._done.items() if entry[0] > now
        }
        if token not in self._done:
            return False
        if self._done[token][1] != actions:
            raise Refused(
                "IdempotentParameterMismatchException",
                "The request uses the same client token as a previous, but"
                " non-identical request. Do not reuse a client token with different"
                " requests, unless the requests are identical",
            )
        return True

    def remember(self, token: str, actions: Sequence[Any], now: datetime) -> None:
        """Keep a transaction that was done."""
        self._done[token] = now + TOKEN_KEPT, deepcopy(actions)


def prepared(
    actions: Sequence[Mapping[str, Any]], table_named: Callable[[str], MemoryTable]
) -> list[Write]:
    """Return a transaction's writes.

    Raises:
        Refused: The request is wrong, whatever stands.
    """
    if not 0 < len(actions) <= ACTIONS_MAX:
        raise invalid(
            "1 validation error detected: Value at 'transactItems' failed to satisfy"
            f" constraint: Member must have length between 1 and {ACTIONS_MAX}"
        )
    writes = [_prepared(action, table_named) for action in actions]
    if len({(id(write.table), write.key) for write in writes}) != len(writes):
        raise invalid(
            "Transaction request cannot include multiple operations on one item"
        )
    return writes


def _prepared(
    action: Mapping[str, Any], table_named: Callable[[str], MemoryTable]
) -> Write:
    if len(action) != 1:
        raise invalid(
            "TransactItems can only contain one of Check, Put, Update or Delete"
        )
    [(kind, request)] = action.items()
    if kind not in _PREPARE:
        malformed(f'Unknown parameter in TransactItems: "{kind}"')
    return _PREPARE[kind](table_named(request["TableName"]), request)


def outcomes(writes: Sequence[Write]) -> list[tuple[Row | None, Row | None]]:
    """Return what stands and what shall stand, of every write.

    Raises:
        Refused: One of them cannot be done; the reasons say which.
    """
    results: list[tuple[Row | None, Row | None]] = []
    reasons: list[dict[str, Any]] = []
    for write in writes:
        try:
            results.append(write.tried())
            reasons.append(_NO_REASON.copy())
        except Refused as refused:
            reasons.append(
                {"Code": _REASONS[refused.code], "Message": refused.message}
                | refused.fields
            )
    if len(results) == len(writes):
        return results
    codes = ", ".join(reason["Code"] for reason in reasons)
    message = (
        "Transaction cancelled, please refer cancellation reasons for specific reasons"
        f" [{codes}]"
    )
    raise Refused(
        "TransactionCanceledException",
        message,
        Message=message,
        CancellationReasons=reasons,
    )
