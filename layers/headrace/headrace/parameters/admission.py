"""May a request's parameters go to this entry's container.

Size, schema and command; everything else of a request is `admission.py`'s.
"""

from __future__ import annotations

from headrace.definitions.command import REFERENCE, rendered
from headrace.definitions.definition import JobDefinition
from headrace.launches.launch import OVERRIDES_CHARACTERS_MAX
from headrace.parameters.schema import ParameterFault, parameter_fault
from headrace.requests.rejection import Reason, field_path, shown
from headrace.requests.request import SubmitRequest, overrides_too_large


def check_parameters(request: SubmitRequest, definition: JobDefinition) -> None:
    """Check parameters before they are accepted.

    Raises:
        InvalidRequest: OVERRIDES_TOO_LARGE, URL_NOT_ALLOWED or INVALID_PARAMETERS.
    """
    characters = len(request.parameters_json)
    if characters > OVERRIDES_CHARACTERS_MAX:
        # Certain to be too large, whatever surrounds them; also bounds the check.
        raise overrides_too_large(
            request, characters=characters, characters_max=OVERRIDES_CHARACTERS_MAX
        )
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
