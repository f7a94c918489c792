"""What a job definition must meet to be registered, beyond the shape of its fields.

Pure checks: reading the file, asking ECS and writing the version are the caller's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any

from pydantic import ValidationError

from headrace import limits
from headrace.definitions.command import REFERENCE, references
from headrace.definitions.definition import FARGATE_CAPACITIES, Bounds, JobDefinition
from headrace.definitions.fargate_sizes import MEMORY_BY_CPU, check_pair
from headrace.definitions.isolation import Isolation, class_problem
from headrace.definitions.resolved import ResolvedTaskDefinition
from headrace.errors import InvalidDefinition
from headrace.parameters.schema_checks import schema_problems
from headrace.requests.checks import NOT_SUPPORTED
from headrace.requests.rejection import field_path, sentence, shown
from headrace.requests.secret_patterns import find_secret
from headrace.wire import faults, null_fault

NOT_SUPPORTED_FIELDS = ("maxConcurrent", "priority", "priorityMax")


def parse_definition(document: object) -> JobDefinition:
    """Read a definition as its owner wrote it, and check all that needs no AWS.

    Raises:
        InvalidDefinition: With the problems found; each names field, limit, value.
    """
    if not isinstance(document, Mapping) or not all(
        isinstance(name, str) for name in document
    ):
        raise InvalidDefinition(["definition: must be an object with named fields"])
    if _is_deeper(document, limits.NESTING_MAX):
        raise InvalidDefinition(
            [f"definition: must be nested at most {limits.NESTING_MAX} deep"]
        )
    early = list(_document_problems(document))
    if early:
        raise InvalidDefinition(early)
    try:
        definition = JobDefinition.from_wire(document)
    except ValidationError as error:
        raise InvalidDefinition([str(fault) for fault in faults(error)]) from None
    problems = list(_problems(definition))
    if problems:
        raise InvalidDefinition(problems)
    return definition


def check_resolved(definition: JobDefinition, resolved: ResolvedTaskDefinition) -> None:
    """Check a definition against the task definition that ECS holds under its name.

    Raises:
        InvalidDefinition: With every problem found.
    """
    problems = list(_resolved_problems(definition, resolved))
    if problems:
        raise InvalidDefinition(problems)


def _is_deeper(value: object, depth_max: int) -> bool:
    if not isinstance(value, Mapping | list):
        return False
    if depth_max == 0:
        return True
    items = value.values() if isinstance(value, Mapping) else value
    return any(_is_deeper(item, depth_max - 1) for item in items)


def _document_problems(document: Mapping[str, Any]) -> Iterator[str]:
    for name in NOT_SUPPORTED_FIELDS:
        if name in document:
            yield f"{name}: {shown(document[name])} is {NOT_SUPPORTED}"
    null = null_fault(document, spared=("parameters",))
    if null is not None:
        yield str(null)
    found = find_secret(document)
    if found is not None:
        path, kind = found
        yield f"{field_path(path)}: must be free of credentials, but holds one ({kind})"


def _problems(definition: JobDefinition) -> Iterator[str]:
    yield from schema_problems(definition.parameters)
    yield from _command_problems(definition)
    if definition.timeout_seconds_limit < definition.timeout_seconds:
        yield _must(
            "timeoutSecondsMax",
            f"at least timeoutSeconds, {definition.timeout_seconds}",
            definition.timeout_seconds_max,
        )
    if any(higher <= lower for lower, higher in pairwise(definition.memory)):
        yield _must("memory", "rising", list(definition.memory))
    both = {*definition.exit_codes.reject} & {*definition.exit_codes.try_later}
    if both:
        yield _must("exitCodes", "disjoint", sorted(both))
    yield from _capacity_problems(definition)
    if definition.cpu is not None:
        yield from _pair_problems(definition, definition.cpu, definition.memory)


def _must(field: str, limit: str, value: object) -> str:
    text = str(value) if isinstance(value, list) else shown(value)
    return sentence(field=field, limit=limit, value=text)


def _command_problems(definition: JobDefinition) -> Iterator[str]:
    command = definition.command or ()
    characters = sum(len(argument) for argument in command)
    if characters > limits.COMMAND_CHARACTERS_MAX:
        limit = f"at most {limits.COMMAND_CHARACTERS_MAX} characters in all"
        yield _must("command", limit, characters)
    for index, argument in enumerate(command):
        if "\0" in argument:
            yield _must(f"command[{index}]", "free of NUL characters", argument)
        if REFERENCE in argument and argument.rfind(REFERENCE) > 0:
            limit = f"a whole argument {REFERENCE}name, or none"
            yield _must(f"command[{index}]", limit, argument)
    required = definition.parameters.get("required", ())
    declared = definition.parameters.get("properties", {})
    for name in references(command):
        if name not in declared:
            limit = f"a property of parameters for {REFERENCE}{name}"
            yield _must("command", limit, name)
        elif name not in required and "default" not in _mapping(declared[name]):
            yield _must(
                "command", "a parameter that is required or has a default", name
            )


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _capacity_problems(definition: JobDefinition) -> Iterator[str]:
    allowed = definition.overrides_allowed
    for field, capacities in (
        ("capacity", definition.capacity),
        ("overridesAllowed.capacity", allowed.capacity or ()),
    ):
        if len(set(capacities)) < len(capacities):
            yield _must(field, "free of repetitions", list(capacities))
        for name in capacities:
            is_reserved = name.lower().startswith(("aws", "ecs", "fargate"))
            if is_reserved and name not in FARGATE_CAPACITIES:
                yield _must(field, "FARGATE, FARGATE_SPOT or a capacity provider", name)
    is_fargate_only = FARGATE_CAPACITIES.issuperset(
        (*definition.capacity, *(allowed.capacity or ()))
    )
    if definition.isolation is Isolation.UNTRUSTED and not is_fargate_only:
        yield (
            "capacity: must be Fargate's alone for an untrusted job, in"
            " overridesAllowed too: tasks on an instance share its kernel"
        )
    if not is_fargate_only:
        for field, value in (
            ("ephemeralStorageGiB", definition.ephemeral_storage_gib),
            ("overridesAllowed.ephemeralStorageGiB", allowed.ephemeral_storage_gib),
        ):
            if value is not None:
                yield f"{field}: must be left out unless every capacity is Fargate's"
    yield from _bounds_problems(definition)


def _bounds_problems(definition: JobDefinition) -> Iterator[str]:
    allowed = definition.overrides_allowed
    for field, bounds, low, high in (
        ("cpu", allowed.cpu, limits.CPU_UNITS_MIN, limits.CPU_UNITS_MAX),
        ("memory", allowed.memory, limits.MEMORY_MIB_MIN, limits.MEMORY_MIB_MAX),
        (
            "ephemeralStorageGiB",
            allowed.ephemeral_storage_gib,
            limits.EPHEMERAL_STORAGE_GIB_MIN,
            limits.EPHEMERAL_STORAGE_GIB_MAX,
        ),
    ):
        legal = Bounds(min=low, max=high)
        if bounds is not None and not (bounds.min in legal and bounds.max in legal):
            yield _must(
                f"overridesAllowed.{field}",
                f"within {low} and {high}",
                [bounds.min, bounds.max],
            )


def _pair_problems(
    definition: JobDefinition, cpu: int, memory: tuple[int, ...]
) -> Iterator[str]:
    if FARGATE_CAPACITIES.isdisjoint(definition.capacity):
        return
    if cpu not in MEMORY_BY_CPU:
        yield _must("cpu", f"one of {', '.join(map(str, MEMORY_BY_CPU))}", cpu)
        return
    for index, mebibytes in enumerate(memory):
        legal = check_pair(cpu, mebibytes)
        if legal is not None:
            yield _must(f"memory[{index}]", legal, mebibytes)


def _resolved_problems(
    definition: JobDefinition, resolved: ResolvedTaskDefinition
) -> Iterator[str]:
    if definition.container not in resolved.container_names:
        names = ", ".join(resolved.container_names)
        yield _must("container", f"one of {names}", definition.container)
    elif definition.container not in resolved.essential_names:
        yield _must("container", "an essential container", definition.container)
    wrong_class = class_problem(definition.isolation, resolved.family)
    if wrong_class is not None:
        yield wrong_class
    if FARGATE_CAPACITIES.isdisjoint(definition.capacity):
        return
    if not resolved.requires_fargate:
        found = ", ".join(resolved.requires_compatibilities) or "nothing"
        yield (
            f"taskDefinition: must be registered for FARGATE, but {resolved.arn}"
            f" requires {found}"
        )
    cpu = definition.cpu or resolved.cpu
    memory = definition.memory or ((resolved.memory,) if resolved.memory else ())
    if cpu is None:
        yield "cpu: must be set, here or in the task definition, to run on Fargate"
    elif not memory:
        yield "memory: must be set, here or in the task definition, to run on Fargate"
    else:
        yield from _pair_problems(definition, cpu, memory)
