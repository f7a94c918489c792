"""Where a container's output goes, by its task definition. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from headrace_client.errors import NoLogsError

if TYPE_CHECKING:
    from collections.abc import Mapping

AWSLOGS = "awslogs"


@dataclass(frozen=True, slots=True, kw_only=True)
class LogSource:
    """A container's log streams in CloudWatch Logs.

    Attributes:
        region: None is the one that the client talks to.
        prefix: The streams' names begin with it.
    """

    container: str
    group: str
    prefix: str
    region: str | None = None

    def stream_of(self, task_arn: str) -> str:
        """Return the stream of one task: `prefix/container/task id`.

        Source: Amazon ECS Developer Guide, "Send Amazon ECS logs to CloudWatch",
        `awslogs-stream-prefix`.
        """
        return f"{self.prefix}/{self.container}/{task_arn.rpartition('/')[2]}"


def source_of(task_definition: Mapping[str, Any], container: str) -> LogSource:
    """Return where a container's output goes.

    Args:
        task_definition: As DescribeTaskDefinition answers.
        container: The container's name.

    Raises:
        NoLogsError: There is no such container, or its output goes elsewhere.
    """
    arn = task_definition.get("taskDefinitionArn", "")
    found = {each["name"]: each for each in task_definition["containerDefinitions"]}
    if container not in found:
        raise NoLogsError(
            f"{arn} has no container {container!r}.",
            advice=f"Name one of its containers: {', '.join(found)}.",
        )
    configuration = found[container].get("logConfiguration")
    if configuration is None:
        raise NoLogsError(
            f"The container {container!r} of {arn} has no logConfiguration, so nobody"
            " keeps its output.",
            advice="Add the awslogs driver to the task definition, with a group, a"
            " region and a stream prefix, and register the job again.",
        )
    driver = configuration.get("logDriver")
    if driver != AWSLOGS:
        raise NoLogsError(
            f"The container {container!r} logs with the driver {driver!r}, which is"
            " not read here.",
            advice="Look where the options of its logConfiguration send it.",
        )
    return _awslogs(container, arn, configuration.get("options") or {})


def _awslogs(container: str, arn: str, options: Mapping[str, str]) -> LogSource:
    group = options.get("awslogs-group")
    prefix = options.get("awslogs-stream-prefix")
    if not group or not prefix:
        missing = "awslogs-group" if not group else "awslogs-stream-prefix"
        raise NoLogsError(
            f"The container {container!r} of {arn} has no {missing}, without which its"
            " stream has a name that only its host knows.",
            advice=f"Add {missing} to its logConfiguration and register the job again;"
            " for now, look for the stream in the CloudWatch console.",
        )
    return LogSource(
        container=container,
        group=group,
        prefix=prefix,
        region=options.get("awslogs-region") or None,
    )
