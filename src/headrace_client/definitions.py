"""The registered definitions of a deployment: look through them, compare, switch.

    definitions = Definitions.over(connect(stack="headrace"))
    for entry in definitions.list():
        print(entry.definition.name, entry.version)
    definitions.activate("report", 3)

The command `headrace definitions` is a thin layer over these.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from headrace.errors import RecordMissing
from headrace_client.aws_problems import speaking_to_aws
from headrace_client.definition_changes import FieldChange, version_changes
from headrace_client.errors import NotFoundError
from headrace_client.evolution.check import EvolutionCheck
from headrace_client.evolution.findings import Evolution, Step
from headrace_client.evolution.refusing import check_forced

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from headrace.definitions.definition import RegisteredDefinition
    from headrace.ports import ListedCatalogue
    from headrace_client.connection import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class Activation:
    """A switch of the active version.

    Attributes:
        before: What was active.
        after: What is active now; the same where nothing was to be done.
        changes: What that changes for requests to come.
        evolution: What it does to requests that are on their way; None where nothing
            was to be done, or nobody looked.
    """

    before: RegisteredDefinition
    after: RegisteredDefinition
    changes: Sequence[FieldChange]
    evolution: Evolution | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Definitions:
    """The catalogue, as people look at it.

    All methods raise `ClientError` where the table does not answer.

    Attributes:
        catalogue: Where versions are stored.
        check: Looks for requests that a version would refuse; None looks nowhere.
        endpoint: Where that is, for error messages; None is AWS.
    """

    catalogue: ListedCatalogue
    check: EvolutionCheck | None = None
    endpoint: str | None = None

    @classmethod
    def over(
        cls,
        connection: Connection,
        on_progress: Callable[[str], object] = lambda _: None,
    ) -> Self:
        """Return the definitions of a deployment that was found."""
        return cls(
            catalogue=connection.catalogue(),
            check=EvolutionCheck.over(connection, on_progress),
            endpoint=connection.clients.endpoint("dynamodb"),
        )

    def list(self) -> list[RegisteredDefinition]:
        """Return the active version of every name, by name.

        A definition that an earlier release registered is missing until it is
        registered again, changed or not.
        """
        with speaking_to_aws("list the definitions", endpoint=self.endpoint):
            names = self.catalogue.names()
            active = self.catalogue.active(names)
        return [active[name] for name in names if name in active]

    def active(self, name: str) -> RegisteredDefinition:
        """Return the version that requests get when they name none.

        Raises:
            NotFoundError: There is no such definition.
        """
        with speaking_to_aws("read the definition", endpoint=self.endpoint):
            found = self.catalogue.active([name]).get(name)
        if found is None:
            raise _no_definition(name)
        return found

    def versions(self, name: str) -> Sequence[RegisteredDefinition]:
        """Return all versions of a name, the oldest first.

        Raises:
            NotFoundError: There is no such definition.
        """
        with speaking_to_aws("list the versions", endpoint=self.endpoint):
            found = self.catalogue.versions(name)
        if not found:
            raise _no_definition(name)
        return found

    def get(self, name: str, version: int | None = None) -> RegisteredDefinition:
        """Return one version, or the active one.

        Raises:
            NotFoundError: There is no such definition, or no such version.
        """
        active = self.active(name)
        if version is None or version == active.version:
            return active
        with speaking_to_aws("read the definition", endpoint=self.endpoint):
            found = self.catalogue.version(name, version)
        if found is None:
            raise _no_version(name, version)
        return found

    def before(self, version: RegisteredDefinition) -> RegisteredDefinition:
        """Return the version that was registered before this one.

        Raises:
            NotFoundError: It is the first.
        """
        name = version.definition.name
        if version.version == 1:
            raise NotFoundError(
                f"{name!r} has no version before 1.",
                advice=f"See what there is: headrace definitions versions {name}",
            )
        return self.get(name, version.version - 1)

    def activate(self, name: str, version: int, *, force: bool = False) -> Activation:
        """Make a version the one that requests get when they name none.

        Jobs that were accepted keep the version that they were accepted with.

        Args:
            name: The definition's.
            version: The version.
            force: Switch although it would refuse requests that are on their way.

        Raises:
            NotFoundError: There is no such definition, or no such version.
            WouldRefuseError: It would refuse requests that the active one accepts.
        """
        before, after = self.active(name), self.get(name, version)
        evolution = None
        if before.version != version:
            evolution = self._evolution(Step(old=before, new=after))
            if evolution is not None and not force:
                label = f"{name} version {version}"
                check_forced([evolution], lambda _, problem: f"{label}: {problem}")
            with speaking_to_aws("activate the version", endpoint=self.endpoint):
                try:
                    self.catalogue.activate(name, version)
                except RecordMissing as error:
                    raise _no_version(name, version) from error
        return Activation(
            before=before,
            after=after,
            changes=version_changes(before, after),
            evolution=evolution,
        )

    def _evolution(self, step: Step) -> Evolution | None:
        if self.check is None:
            return None
        return self.check.check([step])[step.new.definition.name]


def _no_definition(name: str) -> NotFoundError:
    return NotFoundError(
        f"No job definition {name!r} is registered.",
        advice="See what there is: headrace definitions list",
    )


def _no_version(name: str, version: int) -> NotFoundError:
    return NotFoundError(
        f"The definition {name!r} has no version {version}.",
        advice=f"See what there is: headrace definitions versions {name}",
    )
