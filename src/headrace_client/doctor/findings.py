"""What the doctor finds: one sentence, and something to try where it is wrong."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError as AwsError

from headrace_client.aws_problems import speaking_to_aws
from headrace_client.errors import ClientError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

DENIED = frozenset(
    {
        "AccessDenied",
        "AccessDeniedException",
        "AWS.SimpleQueueService.AccessDenied",
        "UnauthorizedOperation",
    }
)


class Verdict(StrEnum):
    """How a check came out."""

    WELL = "well"
    WRONG = "wrong"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What one check found.

    Attributes:
        check: What was looked at, in one or two words; stable once released.
        verdict: How it came out; UNKNOWN where it could not be looked at.
        said: One sentence.
        advice: Something to try; None where nothing is wrong.
    """

    check: str
    verdict: Verdict
    said: str
    advice: str | None = None


def well(check: str, said: str) -> Finding:
    """Return that all is well with something."""
    return Finding(check=check, verdict=Verdict.WELL, said=said)


def wrong(check: str, said: str, advice: str) -> Finding:
    """Return that something is wrong, and what to try."""
    return Finding(check=check, verdict=Verdict.WRONG, said=said, advice=advice)


def unknown(check: str, said: str, advice: str | None = None) -> Finding:
    """Return that something could not be looked at, and why."""
    return Finding(check=check, verdict=Verdict.UNKNOWN, said=said, advice=advice)


def found(
    check: str,
    look: Callable[[], Iterable[Finding]],
    *,
    endpoint: str | None,
    is_needed: bool = False,
) -> list[Finding]:
    """Look, and turn what AWS refuses into a finding.

    Args:
        check: What is looked at.
        look: Returns what it found.
        endpoint: Where, if not at AWS's own address.
        is_needed: Whether nothing works where this fails; else it is only unknown.
    """
    try:
        with speaking_to_aws(f"look at the {check}", endpoint=endpoint):
            return list(look())
    except ClientError as error:
        if is_needed and not is_denied(error):
            return [wrong(check, error.problem, error.advice)]
        return [unknown(check, error.problem, error.advice)]


def is_denied(error: ClientError) -> bool:
    """Whether AWS said that the caller may not do this."""
    cause = error.__cause__
    return (
        isinstance(cause, AwsError)
        and str(cause.response.get("Error", {}).get("Code")) in DENIED
    )
