"""Why a task never started, told from ECS's text: the only place that reads it so.

ECS has one stop code for all of these (`TaskFailedToStart`), so the text decides. What
no row knows is taken for a passing fault: the infrastructure budget bounds the error.
No AWS calls.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from headrace.jobs.job import ReasonCode


class Cure(StrEnum):
    """What may help a task that did not start."""

    NEW_LAUNCH = "NEW_LAUNCH"
    ONE_MORE_LAUNCH = "ONE_MORE_LAUNCH"
    NONE = "NONE"


@dataclass(frozen=True, slots=True)
class StartFailure:
    """One kind of start failure: the reason, what may help, and what to try.

    `advice` is empty where the reason's own advice says it all.
    """

    reason_code: ReasonCode
    cure: Cure
    cause: str
    advice: str = ""


# In patterns, words from the registry or the runtime stand with a space or punctuation
# that no image name has, so that an image called `denied` is not read as a denial.
_PASSING = re.compile(
    r"i/o timeout|deadline exceeded|context canceled|tls handshake timeout"
    r"|timed out|connection (?:refused|reset|issue)|broken pipe|(?-i:\bEOF\b)"
    r"|signal: killed|server misbehaving|temporary failure|try again"
    r"|too many requests|toomanyrequests:|rate exceeded|throttl|slow down"
    r"|internal server error|bad gateway|service unavailable|gateway time-?out"
    r"|internalservererror|serviceunavailable"
    r"|status(?: code)?:? 5\d\d\b",
    re.IGNORECASE,
)
_THROTTLE = re.compile(r"rate exceeded|throttl", re.IGNORECASE)
_NO_IMAGE = re.compile(
    r"\bnot found\b|manifest unknown|does not exist|no such image"
    r"|can(?:'|\u2019)?t find|cannot find"
    r"|access denied|: denied|denied:|accessdenied|unauthorized|forbidden"
    r"|not authorized|no basic auth credentials|invalid reference format"
    r"|no matching manifest|does not contain descriptor matching platform",
    re.IGNORECASE,
)
_SECRET_OR_LOG = re.compile(
    r"unable to pull secrets|unable to retrieve secret|failed to fetch secret"
    r"|invalid ssm parameters|parameterstore|secrets ?manager"
    r"|logger args|log group|log stream|logging driver|logs:Create",
    re.IGNORECASE,
)
_ROLE = re.compile(
    r"(?:unable to|cannot|failed to) assume (?:the )?role", re.IGNORECASE
)
_COMMAND = re.compile(
    r"exec format error|executable file not found|oci runtime create failed"
    r"|starting container process caused|permission denied|no such file or directory"
    r"|unable to find user|invalid user",
    re.IGNORECASE,
)
_CAPACITY = re.compile(
    r"(?-i:\bRESOURCE:)|capacity is unavailable|no active instances"
    r"|empty capacity provider|no container instances|insufficient capacity"
    r"|insufficientinstancecapacity|insufficientfreeaddresses"
    r"|provisioning capacity limit|reached the limit on the number of",
    re.IGNORECASE,
)
_NETWORK = re.compile(
    r"network interface|ephemeralstorage provisioning|configure eni|regular eni"
    r"|unexpected ec2 error|failed to (?:set up|setup) (?:the )?(?:eni|network)",
    re.IGNORECASE,
)
_PLACEMENT = re.compile(
    r"(?-i:\bATTRIBUTE\b)|(?-i:\bLOCATION\b)|placement constraint", re.IGNORECASE
)
_PULL = re.compile(
    r"cannotpullcontainer|cannotpullimagemanifest|cannotpullecrcontainer"
    r"|pull image manifest|pull command failed: .*image",
    re.IGNORECASE,
)

_UNKNOWN = StartFailure(
    ReasonCode.INFRASTRUCTURE, Cure.NEW_LAUNCH, "ECS could not prepare it"
)
_NO_PULL_YET = StartFailure(
    ReasonCode.IMAGE_PULL,
    Cure.NEW_LAUNCH,
    "its image could not be fetched just then",
    "If it happens again, check that the task's subnets reach the registry (a NAT"
    " gateway, a public address or VPC endpoints), and the registry's pull limits.",
)
_NO_PULL_EVER = StartFailure(
    ReasonCode.IMAGE_PULL,
    Cure.ONE_MORE_LAUNCH,
    "its image does not exist or may not be pulled",
)
_REJECTED_SECRET = StartFailure(
    ReasonCode.LAUNCH_REJECTED,
    Cure.NONE,
    "a secret or the log group could not be used",
    "Check that the secrets and the log group of the task definition exist, and that"
    " its execution role may read or write them.",
)
_REJECTED_ROLE = StartFailure(
    ReasonCode.LAUNCH_REJECTED,
    Cure.NONE,
    "a role of the task could not be assumed",
    "Check that the roles of the task definition exist and trust"
    " ecs-tasks.amazonaws.com.",
)
_REJECTED_COMMAND = StartFailure(
    ReasonCode.LAUNCH_REJECTED,
    Cure.NONE,
    "its command could not be executed",
    "Check the definition's command, the image's entry point and user, and that the"
    " image was built for the task's CPU architecture.",
)
_REJECTED_PLACEMENT = StartFailure(
    ReasonCode.LAUNCH_REJECTED,
    Cure.NONE,
    "no instance may run it",
    "Check the placement constraints and required attributes of the task definition"
    " against the cluster's instances.",
)
_NO_CAPACITY = StartFailure(
    ReasonCode.CAPACITY, Cure.NEW_LAUNCH, "there was no capacity for it"
)
_NO_NETWORK = StartFailure(
    ReasonCode.INFRASTRUCTURE,
    Cure.NEW_LAUNCH,
    "its network interface or storage was not ready in time",
)
_THROTTLED = StartFailure(
    ReasonCode.THROTTLED, Cure.NEW_LAUNCH, "AWS limited the rate of calls"
)


# The first row that matches decides. A text that names a passing fault wins over what
# else it says: another launch costs little.
_PULL_ROWS = (
    (_PASSING, _NO_PULL_YET),
    (_NO_IMAGE, _NO_PULL_EVER),
)
_ROWS = (
    (_CAPACITY, _NO_CAPACITY),
    (_NETWORK, _NO_NETWORK),
    (_ROLE, _REJECTED_ROLE),
    (_THROTTLE, _THROTTLED),
    (_PASSING, _UNKNOWN),
    (_SECRET_OR_LOG, _REJECTED_SECRET),
    (_COMMAND, _REJECTED_COMMAND),
    (_PLACEMENT, _REJECTED_PLACEMENT),
)


def start_failure(text: str) -> StartFailure:
    """Say why a task did not start.

    Args:
        text: The task's stopped reason and its containers' reasons together.

    The texts: Amazon ECS Developer Guide, "Amazon ECS stopped tasks error messages",
    "CannotPullContainer task errors" and "Amazon ECS API failure reasons".
    """
    is_pull = _PULL.search(text) is not None
    for pattern, failure in _PULL_ROWS if is_pull else _ROWS:
        if pattern.search(text):
            return failure
    return _NO_PULL_YET if is_pull else _UNKNOWN
