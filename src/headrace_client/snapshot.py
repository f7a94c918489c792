"""A deployment as a value, so that requests can be judged where there is no AWS.

It holds the names, the places, the limits and the definitions that decide what becomes
of a request. Its file is `snapshot_file.py`'s. No AWS calls here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from headrace.definitions.definition import RegisteredDefinition
from headrace.launches.launch import Placement
from headrace.windows import Profile
from headrace_client.deployment import Deployment
from headrace_client.errors import NotConfiguredError

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What holds every job of a deployment.

    Attributes:
        launches_per_second: On average; 0 is no limit of Headrace's.
        launch_burst: Launches that may come at once.
        pinned_tenant: The only tenant of the queue; None serves any.
        retention_days: How long the record of an ended job is kept.
        profile: The scale of the protocol's windows.
    """

    launches_per_second: float
    launch_burst: int
    pinned_tenant: str | None
    retention_days: int
    profile: Profile


class SnapshotCatalogue:
    """The `ListedCatalogue` of a snapshot: what is not in the file is not there.

    Args:
        definitions: Any versions of any definitions.
        active: The active version of each name.
    """

    def __init__(
        self, definitions: Sequence[RegisteredDefinition], active: Mapping[str, int]
    ) -> None:
        self._versions = {
            (each.definition.name, each.version): each for each in definitions
        }
        self._active = {
            name: self._versions[name, version] for name, version in active.items()
        }

    def active(self, names: Sequence[str]) -> Mapping[str, RegisteredDefinition]:
        """Return the active version of each name that has one."""
        return {name: self._active[name] for name in names if name in self._active}

    def version(self, name: str, version: int) -> RegisteredDefinition | None:
        """Return one version, if the file holds it."""
        return self._versions.get((name, version))

    def names(self) -> Sequence[str]:
        """Return the names that the file has an active version of, sorted."""
        return sorted(self._active)

    def versions(self, name: str) -> Sequence[RegisteredDefinition]:
        """Return the versions of a name that the file holds, the oldest first."""
        numbers = sorted(number for known, number in self._versions if known == name)
        return [self._versions[name, number] for number in numbers]

    def enlist(self, name: str) -> None:
        """Refuse: a file is no deployment.

        Raises:
            NotConfiguredError: Always.
        """
        raise _read_only(f"enlist {name}")

    def register(self, registered: RegisteredDefinition) -> None:
        """Refuse: a file is no deployment.

        Raises:
            NotConfiguredError: Always.
        """
        raise _read_only(f"register {registered.definition.name}")

    def activate(self, name: str, version: int) -> None:
        """Refuse: a file is no deployment.

        Raises:
            NotConfiguredError: Always.
        """
        raise _read_only(f"activate version {version} of {name}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """A deployment as it was when it was exported.

    Attributes:
        deployment: Its names.
        stack_name: The stack's; part of no order.
        parameter_bucket_name: Where parameters are kept that are large.
        limits: What holds every job.
        placement: Where trusted jobs run.
        untrusted_placement: Where untrusted ones do; None where nowhere.
        definitions: Versions by name and number, the active ones among them.
        active: The active version of each name.
    """

    deployment: Deployment
    stack_name: str
    parameter_bucket_name: str
    limits: Limits
    placement: Placement
    untrusted_placement: Placement | None
    definitions: tuple[RegisteredDefinition, ...]
    active: Mapping[str, int]

    def catalogue(self) -> SnapshotCatalogue:
        """Return its definitions as a `headrace.ports.ListedCatalogue`."""
        return SnapshotCatalogue(self.definitions, self.active)

    @property
    def region(self) -> str:
        """The region of the cluster: `arn:aws:ecs:<region>:...`."""
        return self.placement.cluster_arn.split(":")[3]


def _read_only(doing: str) -> NotConfiguredError:
    return NotConfiguredError(
        f"A snapshot cannot {doing}: it is a file.",
        advice="Do it in the deployment, then export the snapshot again.",
    )
