"""What ECS holds under a task definition's name, pinned at registration.

Values and their stored form; asking ECS is an adapter's business.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from headrace.wire import Wire


class ResolvedContainer(Wire):
    """A container of the task definition."""

    name: str
    essential: bool


class ResolvedTaskDefinition(Wire):
    """One revision of a task definition, as far as launching and judging need it.

    Attributes:
        arn: With the revision.
        cpu: The task's cpu units; None when only containers are sized (EC2).
        memory: The task's memory in MiB; None likewise.
        requires_compatibilities: ``FARGATE``, ``EC2`` or both.
        network_mode: ``awsvpc`` on Fargate; None when ECS names none.
    """

    arn: str
    family: str
    containers: Annotated[tuple[ResolvedContainer, ...], Field(strict=False)]
    cpu: int | None = None
    memory: int | None = None
    task_role_arn: str | None = None
    execution_role_arn: str | None = None
    requires_compatibilities: Annotated[tuple[str, ...], Field(strict=False)] = ()
    network_mode: str | None = None

    @property
    def requires_fargate(self) -> bool:
        """Whether ECS validated this revision for Fargate."""
        return "FARGATE" in self.requires_compatibilities

    @property
    def container_names(self) -> tuple[str, ...]:
        """The names of all containers."""
        return tuple(container.name for container in self.containers)

    @property
    def essential_names(self) -> frozenset[str]:
        """The names of the essential containers."""
        return frozenset(c.name for c in self.containers if c.essential)
