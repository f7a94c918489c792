"""Task reports: what ECS told us about a task, pushed by an event or pulled.

Parses once, ignores what it does not know, and keeps absence apart from zero.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from headrace.tasks import parsing as read

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime


@dataclass(frozen=True, slots=True)
class ContainerReport:
    """One container of a task; `exit_code` None where ECS gave no integer.

    `image_digest` is that of the image's manifest, once ECS has pulled it.
    """

    name: str
    exit_code: int | None
    reason: str | None
    image_digest: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskReport:
    """What ECS said about a task at one `version`.

    `desired_status` is empty where ECS gave none; every other absence is None, or no
    containers.
    """

    task_arn: str
    cluster_arn: str
    last_status: str
    desired_status: str
    version: int
    containers: tuple[ContainerReport, ...]
    started_by: str | None = None
    group: str | None = None
    stop_code: str | None = None
    stopped_reason: str | None = None
    created_at: datetime | None = None
    started_at: datetime | None = None
    stopped_at: datetime | None = None
    capacity_provider: str | None = None

    @classmethod
    def parse(cls, detail: Mapping[str, object]) -> Self:
        """Read a report from an event's `detail` or from an API answer's task.

        Members that it does not know are ignored: AWS adds some without notice.

        Raises:
            UnreadableReport: The task's ARN, its cluster's, its status or its version
                is absent or of another type.
        """
        return cls(
            task_arn=read.required_text(detail, "taskArn"),
            cluster_arn=read.required_text(detail, "clusterArn"),
            last_status=read.required_text(detail, "lastStatus"),
            desired_status=read.optional_text(detail, "desiredStatus") or "",
            version=read.required_version(detail),
            containers=tuple(
                ContainerReport(
                    name=read.optional_text(container, "name") or "",
                    exit_code=read.exit_code(container),
                    reason=read.optional_text(container, "reason"),
                    image_digest=read.image_digest(container),
                )
                for container in read.objects(detail, "containers")
            ),
            started_by=read.optional_text(detail, "startedBy"),
            group=read.optional_text(detail, "group"),
            stop_code=read.optional_text(detail, "stopCode"),
            stopped_reason=read.optional_text(detail, "stoppedReason"),
            created_at=read.moment(detail, "createdAt"),
            started_at=read.moment(detail, "startedAt"),
            stopped_at=read.moment(detail, "stoppedAt"),
            capacity_provider=read.optional_text(detail, "capacityProviderName"),
        )

    def container(self, name: str) -> ContainerReport | None:
        """Return the container of that name; None where ECS named none.

        Their order means nothing: ECS does not keep it.
        """
        return next((each for each in self.containers if each.name == name), None)

    def image_digest(self, main_container: str | None = None) -> str | None:
        """Return the main container's digest; None where ECS gave none.

        Where the caller does not know which container that is, only a lone one is.
        """
        if main_container is None and len(self.containers) == 1:
            return self.containers[0].image_digest
        found = self.container(main_container or "")
        return found.image_digest if found else None

    @property
    def is_stopped(self) -> bool:
        """The task has ended; a desired status of STOPPED is not enough."""
        return self.last_status == "STOPPED"

    @property
    def is_running(self) -> bool:
        """The task runs and is meant to."""
        return self.last_status == "RUNNING" and self.desired_status == "RUNNING"

    @property
    def is_stop_warning(self) -> bool:
        """The task still runs and is about to be stopped."""
        return self.last_status == "RUNNING" and self.desired_status == "STOPPED"
