"""May a request's parameters go to this entry's container.

Number, schema and command. How they travel is `launches/fitting.py`'s; everything else
of a request is `definitions/admission.py`'s.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from headrace import limits
from headrace.definitions.command import REFERENCE, rendered
from headrace.definitions.definition import JobDefinition
from headrace.parameters.schema import ParameterFault, parameter_fault
from headrace.requests.rejection import Reason, field_path, shown
from headrace.requests.request import SubmitRequest


def check_parameters(request: SubmitRequest, definition: JobDefinition) -> None:
    """Check parameters before they are accepted.

    Raises:
        InvalidRequest: LIMIT_EXCEEDED, URL_NOT_ALLOWED or INVALID_PARAMETERS.
    """
    _check_number(request)
    fault = parameter_fault(definition.parameters, request.parameters)
    if fault is not None:
        reason = Reason.URL_NOT_ALLOWED if fault.is_url else Reason.INVALID_PARAMETERS
        raise request.origin.refused(
            reason,
            field=field_path(fault.path),
            limit=fault.limit,
            value=fault.value,
            message=_parameter_message(fault),
        )
    arguments = rendered(
        definition.command or (), request.parameters, definition.parameters
    )
    for argument, text in zip(definition.command or (), arguments, strict=True):
        if "\0" in text:
            name = argument.removeprefix(REFERENCE)
            raise request.origin.refused(
                Reason.INVALID_PARAMETERS,
                field=field_path(("parameters", name)),
                limit="free of NUL characters, as it goes into the command",
                value=shown(text),
            )


def _check_number(request: SubmitRequest) -> None:
    """Refuse more values than a batch of such requests could be checked in its time."""
    number = 0
    unread: list[Any] = [request.parameters]
    while unread:
        value = unread.pop()
        members = value.values() if isinstance(value, Mapping) else value
        number += len(members)
        unread += [each for each in members if isinstance(each, Mapping | list)]
    if number > limits.PARAMETER_VALUES_MAX:
        raise request.origin.refused(
            Reason.LIMIT_EXCEEDED,
            field="parameters",
            limit=f"at most {limits.PARAMETER_VALUES_MAX} values, nested ones included",
            value=f"{number} values",
        )


def _parameter_message(fault: ParameterFault) -> str:
    field = field_path(fault.path)
    if fault.is_url:
        return (
            f"{field}: must be an https URL of a public host, without user, address"
            " or private name"
        )
    if fault.value is None:
        return f"{field}: is required by the job definition, but missing"
    return f"{field}: does not meet the job definition's {fault.limit}"
