"""Two SDK clients given the same calls, whose answers must be alike."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError, ParamValidationError
from hypothesis import HealthCheck, Phase, given, settings

UNCOMPARED = {"ResponseMetadata", "ConsumedCapacity", "ItemCollectionMetrics"}

type Call = tuple[str, dict[str, Any]]
"""A method's name and its arguments."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """Where an emulator answers otherwise than AWS, and so otherwise than we do.

    Attributes:
        who: The emulators that do.
        how: What they answer.
        aws: What AWS answers.
        source: Where AWS says so.
        calls: The last of these shows it, in an empty place.
        explains: Whether a call and two answers, ours first, differ for this reason.
    """

    who: frozenset[str]
    how: str
    aws: str
    source: str
    calls: tuple[Call, ...]
    explains: Callable[[Call, Any, Any], bool]


class Disagreed(AssertionError):
    """Two clients answered differently, for a reason that is not in the table."""


class Explained(Exception):
    """They did, for one that is: their states may differ from here on."""


def answer_of(client: Any, call: Call) -> Any:
    """Return what a client answers, in a form that can be compared."""
    return comparable(outcome_of(client, call))


def outcome_of(client: Any, call: Call) -> Any:
    """Return what a client answers or raises."""
    method, arguments = call
    try:
        return getattr(client, method)(**arguments)
    except (ClientError, ParamValidationError) as error:
        return error
    except (ArithmeticError, LookupError, TypeError, ValueError) as error:
        return error  # moto breaks in our own process


def comparable(outcome: Any) -> Any:
    """Return an answer or an error in a form that can be compared."""
    if isinstance(outcome, ClientError):
        return refusal(outcome.response)
    if isinstance(outcome, ParamValidationError):
        return ("refused", "ParamValidation", None, [])
    if isinstance(outcome, Exception):
        return ("broke", type(outcome).__name__, None, [])
    return plain(outcome)


def refusal(response: Any) -> Any:
    """Return what an error says but for its wording."""
    reasons = [
        (each.get("Code"), plain(each.get("Item")))
        for each in response.get("CancellationReasons", ())
    ]
    code = response["Error"]["Code"]
    return ("refused", code, plain(response.get("Item")), reasons)


def plain(value: Any) -> Any:
    """Return an answer without what differs by its nature; sets have no order."""
    if isinstance(value, dict):
        return {
            name: sorted(part) if name in {"SS", "NS", "BS"} else plain(part)
            for name, part in value.items()
            if name not in UNCOMPARED
        }
    if isinstance(value, list):
        return [plain(part) for part in value]
    return value


def prefixed(value: Any, prefix: str) -> Any:
    """Return arguments with `~` made a prefix, so that sequences share a table."""
    if isinstance(value, str):
        return value.replace("~", prefix)
    if isinstance(value, dict):
        return {name: prefixed(part, prefix) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [prefixed(part, prefix) for part in value]
    return value


class Pair:
    """Our client and another one behind it, as one client.

    Args:
        ours: Its answers are given back.
        other: Its answers are compared with ours.
        who: The other's name in the table of differences.
        differences: That table.
    """

    def __init__(
        self, ours: Any, other: Any, who: str, differences: tuple[Difference, ...]
    ) -> None:
        self.ours = ours
        self.other = other
        self._known = tuple(each for each in differences if who in each.who)
        self.calls = 0

    def __getattr__(self, method: str) -> Any:
        def called(**arguments: Any) -> Any:
            outcome = self.agree((method, arguments))
            if isinstance(outcome, Exception):
                raise outcome
            return outcome

        return called

    def agree(self, call: Call) -> Any:
        """Make a call on both; return what ours answers or raises.

        Raises:
            Explained: The answers differ as the table says.
            Disagreed: They differ otherwise.
        """
        outcome = outcome_of(self.ours, call)
        mine, others = comparable(outcome), answer_of(self.other, call)
        self.calls += 1
        if mine == others:
            return outcome
        if any(each.explains(call, mine, others) for each in self._known):
            raise Explained
        raise Disagreed(f"{call[0]}({call[1]})\n ours: {mine}\nother: {others}")


def every(strategy: Any, check: Callable[[Any], None], *, count: int) -> None:
    """Check generated values: the same ones in every run."""

    @settings(
        max_examples=count,
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        phases=(
            Phase.generate,
        ),  # the call that disagrees is told; it needs no shrinking
    )
    @given(strategy)
    def checked(value: Any) -> None:
        check(value)

    checked()
