"""Registering job definitions: read, check against ECS and the stack, store.

All files are checked before the first is stored. What did not change is not stored
again.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Self

from headrace.definitions.definition import RegisteredDefinition
from headrace.definitions.isolation import Isolation
from headrace.definitions.registration import check_resolved
from headrace.errors import DefinitionMoved, InvalidDefinition
from headrace.identity import canonical_json
from headrace_client.aws_problems import speaking_to_aws
from headrace_client.definition_files import DefinitionFile, read_definition_file
from headrace_client.errors import RegistrationRefusedError, UnreachableError
from headrace_client.evolution.check import EvolutionCheck
from headrace_client.evolution.findings import Evolution, Step
from headrace_client.evolution.refusing import check_forced
from headrace_client.stack_checks import stack_problems

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from headrace.definitions.definition import JobDefinition
    from headrace.definitions.resolved import ResolvedTaskDefinition
    from headrace.ports import ListedCatalogue
    from headrace_client.connection import Connection
    from headrace_client.deployment import Deployment
    from headrace_client.task_definitions import TaskDefinitions

RACES_MAX = 5
"""Registrations of the same name by others, at once, before we give up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """What became of one file.

    Attributes:
        path: The file.
        registered: The active version now.
        is_new: Whether it was stored just now; False where nothing had changed.
        evolution: What it does to requests that are on their way; None where there
            was no version before, or nobody looked.
    """

    path: Path
    registered: RegisteredDefinition
    is_new: bool
    evolution: Evolution | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Registrar:
    """Registers the definitions of one deployment.

    Attributes:
        catalogue: Where versions are stored.
        task_definitions: Where their task definitions are looked up.
        deployment: Says which families and roles are allowed.
        check: Looks for requests that a version would refuse; None looks nowhere.
        endpoint: Where the catalogue is, for error messages; None is AWS.
        now: The clock.
    """

    catalogue: ListedCatalogue
    task_definitions: TaskDefinitions
    deployment: Deployment
    check: EvolutionCheck | None = None
    endpoint: str | None = None
    now: Callable[[], datetime] = lambda: datetime.now(UTC)

    @classmethod
    def over(
        cls,
        connection: Connection,
        on_progress: Callable[[str], object] = lambda _: None,
    ) -> Self:
        """Return the registrar of a deployment that was found."""
        return cls(
            catalogue=connection.catalogue(),
            task_definitions=connection.task_definitions(),
            deployment=connection.deployment,
            check=EvolutionCheck.over(connection, on_progress),
            endpoint=connection.clients.endpoint("dynamodb"),
        )

    def register(
        self, paths: Sequence[Path], *, force: bool = False
    ) -> list[Registration]:
        """Register every file, or none of them.

        Args:
            paths: The files.
            force: Register what would refuse requests that are on their way, too.

        Raises:
            RegistrationRefusedError: At least one is wrong; all problems are listed.
            WouldRefuseError: At least one would refuse requests that the active
                version accepts: jobs that wait, messages, schedules.
            ClientError: ECS or the table did not answer; files before the failing
                one may be registered, and registering them again changes nothing.
        """
        problems: list[str] = []
        checked: dict[str, tuple[DefinitionFile, ResolvedTaskDefinition]] = {}
        for path in paths:
            try:
                file = read_definition_file(path)
                resolved = self._resolved(file)
            except InvalidDefinition as error:
                problems += error.problems
                continue
            name = file.definition.name
            if name in checked:
                first = checked[name][0].path
                problems.append(file.at(f"name: {name!r} is that of {first} already"))
            checked[name] = (file, resolved)
        if problems:
            raise RegistrationRefusedError(
                problems, advice="Nothing was registered; correct the files and retry."
            )
        evolutions = self._evolutions(checked)
        if not force:
            check_forced(
                evolutions.values(),
                lambda each, problem: checked[each.step.new.definition.name][0].at(
                    problem
                ),
            )
        return [
            replace(
                self._stored(file, resolved),
                evolution=evolutions.get(file.definition.name),
            )
            for file, resolved in checked.values()
        ]

    def _evolutions(
        self, checked: Mapping[str, tuple[DefinitionFile, ResolvedTaskDefinition]]
    ) -> Mapping[str, Evolution]:
        """Look for requests that the active versions accept and the files would not."""
        if self.check is None:
            return {}
        with speaking_to_aws("read the definitions", endpoint=self.endpoint):
            active = self.catalogue.active(sorted(checked))
        steps = [
            Step(
                old=old,
                new=RegisteredDefinition(
                    definition=checked[name][0].definition,
                    version=old.version + 1,
                    resolved=checked[name][1],
                    registered_at=self.now(),
                ),
            )
            for name, old in active.items()
        ]
        return self.check.check(steps)

    def _resolved(self, file: DefinitionFile) -> ResolvedTaskDefinition:
        wanted = file.definition.task_definition
        resolved = self.task_definitions.resolve(wanted)
        if resolved is None:
            missing = (
                "taskDefinition: must be an active task definition of this account and"
                f" region, but is {wanted!r}"
            )
            raise InvalidDefinition([file.at(missing)])
        isolation = file.definition.isolation
        problems = list(stack_problems(resolved, self.deployment, isolation))
        if isolation is Isolation.UNTRUSTED:
            exposures = self.task_definitions.exposures(resolved.arn)
            problems += [f"taskDefinition: {exposure}" for exposure in exposures]
        try:
            check_resolved(file.definition, resolved)
        except InvalidDefinition as error:
            problems += error.problems
        if problems:
            raise InvalidDefinition([file.at(problem) for problem in problems])
        return resolved

    def _stored(
        self, file: DefinitionFile, resolved: ResolvedTaskDefinition
    ) -> Registration:
        definition = file.definition
        with speaking_to_aws("register the definition", endpoint=self.endpoint):
            for _ in range(RACES_MAX):
                active = self.catalogue.active([definition.name]).get(definition.name)
                if active is not None and _is_same(active, definition, resolved):
                    self.catalogue.enlist(definition.name)
                    return Registration(path=file.path, registered=active, is_new=False)
                registered = RegisteredDefinition(
                    definition=definition,
                    version=self._highest(definition.name, active) + 1,
                    resolved=resolved,
                    registered_at=self.now(),
                )
                try:
                    self.catalogue.register(registered)
                except DefinitionMoved:
                    continue
                return Registration(path=file.path, registered=registered, is_new=True)
        raise UnreachableError(
            f"{definition.name}: others registered it {RACES_MAX} times meanwhile.",
            advice="Agree on who registers this definition, then try again.",
        )

    def _highest(self, name: str, active: RegisteredDefinition | None) -> int:
        """Return the highest version; the active one may be an older one."""
        highest = active.version if active else 0
        while self.catalogue.version(name, highest + 1) is not None:
            highest += 1
        return highest


def _is_same(
    active: RegisteredDefinition,
    definition: JobDefinition,
    resolved: ResolvedTaskDefinition,
) -> bool:
    """Compare as stored: a default is the same written out or not, 1 is not true."""
    return canonical_json(
        [active.definition.to_wire(), active.resolved.to_wire()]
    ) == canonical_json([definition.to_wire(), resolved.to_wire()])
