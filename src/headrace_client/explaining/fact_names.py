"""The closed list of facts that an explanation may hold. Pure."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from headrace_client.explaining.explanation import Fact

if TYPE_CHECKING:
    from collections.abc import Mapping

    from headrace_client.explaining.explanation import FactValue

FACT_NAMES: Mapping[str, str] = MappingProxyType(
    {
        "waitReason": "the record's `waitReason`",
        "reasonCode": "the record's `reasonCode`, or the rejection's reason",
        "summary": "the record's own sentence about how it ended",
        "position": "its place in its tenant's backlog; 1 is the next",
        "ahead": "at least so many of its tenant's jobs are before it",
        "otherTenants": "tenants that take turns with its own",
        "backlogHeldUntilAt": "until then only reconcile launches; often renewed",
        "launchesPerSecond": "what the deployment may launch; 0 is no limit",
        "notBeforeAt": "it is not launched earlier",
        "failure": "how the last launch ended: a `reasonCode`",
        "exitCode": "the exit code that decided",
        "stopCode": "ECS's stop code",
        "ecsText": "what ECS said",
        "refusals": "how often ECS refused this attempt for want of capacity",
        "nextCapacity": "the capacity that the next launch asks for",
        "nextMemoryMib": "the memory that the next launch asks for",
        "rule": "the retry rule that decided, an object; absent where none matched",
        "attempt": "the attempt; each uses the job budget",
        "attemptsMax": "the job budget",
        "infrastructureUsed": "launches paid from the infrastructure budget",
        "infrastructureMax": "the infrastructure budget",
        "desiredStatus": "`CANCELLED` where somebody asked for that",
        "sends": "how often the launch's RunTask was sent",
        "sentAt": "when it was sent last",
        "replayUntilAt": "until then the same RunTask may be sent again",
        "provableAt": "from then on an empty search proves that there is no task",
        "forgottenAt": "from then on ECS may have forgotten the task",
        "startTimeoutAt": "when the launch is given up unless its task runs",
        "taskArn": "the task",
        "startedAt": "since when the task runs",
        "timeoutAt": "when the task is stopped for running too long",
        "stopCause": "why Headrace asked ECS to stop the task",
        "stopAskedAt": "when it first asked",
        "alarmAt": "when a task that ignores the call raises an alarm",
        "missingCount": "how often in a row ECS did not know the task",
        "missingMax": "how often it must be before the task counts as gone",
        "lateSeconds": "for how long reconcile has left the job's timer alone",
        "startDeadlineAt": "it must run by then",
        "jobId": "the job that a rejected request speaks of",
        "field": "the field of the request that is at fault",
        "limit": "what the field must meet",
        "value": "what the field was",
        "strayTasks": "reports of tasks that belong to no current launch",
    }
)
"""Names of facts and what they mean; docs/explain.md shows the same."""


def fact(name: str, value: FactValue, text: str) -> Fact:
    """Return a fact of a known name.

    Raises:
        KeyError: The name is not on the list.
    """
    FACT_NAMES[name]
    return Fact(name, value, text)
