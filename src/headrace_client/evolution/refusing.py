"""Refusing a switch of versions, in words that lead to the line to change. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headrace_client.errors import WouldRefuseError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from headrace.definitions.definition import JobDefinition
    from headrace_client.evolution.findings import Evolution, WouldRefuse

FIELDS_MAX = 10
"""How many fields of a definition are told."""


def check_forced(
    evolutions: Iterable[Evolution], located: Callable[[Evolution, str], str]
) -> None:
    """Refuse switches that would refuse requests.

    Args:
        evolutions: What was found.
        located: Puts file and line before a problem that begins with a definition's
            field.

    Raises:
        WouldRefuseError: At least one would.
    """
    harmful = [each for each in evolutions if each.refusals]
    if harmful:
        problems = [line for each in harmful for line in _problems(each, located)]
        raise WouldRefuseError(problems, harmful)


def _problems(
    evolution: Evolution, located: Callable[[Evolution, str], str]
) -> Iterable[str]:
    old, new = evolution.step.old, evolution.step.new.definition
    for refusal in evolution.refusals[:FIELDS_MAX]:
        problem = (
            f"{definition_field(refusal, new)}: would refuse {refusal.requests}"
            f" that version {old.version} accepts {refusal}"
        )
        yield located(evolution, problem)
    more = len(evolution.refusals) - FIELDS_MAX
    if more > 0:
        name = old.definition.name
        yield f"{name}: and so in {more} more {'field' if more == 1 else 'fields'}"


def definition_field(refusal: WouldRefuse, definition: JobDefinition) -> str:
    """Return the definition's field that decides about a request's field."""
    field = refusal.rejection.field or "parameters"
    top, dot, rest = field.partition(".")
    match top:
        case "parameters":
            own = rest.split(".")[0].split("[")[0]
            return f"parameters.properties.{own}" if own else "parameters"
        case "overrides":
            return f"overridesAllowed.{rest.split('[')[0]}"
        case "timeoutSeconds":
            has_own = definition.timeout_seconds_max is not None
            return "timeoutSecondsMax" if has_own else "timeoutSeconds"
        case _:
            return f"{top}{dot}{rest}"
