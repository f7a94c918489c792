"""The container's command: whole arguments taken from a request's parameters.

Never a shell, never a part of an argument: a parameter cannot become two arguments
or a program.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from headrace.identity import canonical_json

REFERENCE = "Ref::"


def references(command: Sequence[str]) -> tuple[str, ...]:
    """Return the parameters that a command refers to, in order."""
    return tuple(
        argument.removeprefix(REFERENCE)
        for argument in command
        if argument.startswith(REFERENCE)
    )


def rendered(
    command: Sequence[str], parameters: Mapping[str, Any], schema: Mapping[str, Any]
) -> tuple[str, ...]:
    """Return the command with each ``Ref::name`` replaced by that parameter.

    Text is passed as it is, anything else as compact JSON. A parameter that the
    request left out has its ``default`` from the schema; a registered definition
    refers only to parameters that are required or have one.

    Raises:
        KeyError: A parameter that is neither given nor has a default.
    """
    return tuple(
        _text(argument.removeprefix(REFERENCE), parameters, schema)
        if argument.startswith(REFERENCE)
        else argument
        for argument in command
    )


def _text(name: str, parameters: Mapping[str, Any], schema: Mapping[str, Any]) -> str:
    if name in parameters:
        value = parameters[name]
    else:
        value = schema["properties"][name]["default"]
    return value if isinstance(value, str) else canonical_json(value)
